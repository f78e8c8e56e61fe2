// SPDX-License-Identifier: Zlib
// A line of text put together on the stack: no allocation, no locale, nothing that a signal handler may not do.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace warpz {

/// Parts of a text; std::string_view::substr() would need the C++ runtime for its exception. `at` is within the text.
[[nodiscard]] constexpr std::string_view first_of(std::string_view text, std::size_t at) noexcept {
    return {text.data(), std::min(at, text.size())};
}
[[nodiscard]] constexpr std::string_view rest_of(std::string_view text, std::size_t at) noexcept {
    return {text.data() + at, text.size() - at};
}

/// What does not fit is cut off.
template <std::size_t kBytes>
class Text {
  public:
    constexpr Text() noexcept = default;

    Text& operator<<(std::string_view text) noexcept {
        const std::size_t count = std::min(text.size(), kBytes - 1 - size_);
        if (count != 0) std::memcpy(bytes_ + size_, text.data(), count);
        size_ += count;
        bytes_[size_] = '\0';
        return *this;
    }
    Text& operator<<(unsigned long long number) noexcept {
        char digits[24];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
        return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
    }

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_, size_}; }
    [[nodiscard]] const char* c_str() const noexcept { return bytes_; }

  private:
    char bytes_[kBytes] = {};
    std::size_t size_ = 0;
};

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// The compressed bytes that a device has taken since the last point where software could go on: what it takes to decode
// them again when the device fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace warpz::offload {

class Journal {
  public:
    Journal() noexcept = default;
    ~Journal() { std::free(bytes_); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_; }

    /// Makes room for `count` more bytes. False without memory.
    [[nodiscard]] bool reserve(std::size_t count) noexcept {
        if (count <= capacity_ - size_) return true;
        std::size_t wanted = capacity_ * 2 > size_ + count ? capacity_ * 2 : size_ + count;
        if (wanted < kLeastBytes) wanted = kLeastBytes;
        void* grown = std::realloc(bytes_, wanted);
        if (grown == nullptr) return false;
        bytes_ = static_cast<std::uint8_t*>(grown);
        capacity_ = wanted;
        return true;
    }
    /// Only what reserve() has made room for.
    void append(const std::uint8_t* data, std::size_t count) noexcept {
        if (count != 0) std::memcpy(bytes_ + size_, data, count);
        size_ += count;
    }
    void drop_last(std::size_t count) noexcept { size_ -= count; }
    /// Forgets the bytes; a large buffer goes back.
    void clear() noexcept {
        size_ = 0;
        if (capacity_ <= kKeptBytes) return;
        std::free(bytes_);
        bytes_ = nullptr;
        capacity_ = 0;
    }

  private:
    static constexpr std::size_t kLeastBytes = 4096;
    static constexpr std::size_t kKeptBytes = std::size_t{256} << 10;

    std::uint8_t* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace warpz::offload

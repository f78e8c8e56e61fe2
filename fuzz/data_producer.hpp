// SPDX-License-Identifier: Zlib
// Parameters drawn from the end of a fuzzer's input, so that its beginning stays plain data: a seed is an ordinary
// file, and a mutation changes either the data or a decision. Also the check that ends a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

namespace warpz::fuzz {

/// Ends the process with a message when two libraries disagree; libFuzzer then keeps the input.
#define WARPZ_FUZZ_CHECK(condition) \
    ((condition) ? void() : ::warpz::fuzz::fail(#condition, __FILE__, __LINE__))

/// The same for two numbers, which the message shows.
#define WARPZ_FUZZ_EQUAL(a, b)                                                               \
    ::warpz::fuzz::equal(static_cast<long long>(a), static_cast<long long>(b), #a " == " #b, \
                         __FILE__, __LINE__)

[[noreturn]] inline void fail(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    std::abort();
}

inline void equal(long long a, long long b, const char* condition, const char* file, int line) {
    if (a == b) return;
    std::fprintf(stderr, "%lld and %lld: ", a, b);
    fail(condition, file, line);
}

/// Takes bytes off the end; zeros when none are left.
class DataProducer {
  public:
    DataProducer(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    std::uint8_t byte() {
        if (left_.empty()) return 0;
        const std::uint8_t value = left_.back();
        left_ = left_.first(left_.size() - 1);
        return value;
    }
    std::uint32_t u16() { return static_cast<std::uint32_t>(byte()) << 8 | byte(); }
    bool flag() { return (byte() & 1) != 0; }
    /// In [0, bound), bound at most 65536.
    std::uint32_t below(std::uint32_t bound) {
        return bound == 0 ? 0 : (bound <= 256 ? byte() : u16()) % bound;
    }
    int between(int low, int high) {
        return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low + 1)));
    }
    template <class T, std::size_t N>
    T pick(const T (&choices)[N]) {
        return choices[below(N)];
    }
    /// A size that is often small and sometimes large: 0..15, 0..255 or 0..65535.
    std::uint32_t size() {
        const std::uint8_t kind = byte();
        if (kind < 96) return kind % 16U;
        return kind < 192 ? byte() : u16();
    }
    /// What has not been taken.
    [[nodiscard]] std::span<const std::uint8_t> rest() const { return left_; }
    [[nodiscard]] bool empty() const { return left_.empty(); }

  private:
    std::span<const std::uint8_t> left_;
};

/// Both null, or equal texts.
inline bool same_text(const char* a, const char* b) {
    return (a == nullptr || b == nullptr) ? a == b : std::strcmp(a, b) == 0;
}

}  // namespace warpz::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

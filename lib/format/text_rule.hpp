// SPDX-License-Identifier: Zlib
// zlib's guess whether data is text (z_stream::data_type), from the byte values that occur in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace warpz {

/// One bit for each byte value.
using ByteSet = std::array<std::uint64_t, 4>;

/// Those that occur in the data.
[[nodiscard]] constexpr ByteSet byte_values(const std::uint8_t* data, std::size_t size) noexcept {
    bool seen[256] = {};
    for (std::size_t i = 0; i < size; ++i) seen[data[i]] = true;
    ByteSet set{};
    for (unsigned i = 0; i < 256; ++i) set[i >> 6] |= std::uint64_t{seen[i]} << (i & 63);
    return set;
}

/// zlib's rule (zlib 1.3.2 trees.c, detect_data_type): control characters that text does not use make it binary; else a
/// tab, line feed, carriage return or any character from 32 up makes it text.
[[nodiscard]] constexpr bool looks_like_text(const ByteSet& seen) noexcept {
    constexpr std::uint64_t kNotInText = 0xf3ff'c07f;       // 0-6, 14-25, 28-31
    constexpr std::uint64_t kText = 0xffff'ffff'0000'2600;  // 9, 10, 13, and 32 up
    if ((seen[0] & kNotInText) != 0) return false;
    return ((seen[0] & kText) | seen[1] | seen[2] | seen[3]) != 0;
}
static_assert(looks_like_text({1U << 10, 0, 0, 0}));
static_assert(!looks_like_text({1U << 10 | 1U, 1, 0, 0}));
static_assert(!looks_like_text({1U << 7, 0, 0, 0}));

}  // namespace warpz

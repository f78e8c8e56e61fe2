// SPDX-License-Identifier: Zlib
// Combination of Adler-32 values in closed form.
#include "checksum/adler32.hpp"

#include "kernels/adler32_limits.hpp"

namespace warpz::checksum {

std::uint64_t adler32_combine(std::uint32_t adler_a, std::uint32_t adler_b,
                              std::uint64_t size_b) noexcept {
    constexpr std::uint64_t kModulus = kernels::kAdlerModulus;
    const std::uint64_t length = size_b % kModulus;
    const std::uint64_t a1 = adler_a & 0xFFFF;
    const std::uint64_t b1 = adler_b & 0xFFFF;

    // B's sums began at s1 = 1 where they should begin at a1: s1 is off by a1 - 1, s2 by length *
    // (a1 - 1).
    std::uint64_t s1 = a1 + b1 + (kModulus - 1);
    std::uint64_t s2 =
        length * a1 % kModulus + (adler_a >> 16) + (adler_b >> 16) + kModulus - length;

    // Both are below 4 * kModulus for valid values. The fixed number of subtractions is zlib's and
    // leaves its results for invalid ones.
    if (s1 >= kModulus) s1 -= kModulus;
    if (s1 >= kModulus) s1 -= kModulus;
    if (s2 >= 2 * kModulus) s2 -= 2 * kModulus;
    if (s2 >= kModulus) s2 -= kModulus;
    return s1 | (s2 << 16);
}

}  // namespace warpz::checksum

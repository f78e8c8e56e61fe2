// SPDX-License-Identifier: Zlib
// Logarithms in integers, so that what is decided by them is decided alike on every CPU.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace warpz::deflate {

/// log2 of 1 <= n < 2^16, in units of 2^-16, by repeated squaring of n / 2^floor(log2 n).
[[nodiscard]] constexpr std::uint32_t log2_fixed(std::uint32_t n) noexcept {
    const auto whole = static_cast<unsigned>(std::bit_width(n)) - 1;
    std::uint64_t x = std::uint64_t{n} << (31 - whole);  // [1, 2) in units of 2^-31
    std::uint32_t result = whole;
    for (unsigned bit = 0; bit < 16; ++bit) {
        x = (x * x) >> 31;
        result <<= 1;
        if (x >> 32 != 0) {
            x >>= 1;
            result |= 1;
        }
    }
    return result;
}
static_assert(log2_fixed(1) == 0 && log2_fixed(2) == 0x10000 && log2_fixed(3) == 0x195c0);

/// Units of self_information().
inline constexpr std::uint32_t kInformationPerBit = 16;

inline constexpr std::uint32_t kInformationTableSize = 1024;
inline constexpr std::array<std::uint32_t, kInformationTableSize + 1> kInformationTable = [] {
    std::array<std::uint32_t, kInformationTableSize + 1> table{};
    for (std::uint32_t n = 1; n < table.size(); ++n) {
        table[n] = static_cast<std::uint32_t>(
            (std::uint64_t{n} * log2_fixed(n) * kInformationPerBit) >> 16);
    }
    return table;
}();

/// n * log2(n) of n < 2^17, 0 for 0. The entropy of counts is this of their sum less the sum of this of each.
[[nodiscard]] inline std::uint32_t self_information(std::uint32_t n) noexcept {
    if (n < kInformationTableSize) [[likely]]
        return kInformationTable[n];
    // x * log2(x) of x = n / 2^shift is taken as linear between two entries; then times 2^shift, and n * shift more.
    const auto shift = static_cast<unsigned>(std::bit_width(n / kInformationTableSize));
    const std::uint32_t floor = n >> shift;
    const std::uint32_t rest = n - (floor << shift);
    const std::uint32_t at = kInformationTable[floor];
    return (at << shift) + (kInformationTable[floor + 1] - at) * rest +
           n * shift * kInformationPerBit;
}

}  // namespace warpz::deflate

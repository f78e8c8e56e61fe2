// SPDX-License-Identifier: Zlib
// Which length and distance symbol a value belongs to (RFC 1951 3.2.5).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// Length symbol less 257, by length - 3.
inline constexpr std::array<std::uint8_t, 256> kLengthSymbols = [] {
    std::array<std::uint8_t, 256> symbols{};
    for (unsigned symbol = 0; symbol < rfc1951::kLengthRanges.size(); ++symbol) {
        const unsigned first = rfc1951::kLengthRanges[symbol].base - 3U;
        const unsigned count = 1U << rfc1951::kLengthRanges[symbol].extra_bits;
        for (unsigned i = first; i < std::min(first + count, 256U); ++i) {
            symbols[i] = static_cast<std::uint8_t>(symbol);
        }
    }
    return symbols;
}();
static_assert(kLengthSymbols[255] == 28 && kLengthSymbols[254] == 27 && kLengthSymbols[8] == 8);

/// Distance symbols of distance - 1: as they are below 256, by distance >> 7 above.
inline constexpr std::array<std::uint8_t, 512> kDistanceSymbolTable = [] {
    std::array<std::uint8_t, 512> symbols{};
    for (unsigned symbol = 0; symbol < rfc1951::kDistanceSymbols; ++symbol) {
        const unsigned first = rfc1951::kDistanceRanges[symbol].base - 1U;
        const unsigned end = first + (1U << rfc1951::kDistanceRanges[symbol].extra_bits);
        for (unsigned i = first; i < end; ++i) {
            symbols[i < 256 ? i : 256 + (i >> 7)] = static_cast<std::uint8_t>(symbol);
        }
    }
    return symbols;
}();
static_assert(kDistanceSymbolTable[255] == 15 && kDistanceSymbolTable[511] == 29);

[[nodiscard]] inline std::uint32_t distance_symbol(std::uint32_t distance_minus_1) noexcept {
    return kDistanceSymbolTable[distance_minus_1 < 256 ? distance_minus_1
                                                       : 256 + (distance_minus_1 >> 7)];
}

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Constants and tables of the deflate format (RFC 1951): alphabets, length and distance codes, the fixed code.
#pragma once

#include <array>
#include <cstdint>

namespace warpz::rfc1951 {

enum class BlockType : std::uint8_t { kStored = 0, kFixed = 1, kDynamic = 2 };  // BTYPE, 3.2.3

inline constexpr unsigned kMinMatch = 3;
inline constexpr unsigned kMaxMatch = 258;
inline constexpr unsigned kMaxDistance = 32768;
inline constexpr unsigned kMaxStoredBytes = 65535;  // LEN is 16 bits, 3.2.4

inline constexpr unsigned kEndOfBlock = 256;
inline constexpr unsigned kFirstLengthSymbol = 257;
// 0-255 literals, 256 end of block, 257-285 lengths
inline constexpr unsigned kLitLenSymbols = 286;
// 286 and 287 take part in the fixed code's construction
inline constexpr unsigned kLitLenSymbolsFixed = 288;
inline constexpr unsigned kDistanceSymbols = 30;
inline constexpr unsigned kDistanceSymbolsFixed = 32;
inline constexpr unsigned kCodeLengthSymbols = 19;

inline constexpr unsigned kMaxCodeBits = 15;           // literal/length and distance codes
inline constexpr unsigned kMaxCodeLengthCodeBits = 7;  // code length code

/// Order in which HCLEN's code lengths are sent (3.2.7).
inline constexpr std::array<std::uint8_t, kCodeLengthSymbols> kCodeLengthOrder{
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

struct CodeRange {
    std::uint16_t base;       ///< smallest length or distance of the symbol
    std::uint8_t extra_bits;  ///< bits that follow the symbol
};

/// Length symbols 257..285, index 0..28 (3.2.5). The last stands for 258 alone.
inline constexpr std::array<CodeRange, 29> kLengthRanges = [] {
    std::array<CodeRange, 29> ranges{};
    unsigned base = kMinMatch;
    for (unsigned i = 0; i < 28; ++i) {
        const unsigned extra = i < 8 ? 0 : i / 4 - 1;
        ranges[i] = {static_cast<std::uint16_t>(base), static_cast<std::uint8_t>(extra)};
        base += 1U << extra;
    }
    ranges[28] = {kMaxMatch, 0};
    return ranges;
}();
static_assert(kLengthRanges[27].base == 227 && kLengthRanges[27].extra_bits == 5);

/// Distance symbols 0..29 (3.2.5).
inline constexpr std::array<CodeRange, kDistanceSymbols> kDistanceRanges = [] {
    std::array<CodeRange, kDistanceSymbols> ranges{};
    unsigned base = 1;
    for (unsigned i = 0; i < kDistanceSymbols; ++i) {
        const unsigned extra = i < 4 ? 0 : i / 2 - 1;
        ranges[i] = {static_cast<std::uint16_t>(base), static_cast<std::uint8_t>(extra)};
        base += 1U << extra;
    }
    return ranges;
}();
static_assert(kDistanceRanges[29].base == 24577 && kDistanceRanges[29].extra_bits == 13);

/// Code lengths of the fixed literal/length code (3.2.6).
inline constexpr std::array<std::uint8_t, kLitLenSymbolsFixed> kFixedLitLenLengths = [] {
    std::array<std::uint8_t, kLitLenSymbolsFixed> lengths{};
    for (unsigned i = 0; i < kLitLenSymbolsFixed; ++i) {
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    return lengths;
}();
inline constexpr unsigned kFixedDistanceBits = 5;

}  // namespace warpz::rfc1951

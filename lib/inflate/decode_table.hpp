// SPDX-License-Identifier: Zlib
// Decode tables: from the code lengths of a block (RFC 1951 3.2.2) to tables that are indexed by the next bits of
// the stream. An entry says everything about its code, so that one load replaces a walk through a tree.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "format/bit_reader.hpp"
#include "format/rfc1951.hpp"

namespace warpz::inflate {

/// One packed table entry:
///
///     bits  0-5   bits to drop for code and extra bits together, 0 with a link (bits 6-7 are zero)
///     bits  8-11  bits of the code alone, main table's part included; with a link, index bits of the subtable
///     bit  12     the entry is a literal
///     bit  14     the entry is a link to a subtable, the end of the block or an unused code
///     bit  15     ... and it is not a link
///     bits 16-31  literal, base length, base distance, subtable's offset, kUnusedCode
using Entry = std::uint32_t;

inline constexpr Entry kLiteral = 0x1000;
inline constexpr Entry kExceptional = 0x4000;
inline constexpr Entry kNoLink = 0x8000;
inline constexpr Entry kEndOfBlockEntry = kExceptional | kNoLink;
inline constexpr Entry kUnusedEntry = kExceptional | kNoLink | (1U << 16);

[[nodiscard]] constexpr unsigned drop_bits(Entry entry) noexcept { return entry & 0x3f; }
[[nodiscard]] constexpr unsigned code_bits(Entry entry) noexcept { return (entry >> 8) & 0xf; }
[[nodiscard]] constexpr unsigned entry_value(Entry entry) noexcept { return entry >> 16; }
[[nodiscard]] constexpr bool is_literal(Entry entry) noexcept { return (entry & kLiteral) != 0; }
[[nodiscard]] constexpr bool is_exceptional(Entry entry) noexcept {
    return (entry & kExceptional) != 0;
}
[[nodiscard]] constexpr bool is_link(Entry entry) noexcept {
    return (entry & (kExceptional | kNoLink)) == kExceptional;
}
[[nodiscard]] constexpr bool is_end_of_block(Entry entry) noexcept {
    return (entry & ~0xfffU) == kEndOfBlockEntry;
}

inline constexpr unsigned kLitLenTableBits = 11;
inline constexpr unsigned kDistanceTableBits = 8;
inline constexpr unsigned kCodeLengthTableBits = rfc1951::kMaxCodeLengthCodeBits;

// Largest number of entries of any complete code of 288 symbols with an 11-bit main table, and of 32 symbols with
// an 8-bit one, found by the exhaustive search that zlib publishes as examples/enough.c.
inline constexpr unsigned kLitLenEntries = 2342;
inline constexpr unsigned kDistanceEntries = 402;
inline constexpr unsigned kCodeLengthEntries = 1U << kCodeLengthTableBits;

/// How many codes there are of each length; index 0 stays 0.
using LengthCounts = std::array<std::uint16_t, rfc1951::kMaxCodeBits + 1>;

enum class CodeKind : std::uint8_t { kCodeLengths, kLitLen, kDistance };

/// Builds the table of one code.
///
/// lengths     code length of each symbol, 0 to 15 (0 to 7 for kCodeLengths), at most 288 symbols
/// table       room for kLitLenEntries, kDistanceEntries or kCodeLengthEntries
/// table_bits  set to the main table's index bits: always kDistanceTableBits for kDistance (a constant for the decoding
///             loops), for the others no more than the longest code
/// counts      set to the number of codes of each length
/// returns     false when the set is over-subscribed, or incomplete where that is an error: allowed are no code at
///             all, and for kLitLen and kDistance a single code of one bit (3.2.7; zlib's inftrees.c says the same)
[[nodiscard]] bool build_table(CodeKind kind, std::span<const std::uint8_t> lengths, Entry* table,
                               unsigned& table_bits, LengthCounts& counts) noexcept;

/// Finds the code at the front of the input, pulling just the bytes that decide it; nothing is dropped. False when
/// the input ends first.
[[nodiscard]] bool decode_code(BitReader& in, const Entry* table, unsigned table_bits,
                               Entry& entry) noexcept;

/// Both tables of a block, side by side so that one base address serves both.
struct Tables {
    Entry litlen[kLitLenEntries];
    Entry distance[kDistanceEntries];
};

/// Tables of the fixed code (3.2.6), built at compile time.
inline constexpr unsigned kFixedLitLenTableBits = 9;
extern const Tables kFixedTables;

}  // namespace warpz::inflate

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
///     bit  13     the entry is a length
///     bit  14     the entry leaves the common path: a length of kLongLength or more, or nothing of the above but a
///                 link to a subtable, the end of the block or an unused code
///     bit  15     ... and it is not a link
///     bits 16-31  literal, base length, base distance, subtable's offset, kUnusedCode
///
/// In the table of the code length code an entry stands for a run of equal lengths:
///
///     bits  0-11  as above
///     bit  12     the length is the one before it
///     bits 16-23  how often, without the extra bits
///     bits 24-27  the length, 0 if it is the one before it
using Entry = std::uint32_t;

inline constexpr Entry kLiteral = 0x1000;
inline constexpr Entry kRepeatsPrevious = 0x1000;
inline constexpr Entry kLength = 0x2000;
inline constexpr Entry kUncommon = 0x4000;
inline constexpr Entry kNoLink = 0x8000;
inline constexpr Entry kEndOfBlockEntry = kUncommon | kNoLink;
inline constexpr Entry kUnusedEntry = kUncommon | kNoLink | (1U << 16);

/// Lengths from here on are not copied by one vector; the first base length of which that is true.
inline constexpr unsigned kLongLength = 31;

[[nodiscard]] constexpr unsigned drop_bits(Entry entry) noexcept { return entry & 0x3f; }
[[nodiscard]] constexpr unsigned code_bits(Entry entry) noexcept { return (entry >> 8) & 0xf; }
[[nodiscard]] constexpr unsigned entry_value(Entry entry) noexcept { return entry >> 16; }
[[nodiscard]] constexpr unsigned run_times(Entry entry) noexcept { return (entry >> 16) & 0xff; }
[[nodiscard]] constexpr unsigned run_length(Entry entry) noexcept { return entry >> 24; }
[[nodiscard]] constexpr bool repeats_previous(Entry entry) noexcept {
    return (entry & kRepeatsPrevious) != 0;
}
[[nodiscard]] constexpr bool is_literal(Entry entry) noexcept { return (entry & kLiteral) != 0; }
[[nodiscard]] constexpr bool is_uncommon(Entry entry) noexcept { return (entry & kUncommon) != 0; }
/// A link, the end of the block or an unused code.
[[nodiscard]] constexpr bool is_exceptional(Entry entry) noexcept {
    return (entry & (kUncommon | kLength)) == kUncommon;
}
[[nodiscard]] constexpr bool is_link(Entry entry) noexcept {
    return (entry & (kUncommon | kNoLink)) == kUncommon;
}
[[nodiscard]] constexpr bool is_end_of_block(Entry entry) noexcept {
    return (entry & ~0xfffU) == kEndOfBlockEntry;
}

/// Index bits of a block's two main tables: as many as the literal/length code needs, within these.
inline constexpr unsigned kMinTableBits = 8;
inline constexpr unsigned kMaxTableBits = 11;
inline constexpr unsigned kCodeLengthTableBits = rfc1951::kMaxCodeLengthCodeBits;

/// Places of a block's tables in one array. The literal/length code has subtables only below a main table of
/// kMaxTableBits, where any complete code of 288 symbols takes at most 294 entries; a code of 32 symbols takes at
/// most 146 below 8 bits, and fewer below more (found by the exhaustive search that zlib publishes as
/// examples/enough.c).
inline constexpr unsigned kDistanceTable = 1U << kMaxTableBits;
inline constexpr unsigned kDistanceSubtables = kDistanceTable + (1U << kMaxTableBits);
inline constexpr unsigned kLitLenSubtables = kDistanceSubtables + 146;
inline constexpr unsigned kTableEntries = kLitLenSubtables + 294;
inline constexpr unsigned kCodeLengthEntries = 1U << kCodeLengthTableBits;

/// How many codes there are of each length; index 0 stays 0.
using LengthCounts = std::array<std::uint16_t, rfc1951::kMaxCodeBits + 1>;

enum class CodeKind : std::uint8_t { kCodeLengths, kLitLen, kDistance };

/// Builds the table of one code.
///
/// lengths     code length of each symbol, 0 to 15 (0 to 7 for kCodeLengths), at most 288 symbols
/// table       where its main table begins: of Tables, or of kCodeLengthEntries
/// table_bits  the main table's index bits. Set for kCodeLengths (no more than the longest code) and for kLitLen
///             (kMinTableBits to kMaxTableBits); kDistance takes those of the literal/length table beside it
/// counts      set to the number of codes of each length
/// returns     false when the set is over-subscribed, or incomplete where that is an error: allowed are no code at
///             all, and for kLitLen and kDistance a single code of one bit (3.2.7; zlib's inftrees.c says the same)
[[nodiscard]] bool build_table(CodeKind kind, std::span<const std::uint8_t> lengths, Entry* table,
                               unsigned& table_bits, LengthCounts& counts) noexcept;

/// What the code lengths of a literal/length code say, since codes are about as long as their symbols are rare: true when
/// less than one symbol in eight is a length.
[[nodiscard]] constexpr bool has_mostly_literals(std::span<const std::uint8_t> lengths) noexcept {
    unsigned share = 0;
    for (const std::uint8_t bits : lengths.subspan(rfc1951::kFirstLengthSymbol)) {
        if (bits != 0) share += 1U << (rfc1951::kMaxCodeBits - bits);
    }
    return share < 1U << (rfc1951::kMaxCodeBits - 3);
}

/// Finds the code at the front of the input, pulling just the bytes that decide it; nothing is dropped. False when
/// the input ends first.
[[nodiscard]] bool decode_code(BitReader& in, const Entry* table, unsigned table_bits,
                               Entry& entry) noexcept;

/// Both tables of a block, side by side so that one base address serves both. Links count from their own table's
/// beginning.
struct Tables {
    Entry entries[kTableEntries];

    [[nodiscard]] constexpr Entry* litlen() noexcept { return entries; }
    [[nodiscard]] constexpr const Entry* litlen() const noexcept { return entries; }
    [[nodiscard]] constexpr Entry* distance() noexcept { return entries + kDistanceTable; }
    [[nodiscard]] constexpr const Entry* distance() const noexcept {
        return entries + kDistanceTable;
    }
};

/// Tables of the fixed code (3.2.6), built at compile time.
inline constexpr unsigned kFixedTableBits = 9;
extern const Tables kFixedTables;

}  // namespace warpz::inflate

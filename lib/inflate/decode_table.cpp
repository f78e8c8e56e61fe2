// SPDX-License-Identifier: Zlib
// Construction of decode tables; see decode_table.hpp. Deflate sends codes most significant bit first into a
// stream that is read least significant bit first, so codes are counted upwards in reversed bits here.
#include "inflate/decode_table.hpp"

#include <algorithm>
#include <cstring>

namespace warpz::inflate {
namespace {

using rfc1951::kMaxCodeBits;

/// A symbol's entry without its code length. adjust(entry, bits) completes it.
constexpr Entry literal_template(unsigned byte) { return (Entry{byte} << 16) | kLiteral; }
constexpr Entry range_template(rfc1951::CodeRange range) {
    return (Entry{range.base} << 16) | range.extra_bits;
}
constexpr Entry with_code_bits(Entry entry, unsigned bits) { return entry + bits * 0x0101U; }

constexpr std::array<Entry, rfc1951::kCodeLengthSymbols> kCodeLengthTemplates = [] {
    std::array<Entry, rfc1951::kCodeLengthSymbols> entries{};
    for (unsigned i = 0; i < entries.size(); ++i) entries[i] = Entry{i} << 16;
    return entries;
}();

constexpr std::array<Entry, rfc1951::kLitLenSymbolsFixed> kLitLenTemplates = [] {
    std::array<Entry, rfc1951::kLitLenSymbolsFixed> entries{};
    for (unsigned i = 0; i < entries.size(); ++i) {
        entries[i] = i < rfc1951::kEndOfBlock    ? literal_template(i)
                     : i == rfc1951::kEndOfBlock ? kEndOfBlockEntry
                     : i < rfc1951::kLitLenSymbols
                         ? range_template(rfc1951::kLengthRanges[i - rfc1951::kFirstLengthSymbol])
                         : kUnusedEntry;
    }
    return entries;
}();

constexpr std::array<Entry, rfc1951::kDistanceSymbolsFixed> kDistanceTemplates = [] {
    std::array<Entry, rfc1951::kDistanceSymbolsFixed> entries{};
    for (unsigned i = 0; i < entries.size(); ++i) {
        entries[i] = i < rfc1951::kDistanceSymbols ? range_template(rfc1951::kDistanceRanges[i])
                                                   : kUnusedEntry;
    }
    return entries;
}();

constexpr const Entry* templates_of(CodeKind kind) {
    switch (kind) {
        case CodeKind::kCodeLengths:
            return kCodeLengthTemplates.data();
        case CodeKind::kLitLen:
            return kLitLenTemplates.data();
        case CodeKind::kDistance:
            return kDistanceTemplates.data();
    }
    return nullptr;
}

constexpr unsigned table_bits_of(CodeKind kind) {
    switch (kind) {
        case CodeKind::kCodeLengths:
            return kCodeLengthTableBits;
        case CodeKind::kLitLen:
            return kLitLenTableBits;
        case CodeKind::kDistance:
            return kDistanceTableBits;
    }
    return 0;
}

/// The reversed code after `code`, which has `bits` bits and is not the last of them (all ones).
constexpr unsigned next_code(unsigned code, unsigned bits) {
    const unsigned zeros = code ^ ((1U << bits) - 1);
    const unsigned carry =
        std::bit_floor(zeros);  // the highest zero becomes one, ones above it zero
    return (code & (carry - 1)) | carry;
}

/// Fills the main table: the codes of each length are written once, then the table filled so far is doubled, which
/// repeats every entry for both values of the next bit. Leaves `code` at the first code too long for the table.
constexpr const std::uint16_t* fill_main_table(const std::uint16_t* sorted,
                                               const LengthCounts& counts, const Entry* templates,
                                               unsigned min_bits, unsigned table_bits, Entry* table,
                                               unsigned& code) {
    unsigned bits = min_bits;
    code = 0;
    for (;;) {
        const unsigned last = (1U << bits) - 1;
        for (unsigned left = counts[bits]; left != 0; --left) {
            table[code] = with_code_bits(templates[*sorted++], bits);
            if (code == last) {
                // The code is complete; the rest of the main table repeats.
                for (; bits < table_bits; ++bits) {
                    std::copy_n(table, 1U << bits, table + (1U << bits));
                }
                return sorted;
            }
            code = next_code(code, bits);
        }
        if (bits == table_bits) return sorted;
        std::copy_n(table, 1U << bits, table + (1U << bits));
        ++bits;
    }
}

/// Adds a subtable for each main index that begins codes longer than the main table's index.
void fill_subtables(const std::uint16_t* sorted, const LengthCounts& counts, const Entry* templates,
                    unsigned table_bits, Entry* table, unsigned code) {
    const unsigned main_mask = (1U << table_bits) - 1;
    unsigned prefix = ~0U;
    unsigned begin = 1U << table_bits;
    unsigned end = begin;
    unsigned bits = table_bits + 1;
    unsigned left = counts[bits];
    for (;;) {
        while (left == 0) left = counts[++bits];
        if ((code & main_mask) != prefix) {
            prefix = code & main_mask;
            // The subtable grows until the codes that are left fill it.
            unsigned sub_bits = bits - table_bits;
            unsigned used = left;
            while (used < (1U << sub_bits)) {
                ++sub_bits;
                used = (used << 1) + counts[table_bits + sub_bits];
            }
            begin = end;
            end += 1U << sub_bits;
            table[prefix] = (Entry{begin} << 16) | kExceptional | (sub_bits << 8);
        }
        const Entry entry = with_code_bits(templates[*sorted++], bits);
        const unsigned stride = 1U << (bits - table_bits);
        for (unsigned i = begin + (code >> table_bits); i < end; i += stride) table[i] = entry;
        if (code == (1U << bits) - 1) return;
        code = next_code(code, bits);
        --left;
    }
}

/// Repeats a main table of `bits` index bits up to the width that its kind has at least.
unsigned widen_table(CodeKind kind, unsigned bits, Entry* table) {
    if (kind != CodeKind::kDistance) return bits;
    for (; bits < kDistanceTableBits; ++bits) std::copy_n(table, 1U << bits, table + (1U << bits));
    return bits;
}

constexpr bool is_complete(const LengthCounts& counts, unsigned max_bits, bool& over_subscribed) {
    unsigned space = 1;
    over_subscribed = false;
    for (unsigned bits = 1; bits <= max_bits; ++bits) {
        space <<= 1;
        if (counts[bits] > space) {
            over_subscribed = true;
            return false;
        }
        space -= counts[bits];
    }
    return space == 0;
}

}  // namespace

bool build_table(CodeKind kind, std::span<const std::uint8_t> lengths, Entry* table,
                 unsigned& table_bits, LengthCounts& counts) noexcept {
    counts = {};
    for (const std::uint8_t bits : lengths) ++counts[bits];
    unsigned max_bits = kMaxCodeBits;
    while (max_bits > 0 && counts[max_bits] == 0) --max_bits;
    const Entry* templates = templates_of(kind);

    if (max_bits == 0) {
        // No code at all. Whatever bit comes is wrong; in a code length code zlib takes it as a length of zero.
        const Entry entry = kind == CodeKind::kCodeLengths ? templates[0] : kUnusedEntry;
        table[0] = table[1] = with_code_bits(entry, 1);
        table_bits = widen_table(kind, 1, table);
        return true;
    }

    bool over_subscribed = false;
    const bool complete = is_complete(counts, max_bits, over_subscribed);
    if (over_subscribed) return false;
    if (!complete && (kind == CodeKind::kCodeLengths || max_bits != 1)) return false;

    std::uint16_t offsets[kMaxCodeBits + 2];
    offsets[1] = 0;
    for (unsigned bits = 1; bits <= kMaxCodeBits; ++bits) {
        offsets[bits + 1] = static_cast<std::uint16_t>(offsets[bits] + counts[bits]);
    }
    std::uint16_t sorted[rfc1951::kLitLenSymbolsFixed];
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        const unsigned bits = lengths[symbol];
        if (bits != 0) sorted[offsets[bits]++] = static_cast<std::uint16_t>(symbol);
    }

    if (!complete) {
        table[0] = with_code_bits(templates[sorted[0]], 1);
        table[1] = with_code_bits(kUnusedEntry, 1);
        table_bits = widen_table(kind, 1, table);
        return true;
    }

    unsigned min_bits = 1;
    while (counts[min_bits] == 0) ++min_bits;
    table_bits = kind == CodeKind::kDistance ? kDistanceTableBits
                                             : std::min(max_bits, table_bits_of(kind));
    if (min_bits > table_bits) min_bits = table_bits;
    unsigned code = 0;
    const std::uint16_t* rest =
        fill_main_table(sorted, counts, templates, min_bits, table_bits, table, code);
    if (max_bits > table_bits) fill_subtables(rest, counts, templates, table_bits, table, code);
    return true;
}

bool decode_code(BitReader& in, const Entry* table, unsigned table_bits, Entry& entry) noexcept {
    for (;;) {
        // Bits not held yet read as zero, so an entry counts only if its code fits into the bits held.
        entry = table[in.peek(table_bits)];
        if (is_link(entry)) {
            const std::uint64_t rest = in.hold >> table_bits;
            entry = table[entry_value(entry) + (rest & ((1U << code_bits(entry)) - 1))];
        }
        if (code_bits(entry) <= in.bits) return true;
        if (!in.pull()) return false;
    }
}

constinit const Tables kFixedTables = [] {
    Tables tables{};
    // Canonical codes of 7, 8 and 9 bits: 256-279, then 0-143 and 280-287, then 144-255.
    std::array<std::uint16_t, rfc1951::kLitLenSymbolsFixed> sorted{};
    LengthCounts counts{};
    unsigned count = 0;
    for (unsigned bits = 7; bits <= 9; ++bits) {
        for (unsigned symbol = 0; symbol < rfc1951::kLitLenSymbolsFixed; ++symbol) {
            if (rfc1951::kFixedLitLenLengths[symbol] != bits) continue;
            sorted[count++] = static_cast<std::uint16_t>(symbol);
            ++counts[bits];
        }
    }
    unsigned code = 0;
    fill_main_table(sorted.data(), counts, kLitLenTemplates.data(), 7, kFixedLitLenTableBits,
                    tables.litlen, code);
    for (unsigned symbol = 0; symbol < rfc1951::kDistanceSymbolsFixed; ++symbol) {
        sorted[symbol] = static_cast<std::uint16_t>(symbol);
    }
    counts = {};
    counts[rfc1951::kFixedDistanceBits] = rfc1951::kDistanceSymbolsFixed;
    fill_main_table(sorted.data(), counts, kDistanceTemplates.data(), rfc1951::kFixedDistanceBits,
                    kDistanceTableBits, tables.distance, code);
    return tables;
}();
static_assert(kLitLenTemplates[285] == (258U << 16) &&
              kDistanceTemplates[29] == (24577U << 16 | 13));

}  // namespace warpz::inflate

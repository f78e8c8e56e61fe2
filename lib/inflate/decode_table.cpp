// SPDX-License-Identifier: Zlib
// Construction of decode tables; see decode_table.hpp. Deflate sends codes most significant bit first into a
// stream that is read least significant bit first, so codes are reversed here.
#include "inflate/decode_table.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"

namespace warpz::inflate {
namespace {

using rfc1951::kMaxCodeBits;

/// A symbol's entry without its code length. adjust(entry, bits) completes it.
constexpr Entry literal_template(unsigned byte) { return (Entry{byte} << 16) | kLiteral; }
constexpr Entry range_template(rfc1951::CodeRange range) {
    return (Entry{range.base} << 16) | range.extra_bits;
}
constexpr Entry length_template(rfc1951::CodeRange range) {
    return range_template(range) | kLength | (range.base < kLongLength ? 0 : kUncommon | kNoLink);
}
constexpr Entry with_code_bits(Entry entry, unsigned bits) { return entry + bits * 0x0101U; }

constexpr std::array<Entry, rfc1951::kCodeLengthSymbols> kCodeLengthTemplates = [] {
    std::array<Entry, rfc1951::kCodeLengthSymbols> entries{};
    for (unsigned i = 0; i < entries.size(); ++i) entries[i] = Entry{i} << 24 | 1U << 16;
    // 3.2.7: the last length 3 to 6 times, a length of zero 3 to 10 times, 11 to 138 times.
    entries[16] = kRepeatsPrevious | 3U << 16 | 2;
    entries[17] = 3U << 16 | 3;
    entries[18] = 11U << 16 | 7;
    return entries;
}();

constexpr std::array<Entry, rfc1951::kLitLenSymbolsFixed> kLitLenTemplates = [] {
    std::array<Entry, rfc1951::kLitLenSymbolsFixed> entries{};
    for (unsigned i = 0; i < entries.size(); ++i) {
        entries[i] = i < rfc1951::kEndOfBlock    ? literal_template(i)
                     : i == rfc1951::kEndOfBlock ? kEndOfBlockEntry
                     : i < rfc1951::kLitLenSymbols
                         ? length_template(rfc1951::kLengthRanges[i - rfc1951::kFirstLengthSymbol])
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

constexpr std::array<std::uint8_t, 256> kReversedBytes = [] {
    std::array<std::uint8_t, 256> reversed{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((byte >> bit & 1) != 0) reversed[byte] |= static_cast<std::uint8_t>(0x80U >> bit);
        }
    }
    return reversed;
}();

/// A code of `bits` bits as it comes in the stream. Independent of the code before it, so that several overlap.
constexpr unsigned reversed_code(unsigned code, unsigned bits) {
    const unsigned reversed =
        unsigned{kReversedBytes[code & 0xff]} << 8 | kReversedBytes[code >> 8];
    return reversed >> (16 - bits);
}

/// Fills the main table: the codes of each length are written once, then the table filled so far is doubled, which
/// repeats every entry for both values of the next bit. Leaves `code` at the first code too long for the table.
constexpr const std::uint16_t* fill_main_table(const std::uint16_t* sorted,
                                               const LengthCounts& counts, const Entry* templates,
                                               unsigned min_bits, unsigned table_bits, Entry* table,
                                               unsigned& code) {
    code = 0;
    for (unsigned bits = min_bits;; ++bits) {
        for (const unsigned end = code + counts[bits]; code < end; ++code) {
            table[reversed_code(code, bits)] = with_code_bits(templates[*sorted++], bits);
        }
        if (bits == table_bits) return sorted;
        std::copy_n(table, 1U << bits, table + (1U << bits));
        code <<= 1;
    }
}

/// Adds a subtable for each main index that begins codes longer than the main table's index, from `begin` on.
void fill_subtables(const std::uint16_t* sorted, const LengthCounts& counts, const Entry* templates,
                    unsigned table_bits, unsigned max_bits, Entry* table, unsigned begin,
                    unsigned code) {
    unsigned prefix = ~0U;
    unsigned end = begin;
    for (unsigned bits = table_bits + 1; bits <= max_bits; ++bits) {
        code <<= 1;
        const unsigned stride = 1U << (bits - table_bits);
        for (unsigned left = counts[bits]; left != 0; --left, ++code) {
            const unsigned index = reversed_code(code, bits);
            if (code >> (bits - table_bits) != prefix) {
                prefix = code >> (bits - table_bits);
                // The subtable grows until the codes that are left fill it.
                unsigned sub_bits = bits - table_bits;
                unsigned used = left;
                while (used < (1U << sub_bits)) {
                    ++sub_bits;
                    used = (used << 1) + counts[table_bits + sub_bits];
                }
                begin = end;
                end += 1U << sub_bits;
                const unsigned main_index = index & ((1U << table_bits) - 1);
                table[main_index] = (Entry{begin} << 16) | kUncommon | (sub_bits << 8);
            }
            const Entry entry = with_code_bits(templates[*sorted++], bits);
            for (unsigned i = begin + (index >> table_bits); i < end; i += stride) table[i] = entry;
        }
    }
}

/// Code lengths with zeros behind them, so that they can be taken in whole groups.
struct PaddedLengths {
    static constexpr std::size_t kGroup = 64;
    alignas(16) std::uint8_t bits[320];
    std::size_t size;  // a multiple of kGroup

    explicit PaddedLengths(std::span<const std::uint8_t> lengths) noexcept
        : size((lengths.size() + kGroup - 1) / kGroup * kGroup) {
        std::memcpy(bits, lengths.data(), lengths.size());
        std::memset(bits + lengths.size(), 0, size - lengths.size());
    }
};

/// Calls `visit` with each symbol that has a code, in order.
template <class Visit>
[[gnu::always_inline]] inline void for_each_used(const PaddedLengths& lengths, Visit visit) {
    for (std::size_t group = 0; group < lengths.size; group += PaddedLengths::kGroup) {
        std::uint64_t used = 0;  // one bit per symbol
        for (unsigned i = 0; i < PaddedLengths::kGroup; i += 8) {
            const auto eight = load_le<std::uint64_t>(lengths.bits + group + i);
            // Lengths are below 129, so 127 more makes the top bit of every byte that was not zero; the product
            // gathers these in its top byte.
            const std::uint64_t tops = (eight + 0x7f7f'7f7f'7f7f'7f7f) & 0x8080'8080'8080'8080;
            used |= ((tops >> 7) * 0x0102'0408'1020'4080 >> 56) << i;
        }
        for (; used != 0; used &= used - 1) {
            visit(group + static_cast<std::size_t>(std::countr_zero(used)));
        }
    }
}

/// Counts the codes of each length: by comparison, because incrementing counters would wait for one another.
void count_lengths(const PaddedLengths& lengths, LengthCounts& counts) {
    using Block [[gnu::vector_size(16)]] = std::uint8_t;
    counts[0] = 0;
    for (unsigned bits = 1; bits <= kMaxCodeBits; ++bits) {
        Block sum{};
        for (std::size_t i = 0; i < lengths.size; i += sizeof(Block)) {
            Block block;
            std::memcpy(&block, lengths.bits + i, sizeof block);
            sum -= reinterpret_cast<Block>(block == static_cast<std::uint8_t>(bits));
        }
        using Halves [[gnu::vector_size(16)]] = std::uint64_t;
        const auto halves = reinterpret_cast<Halves>(sum);
        constexpr std::uint64_t kEven = 0x00ff'00ff'00ff'00ff;
        const std::uint64_t words = (halves[0] & kEven) + (halves[0] >> 8 & kEven) +
                                    (halves[1] & kEven) + (halves[1] >> 8 & kEven);
        counts[bits] = static_cast<std::uint16_t>(words * 0x0001'0001'0001'0001 >> 48);
    }
}

/// Repeats a main table of `bits` index bits up to `wanted_bits`.
void widen_table(unsigned bits, unsigned wanted_bits, Entry* table) {
    for (; bits < wanted_bits; ++bits) std::copy_n(table, 1U << bits, table + (1U << bits));
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
    const PaddedLengths padded(lengths);
    count_lengths(padded, counts);
    unsigned max_bits = kMaxCodeBits;
    while (max_bits > 0 && counts[max_bits] == 0) --max_bits;
    const Entry* templates = templates_of(kind);
    if (kind == CodeKind::kCodeLengths) table_bits = std::max(max_bits, 1U);
    if (kind == CodeKind::kLitLen) table_bits = std::clamp(max_bits, kMinTableBits, kMaxTableBits);

    if (max_bits == 0) {
        // No code at all. Whatever bit comes is wrong; in a code length code zlib takes it as a length of zero.
        const Entry entry = kind == CodeKind::kCodeLengths ? templates[0] : kUnusedEntry;
        table[0] = table[1] = with_code_bits(entry, 1);
        widen_table(1, table_bits, table);
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
    for_each_used(padded, [&](std::size_t symbol) {
        sorted[offsets[padded.bits[symbol]]++] = static_cast<std::uint16_t>(symbol);
    });

    if (!complete) {
        table[0] = with_code_bits(templates[sorted[0]], 1);
        table[1] = with_code_bits(kUnusedEntry, 1);
        widen_table(1, table_bits, table);
        return true;
    }

    unsigned min_bits = 1;
    while (counts[min_bits] == 0) ++min_bits;
    const unsigned filled_bits = std::min(max_bits, table_bits);
    if (min_bits > filled_bits) min_bits = filled_bits;
    unsigned code = 0;
    const std::uint16_t* rest =
        fill_main_table(sorted, counts, templates, min_bits, filled_bits, table, code);
    widen_table(filled_bits, table_bits, table);
    if (max_bits > table_bits) {
        const unsigned begin =
            kind == CodeKind::kDistance ? kDistanceSubtables - kDistanceTable : kLitLenSubtables;
        fill_subtables(rest, counts, templates, table_bits, max_bits, table, begin, code);
    }
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
    fill_main_table(sorted.data(), counts, kLitLenTemplates.data(), 7, kFixedTableBits,
                    tables.litlen(), code);
    for (unsigned symbol = 0; symbol < rfc1951::kDistanceSymbolsFixed; ++symbol) {
        sorted[symbol] = static_cast<std::uint16_t>(symbol);
    }
    counts = {};
    counts[rfc1951::kFixedDistanceBits] = rfc1951::kDistanceSymbolsFixed;
    fill_main_table(sorted.data(), counts, kDistanceTemplates.data(), rfc1951::kFixedDistanceBits,
                    kFixedTableBits, tables.distance(), code);
    return tables;
}();
static_assert(kLitLenTemplates[285] == ((258U << 16) | kLength | kUncommon | kNoLink) &&
              kDistanceTemplates[29] == (24577U << 16 | 13));

}  // namespace warpz::inflate

// SPDX-License-Identifier: Zlib
// Decode tables: every code decodes to its symbol, every set of lengths is accepted or refused as zlib does, and no
// table outgrows its room.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "inflate/decode_table.hpp"
#include "inflate/zlib_table_size.hpp"
#include "support/bit_builder.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::inflate;
using namespace warpz::test;

namespace {

struct Built {
    bool accepted = false;
    std::vector<Entry> table;
    unsigned bits = 0;
    LengthCounts counts{};
};

std::size_t room_of(CodeKind kind) {
    switch (kind) {
        case CodeKind::kCodeLengths:
            return kCodeLengthEntries;
        case CodeKind::kLitLen:
            return kTableEntries;
        case CodeKind::kDistance:
            return kLitLenSubtables - kDistanceTable;
    }
    return 0;
}

constexpr Entry kCanary = 0xdead'beef;

/// Builds into a table with a canary behind its room; a distance code's with as many index bits as asked for.
Built build(CodeKind kind, const std::vector<std::uint8_t>& lengths,
            unsigned table_bits = kMinTableBits) {
    Built built;
    built.table.assign(room_of(kind) + 1, kCanary);
    built.bits = table_bits;
    built.accepted = build_table(kind, lengths, built.table.data(), built.bits, built.counts);
    BOOST_TEST_REQUIRE(built.table.back() == kCanary);
    return built;
}

/// The entry that a code of `bits` bits, most significant first, leads to.
Entry find(const Built& built, unsigned code, unsigned bits) {
    BitReader reader;
    for (unsigned i = 0; i < bits; ++i)
        reader.hold |= std::uint64_t{code >> (bits - 1 - i) & 1} << i;
    reader.bits = bits;
    Entry entry = 0;
    BOOST_TEST_REQUIRE(decode_code(reader, built.table.data(), built.bits, entry));
    return entry;
}

/// A random complete code of `used` among `symbols` symbols, no code longer than `max_bits`.
std::vector<std::uint8_t> random_code(Random& random, std::size_t symbols, std::size_t used,
                                      unsigned max_bits) {
    std::vector<std::uint8_t> leaves{0};
    while (leaves.size() < used) {
        const std::size_t i = random.one_in(3) ? leaves.size() - 1 : random.below(leaves.size());
        if (leaves[i] == max_bits) {
            if (std::all_of(leaves.begin(), leaves.end(),
                            [&](auto bits) { return bits == max_bits; }))
                break;
            continue;
        }
        ++leaves[i];
        leaves.push_back(leaves[i]);
    }
    std::vector<std::uint8_t> lengths(symbols);
    for (const std::uint8_t bits : leaves) {
        std::size_t symbol = random.below(symbols);
        while (lengths[symbol] != 0) symbol = (symbol + 1) % symbols;
        lengths[symbol] = bits;
    }
    return lengths;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_table)

BOOST_AUTO_TEST_CASE(every_code_of_random_sets_decodes_to_its_symbol) {
    Random random(3);
    for (int round = 0; round < 3000; ++round) {
        const bool is_distance = random.one_in(2);
        const std::size_t symbols = is_distance ? random.between(2, 30) : random.between(257, 286);
        const auto lengths = random_code(random, symbols, random.between(2, symbols),
                                         static_cast<unsigned>(random.between(9, 15)));
        const auto table_bits = static_cast<unsigned>(random.between(kMinTableBits, kMaxTableBits));
        const Built built =
            build(is_distance ? CodeKind::kDistance : CodeKind::kLitLen, lengths, table_bits);
        BOOST_TEST_REQUIRE(built.accepted);
        BOOST_TEST_REQUIRE((is_distance
                                ? built.bits == table_bits
                                : built.bits >= kMinTableBits && built.bits <= kMaxTableBits));
        const CanonicalCode codes(lengths);
        for (unsigned symbol = 0; symbol < symbols; ++symbol) {
            const unsigned bits = lengths[symbol];
            if (bits == 0) continue;
            const Entry entry = find(built, codes.code(symbol), bits);
            BOOST_TEST_REQUIRE(code_bits(entry) == bits);
            unsigned extra = 0;
            if (is_distance) {
                BOOST_TEST_REQUIRE(entry_value(entry) == rfc1951::kDistanceRanges[symbol].base);
                extra = rfc1951::kDistanceRanges[symbol].extra_bits;
            } else if (symbol < rfc1951::kEndOfBlock) {
                BOOST_TEST_REQUIRE((is_literal(entry) && entry_value(entry) == symbol));
            } else if (symbol == rfc1951::kEndOfBlock) {
                BOOST_TEST_REQUIRE(is_end_of_block(entry));
            } else {
                const auto range = rfc1951::kLengthRanges[symbol - rfc1951::kFirstLengthSymbol];
                BOOST_TEST_REQUIRE(entry_value(entry) == range.base);
                BOOST_TEST_REQUIRE(((entry & kLength) != 0 && !is_exceptional(entry)));
                BOOST_TEST_REQUIRE(is_uncommon(entry) == (range.base >= kLongLength));
                extra = range.extra_bits;
            }
            BOOST_TEST_REQUIRE(drop_bits(entry) == bits + extra);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_tables_fit_their_room) {
    // One code of each length up to 14 and two of 15 below a full main table make the widest subtables; the random
    // sets above find others, build() checks the canary for all of them.
    std::vector<std::uint8_t> lengths(286);
    for (unsigned i = 0; i < 15; ++i) lengths[i] = static_cast<std::uint8_t>(i + 1);
    lengths[15] = 15;
    BOOST_TEST(build(CodeKind::kLitLen, lengths).accepted);
    lengths.resize(30);
    for (unsigned table_bits = kMinTableBits; table_bits <= kMaxTableBits; ++table_bits) {
        BOOST_TEST(build(CodeKind::kDistance, lengths, table_bits).accepted);
    }
}

BOOST_AUTO_TEST_CASE(over_subscribed_sets_are_refused) {
    for (const CodeKind kind : {CodeKind::kCodeLengths, CodeKind::kLitLen, CodeKind::kDistance}) {
        BOOST_TEST(!build(kind, {1, 1, 1}).accepted);
        BOOST_TEST(!build(kind, {1, 2, 2, 3}).accepted);
        BOOST_TEST(build(kind, {1, 2, 3, 3}).accepted);
    }
}

BOOST_AUTO_TEST_CASE(incomplete_sets_are_refused_except_for_a_single_bit) {
    BOOST_TEST(!build(CodeKind::kCodeLengths, {1}).accepted);
    BOOST_TEST(!build(CodeKind::kLitLen, {2, 2, 2}).accepted);
    BOOST_TEST(!build(CodeKind::kDistance, {2}).accepted);
    for (const CodeKind kind : {CodeKind::kLitLen, CodeKind::kDistance}) {
        const Built built = build(kind, {0, 1});
        BOOST_TEST_REQUIRE(built.accepted);
        BOOST_TEST(!is_exceptional(find(built, 0, 1)));
        const Entry unused = find(built, 1, 1);
        BOOST_TEST((is_exceptional(unused) && !is_link(unused) && !is_end_of_block(unused)));
        BOOST_TEST(code_bits(unused) == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_set_without_codes_is_accepted_and_decodes_to_errors) {
    const Built built = build(CodeKind::kDistance, {0, 0, 0});
    BOOST_TEST_REQUIRE(built.accepted);
    for (const unsigned code : {0U, 1U}) {
        const Entry unused = find(built, code, 1);
        BOOST_TEST((is_exceptional(unused) && !is_link(unused) && !is_end_of_block(unused)));
    }
    // In a code length code zlib reads lengths of zero, and only misses the end-of-block code later.
    const Built code_lengths = build(CodeKind::kCodeLengths, std::vector<std::uint8_t>(19));
    BOOST_TEST_REQUIRE(code_lengths.accepted);
    BOOST_TEST(run_length(find(code_lengths, 1, 1)) == 0U);
}

BOOST_AUTO_TEST_CASE(the_fixed_tables_are_those_of_the_fixed_lengths) {
    const auto& lengths = rfc1951::kFixedLitLenLengths;
    const Built built = build(CodeKind::kLitLen, {lengths.begin(), lengths.end()});
    BOOST_TEST_REQUIRE(built.accepted);
    BOOST_TEST_REQUIRE(built.bits == kFixedTableBits);
    BOOST_TEST(std::equal(built.table.begin(), built.table.begin() + (1 << built.bits),
                          kFixedTables.litlen()));
    const Built distance =
        build(CodeKind::kDistance, std::vector<std::uint8_t>(32, 5), kFixedTableBits);
    BOOST_TEST_REQUIRE(distance.accepted);
    BOOST_TEST(std::equal(distance.table.begin(), distance.table.begin() + (1 << distance.bits),
                          kFixedTables.distance()));
}

BOOST_AUTO_TEST_CASE(zlib_would_use_these_many_entries) {
    const auto entries = [](CodeKind kind, const std::vector<std::uint8_t>& lengths,
                            unsigned root_bits) {
        return zlib_table_entries(build(kind, lengths).counts, root_bits);
    };
    const auto& fixed = rfc1951::kFixedLitLenLengths;
    BOOST_TEST(entries(CodeKind::kLitLen, {fixed.begin(), fixed.end()}, 9) == 512U);
    BOOST_TEST(entries(CodeKind::kDistance, {0, 0}, 6) == 2U);
    BOOST_TEST(entries(CodeKind::kDistance, {1}, 6) == 2U);
    BOOST_TEST(entries(CodeKind::kDistance, {1, 2, 3, 3}, 6) == 8U);
    // Codes of 1 to 15 bits: a root of 6 bits, and one subtable of 9 bits under its last index.
    std::vector<std::uint8_t> chain(16);
    for (unsigned i = 0; i < 15; ++i) chain[i] = static_cast<std::uint8_t>(i + 1);
    chain[15] = 15;
    BOOST_TEST(entries(CodeKind::kDistance, chain, 6) == 64U + 512U);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Prefix codes for the encoder: complete, within the length limit, and as short as Huffman's where the limit allows.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <queue>

#include "format/huffman.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

std::vector<std::uint32_t> random_counts(Random& random, std::size_t symbols) {
    std::vector<std::uint32_t> counts(symbols);
    const unsigned steepness = static_cast<unsigned>(random.below(16));
    for (auto& count : counts) {
        count = random.one_in(4)
                    ? 0
                    : static_cast<std::uint32_t>(random.below(2ULL << random.below(steepness + 1)));
    }
    return counts;
}

std::vector<std::uint8_t> lengths_of(const std::vector<std::uint32_t>& counts, unsigned max_bits) {
    std::vector<std::uint8_t> lengths(counts.size());
    huffman::build_lengths(counts, lengths, max_bits);
    return lengths;
}

std::uint64_t cost(const std::vector<std::uint32_t>& counts,
                   const std::vector<std::uint8_t>& lengths) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) bits += std::uint64_t{counts[i]} * lengths[i];
    return bits;
}

// The cost of an unlimited Huffman code is the sum of all inner nodes of its tree.
std::uint64_t huffman_cost(const std::vector<std::uint32_t>& counts) {
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> nodes;
    for (const auto count : counts) {
        if (count != 0) nodes.push(count);
    }
    std::uint64_t bits = 0;
    while (nodes.size() > 1) {
        const auto first = nodes.top();
        nodes.pop();
        const auto sum = first + nodes.top();
        nodes.pop();
        nodes.push(sum);
        bits += sum;
    }
    return bits;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codes)

BOOST_DATA_TEST_CASE(code_is_complete_and_within_its_limit, data::make({7U, 9U, 14U, 15U}),
                     max_bits) {
    Random random(max_bits);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t symbols = max_bits == 7 ? 19 : random.between(2, 288);
        const auto counts = random_counts(random, symbols);
        const auto lengths = lengths_of(counts, max_bits);
        std::uint64_t kraft = 0;
        for (std::size_t i = 0; i < symbols; ++i) {
            BOOST_REQUIRE_LE(lengths[i], max_bits);
            if (counts[i] != 0) BOOST_REQUIRE_NE(lengths[i], 0);
            if (lengths[i] != 0) kraft += std::uint64_t{1} << (max_bits - lengths[i]);
        }
        BOOST_REQUIRE_EQUAL(kraft, std::uint64_t{1} << max_bits);
    }
}

BOOST_AUTO_TEST_CASE(code_is_optimal_where_the_limit_does_not_bind) {
    Random random(3);
    for (int round = 0; round < 500; ++round) {
        std::vector<std::uint32_t> counts(random.between(2, 30));
        for (auto& count : counts) count = static_cast<std::uint32_t>(random.between(1, 200));
        BOOST_REQUIRE_EQUAL(cost(counts, lengths_of(counts, 15)), huffman_cost(counts));
    }
}

BOOST_AUTO_TEST_CASE(one_symbol_or_none_still_gives_two_codewords) {
    for (const std::size_t present : {0U, 1U, 17U}) {
        std::vector<std::uint32_t> counts(30);
        counts[present] = 5;
        const auto lengths = lengths_of(counts, 15);
        BOOST_TEST(lengths[present] == 1);
        BOOST_TEST(std::count(lengths.begin(), lengths.end(), 1) == 2);
    }
    const auto none = lengths_of(std::vector<std::uint32_t>(30), 15);
    BOOST_TEST(std::count(none.begin(), none.end(), 1) == 2);
}

BOOST_AUTO_TEST_CASE(steepest_frequencies_are_cut_to_the_limit) {
    std::vector<std::uint32_t> fibonacci{1, 1};
    while (fibonacci.size() < 40) fibonacci.push_back(fibonacci.end()[-1] + fibonacci.end()[-2]);
    const auto lengths = lengths_of(fibonacci, 14);
    BOOST_TEST(*std::max_element(lengths.begin(), lengths.end()) == 14);
    BOOST_TEST(cost(fibonacci, lengths) < huffman_cost(fibonacci) * 102 / 100);
}

BOOST_AUTO_TEST_CASE(codewords_are_canonical_and_reversed) {
    // RFC 1951 3.2.2's example: lengths 3 3 3 3 3 2 4 4 give 010 011 100 101 110 00 1110 1111.
    const std::vector<std::uint8_t> lengths{3, 3, 3, 3, 3, 2, 4, 4};
    std::vector<std::uint16_t> codewords(lengths.size());
    huffman::build_codewords(lengths, codewords);
    const std::vector<std::uint16_t> expected{0b010, 0b110, 0b001,  0b101,
                                              0b011, 0b00,  0b0111, 0b1111};
    BOOST_TEST(codewords == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

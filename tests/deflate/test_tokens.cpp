// SPDX-License-Identifier: Zlib
// Tokens hold what was put in, the splitter cuts where the mix changes, and costs follow it.
#include <array>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "deflate/block_splitter.hpp"
#include "deflate/block_writer.hpp"
#include "deflate/tokens.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::deflate;
using namespace warpz::test;

namespace {

struct Buffer {
    explicit Buffer(std::size_t size) : memory(size) { tokens.attach(memory.data(), size); }
    void add(const Bytes& literals) {
        Bytes padded = literals;
        padded.resize(literals.size() + Tokens::kCopyBytes);
        tokens.add_literals(padded.data(), static_cast<std::uint32_t>(literals.size()));
    }
    Bytes memory;
    Tokens tokens;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(sequences_come_back_in_order_with_their_runs) {
    Buffer buffer(4096);
    buffer.add(bytes_of("abc"));
    buffer.tokens.add_match(3, 1);
    buffer.tokens.add_match(258, 32768);
    buffer.add(make_sample(Sample::kRandom, 1200));
    buffer.tokens.add_match(4, 5);
    BOOST_TEST(buffer.tokens.literal_count() == 1203U);
    BOOST_TEST(buffer.tokens.sequence_count() ==
               12U);  // a run of 1200 takes nine words of 127 more
    BOOST_TEST(buffer.tokens.sequence(0).run() == 3U);
    BOOST_TEST(buffer.tokens.sequence(0).length_minus_3() == 0U);
    BOOST_TEST(buffer.tokens.sequence(1).length_minus_3() == 255U);
    BOOST_TEST(buffer.tokens.sequence(1).distance_minus_1() == 32767U);
    BOOST_TEST(!buffer.tokens.sequence(2).has_match());
    BOOST_TEST(!buffer.tokens.sequence(3).has_match());
    BOOST_TEST(buffer.tokens.sequence(11).run() == 1200U - 9 * 127U);
}

BOOST_AUTO_TEST_CASE(room_never_promises_more_than_there_is) {
    Random random(5);
    for (int round = 0; round < 200; ++round) {
        Buffer buffer(random.between(300, 5000));
        for (std::size_t room = buffer.tokens.room_bytes(); room > 16;
             room = buffer.tokens.room_bytes()) {
            // The dearest input: nothing but matches of three bytes.
            for (std::size_t bytes = 0; bytes + 3 <= room; bytes += 3)
                buffer.tokens.add_match(3, 1);
            const std::size_t used =
                buffer.tokens.literal_count() + 4 * std::size_t{buffer.tokens.sequence_count()};
            BOOST_REQUIRE_LE(used + Tokens::kCopyBytes, buffer.memory.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(symbols_are_counted_as_they_are) {
    Buffer buffer(1 << 16);
    Random random(9);
    std::array<std::uint32_t, 256> literals{};
    for (int i = 0; i < 3000; ++i) {
        const Bytes run =
            make_sample(Sample::kSkewed, random.below(9), static_cast<std::uint64_t>(i));
        for (const auto byte : run) ++literals[byte];
        buffer.add(run);
        buffer.tokens.add_match(10, 100);
    }
    const SymbolCounts counts(buffer.tokens);
    for (unsigned i = 0; i < 256; ++i) BOOST_REQUIRE_EQUAL(counts.lit_len[i], literals[i]);
    BOOST_TEST(counts.lit_len[256] == 1U);
    BOOST_TEST(counts.lit_len[264] == 3000U);  // length 10
    BOOST_TEST(counts.distance[13] == 3000U);  // distances 97-128
}

struct SplitterFixture {
    Buffer buffer{1 << 17};
    std::array<BlockSplitter::Part, 4> parts;
    BlockSplitter splitter;
    Random random{11};
    std::uint32_t bytes = 0;

    SplitterFixture() {
        splitter.attach(parts.data(), static_cast<unsigned>(parts.size()));
        splitter.reset();
    }
    /// Adds 1000 literals in first..first + 31 and as many matches of a length.
    void add(std::uint8_t first, std::uint32_t length) {
        for (int i = 0; i < 1000; ++i) {
            buffer.add(Bytes{static_cast<std::uint8_t>(first + random.below(32))});
            buffer.tokens.add_match(length, static_cast<std::uint32_t>(1 + random.below(1000)));
            bytes += 1 + length;
        }
        BOOST_TEST(splitter.observe(buffer.tokens, bytes, BlockSplitter::kPartTokens));
    }
    [[nodiscard]] std::vector<std::uint32_t> block_bytes() {
        std::vector<std::uint32_t> all;
        splitter.settle(buffer.tokens, bytes);
        std::uint32_t literals = 0;
        while (splitter.has_blocks()) {
            const auto block = splitter.next_block(buffer.tokens);
            all.push_back(block.bytes);
            literals += block.tokens.literal_count();
            const SymbolCounts counts(block.tokens);
            BOOST_TEST(counts.lit_len == block.counts.lit_len, boost::test_tools::per_element());
            BOOST_TEST(counts.distance == block.counts.distance, boost::test_tools::per_element());
        }
        BOOST_TEST(literals == buffer.tokens.literal_count());
        return all;
    }
};

BOOST_FIXTURE_TEST_CASE(blocks_are_cut_where_the_data_change, SplitterFixture) {
    for (int i = 0; i < 6; ++i) add(32, 5);  // more stretches than there are parts
    for (int i = 0; i < 3; ++i) add(160, 9);
    Bytes few(100);
    for (auto& byte : few) byte = static_cast<std::uint8_t>(160 + random.below(32));
    buffer.add(few);
    bytes += 100;
    BOOST_TEST(!splitter.observe(buffer.tokens, bytes,
                                 BlockSplitter::kPartTokens));  // too few to judge by
    BOOST_TEST(block_bytes() == (std::vector<std::uint32_t>{36000, 30100}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(data_that_stay_alike_are_one_block, SplitterFixture) {
    for (int i = 0; i < 9; ++i) add(32, 5);
    BOOST_TEST(block_bytes() == std::vector<std::uint32_t>{54000},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(runs_of_literals_are_cut_too, SplitterFixture) {
    for (int i = 0; i < 2; ++i) {
        const Bytes low(4096, static_cast<std::uint8_t>(i == 0 ? 1 : 200));
        for (std::uint8_t value = 0; value < 8; ++value) {
            Bytes run = low;
            for (auto& byte : run) byte = static_cast<std::uint8_t>(byte + random.below(8));
            buffer.add(run);
            bytes += 4096;
        }
        BOOST_TEST(splitter.observe(buffer.tokens, bytes, BlockSplitter::kPartTokens));
    }
    const auto blocks = block_bytes();
    BOOST_TEST(blocks.size() == 2U);
    BOOST_TEST(blocks[0] > 8U * 4096 - 512);
    BOOST_TEST(blocks[0] <= 8U * 4096);
}

BOOST_AUTO_TEST_CASE(a_short_match_pays_where_literals_are_dear) {
    PartCounts counts{};
    for (unsigned i = 0; i < 256; ++i) counts[i] = 8;  // 8 bits each
    counts[rfc1951::kFirstLengthSymbol] = 1000;
    for (unsigned i = 0; i < rfc1951::kDistanceSymbols; ++i) {
        counts[rfc1951::kLitLenSymbols + i] = 30;
    }
    SymbolCosts costs;
    costs.estimate(counts);
    const Bytes bytes{1, 2, 3, 4};
    BOOST_TEST(costs.min_length() == 3U);
    BOOST_TEST(costs.is_worthwhile(bytes.data(), 3, 4096));
    for (unsigned i = 0; i < 256; ++i) counts[i] = i < 40 ? 600 : 0;  // 5 to 6 bits
    costs.estimate(counts);
    BOOST_TEST(costs.is_worthwhile(bytes.data(), 3, 2));
    BOOST_TEST(!costs.is_worthwhile(bytes.data(), 3, 4096));
    for (unsigned i = 0; i < 256; ++i) counts[i] = i < 4 ? 600 : 0;
    costs.estimate(counts);
    BOOST_TEST(costs.min_length() == 9U);
}

BOOST_AUTO_TEST_CASE(with_the_fixed_code_costs_are_known) {
    SymbolCosts costs;
    costs.use_fixed_code();
    BOOST_TEST(costs.min_length() == 3U);
    const std::array<std::uint8_t, 4> low{};
    const std::array<std::uint8_t, 4> high{200, 200, 200, 200};
    // A length of 3 counts as 8 bits, distances have 5 and extra bits: 11 from 4097 on, 13 from 16385 on.
    BOOST_TEST(!costs.is_worthwhile(low.data(), 3, 4097));
    BOOST_TEST(costs.is_worthwhile(low.data(), 3, 4096));
    BOOST_TEST(costs.is_worthwhile(high.data(), 3, 16384));
    BOOST_TEST(costs.is_worthwhile(low.data(), 4, 32768));
}

BOOST_AUTO_TEST_SUITE_END()

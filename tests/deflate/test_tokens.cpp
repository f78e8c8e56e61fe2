// SPDX-License-Identifier: Zlib
// Tokens hold what was put in, and the splitter sees a change of the mix where there is one.
#include <boost/test/unit_test.hpp>

#include "deflate/block_splitter.hpp"
#include "deflate/block_writer.hpp"
#include "deflate/tokens.hpp"
#include "support/sample_data.hpp"

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
    BOOST_TEST(buffer.tokens.sequence_count() == 5U);  // a run of 1200 takes two words of 511 more
    BOOST_TEST(buffer.tokens.sequence(0).run() == 3U);
    BOOST_TEST(buffer.tokens.sequence(0).length_minus_3() == 0U);
    BOOST_TEST(buffer.tokens.sequence(1).length_minus_3() == 255U);
    BOOST_TEST(buffer.tokens.sequence(1).distance_minus_1() == 32767U);
    BOOST_TEST(!buffer.tokens.sequence(2).has_match());
    BOOST_TEST(!buffer.tokens.sequence(3).has_match());
    BOOST_TEST(buffer.tokens.sequence(4).run() == 1200U - 2 * 511U);
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

BOOST_AUTO_TEST_CASE(splitter_ends_a_block_where_the_data_change) {
    Buffer buffer(1 << 17);
    BlockSplitter splitter;
    Bytes low(4096);
    for (std::size_t i = 0; i < low.size(); ++i) low[i] = static_cast<std::uint8_t>(i % 60);
    Bytes high(4096);
    for (std::size_t i = 0; i < high.size(); ++i) high[i] = static_cast<std::uint8_t>(200 + i % 50);
    for (int i = 1; i <= 4; ++i) {
        buffer.add(low);
        BOOST_TEST(splitter.observe(buffer.tokens));
        BOOST_TEST(!splitter.should_end(static_cast<std::uint32_t>(i) * 4096));
    }
    buffer.add(Bytes(100, 7));
    BOOST_TEST(!splitter.observe(buffer.tokens));  // too few to judge by
    buffer.add(high);
    BOOST_TEST(splitter.observe(buffer.tokens));
    BOOST_TEST(splitter.should_end(5 * 4096));
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// The bit reader pulls no byte that it does not need and loses none.
#include <boost/test/unit_test.hpp>

#include "format/bit_reader.hpp"
#include "support/sample_data.hpp"

using warpz::BitReader;

namespace {

BitReader reader_of(const warpz::test::Bytes& bytes) {
    BitReader reader;
    reader.next = bytes.data();
    reader.end = bytes.data() + bytes.size();
    return reader;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bit_reader)

BOOST_AUTO_TEST_CASE(bits_come_least_significant_first_across_bytes) {
    const warpz::test::Bytes bytes{0b1010'0101, 0b0000'1111};
    BitReader reader = reader_of(bytes);
    BOOST_TEST_REQUIRE(reader.need(3));
    BOOST_TEST(reader.take(3) == 0b101U);
    BOOST_TEST_REQUIRE(reader.need(8));
    BOOST_TEST(reader.take(8) == 0b111'10100U);
    BOOST_TEST(reader.bits == 5U);
    BOOST_TEST(reader.available() == 0U);
}

BOOST_AUTO_TEST_CASE(only_bytes_that_answer_the_question_leave_the_input) {
    const warpz::test::Bytes bytes(8, 0xff);
    for (unsigned count = 0; count <= 32; ++count) {
        BitReader reader = reader_of(bytes);
        BOOST_TEST_REQUIRE(reader.need(count));
        BOOST_TEST(bytes.size() - reader.available() == (count + 7) / 8);
    }
}

BOOST_AUTO_TEST_CASE(what_was_pulled_stays_held_when_the_input_ends) {
    const warpz::test::Bytes first{0x12, 0x34};
    const warpz::test::Bytes second{0x56, 0x78};
    BitReader reader = reader_of(first);
    BOOST_TEST(!reader.need(32));
    BOOST_TEST(reader.bits == 16U);
    reader.next = second.data();
    reader.end = second.data() + second.size();
    BOOST_TEST_REQUIRE(reader.need(32));
    BOOST_TEST(reader.hold == 0x7856'3412U);
}

BOOST_AUTO_TEST_CASE(dropping_to_a_byte_keeps_whole_bytes) {
    const warpz::test::Bytes bytes{0xff, 0xab};
    BitReader reader = reader_of(bytes);
    BOOST_TEST_REQUIRE(reader.need(16));
    reader.drop(3);
    reader.drop_to_byte();
    BOOST_TEST(reader.bits == 8U);
    BOOST_TEST(reader.peek(8) == 0xabU);
    reader.drop_to_byte();
    BOOST_TEST(reader.bits == 8U);
}

BOOST_AUTO_TEST_SUITE_END()

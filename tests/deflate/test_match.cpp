// SPDX-License-Identifier: Zlib
// match_length() is exact at every length and reads nothing beyond its bound; memory layouts keep zlib.h's promise.
#include <boost/test/unit_test.hpp>

#include "deflate/match_finder.hpp"
#include "support/guarded_buffer.hpp"

using namespace warpz::deflate;
using namespace warpz::test;

BOOST_AUTO_TEST_SUITE(matches)

BOOST_AUTO_TEST_CASE(match_length_is_exact_up_to_an_unmapped_page) {
    for (std::uint32_t max = 3; max <= 258; ++max) {
        GuardedBuffer left(max);
        GuardedBuffer right(max);
        std::fill_n(left.data(), max, std::uint8_t{7});
        std::fill_n(right.data(), max, std::uint8_t{7});
        BOOST_REQUIRE_EQUAL(match_length(left.data(), right.data(), 3, max), max);
        for (std::uint32_t differs = 3; differs < max; ++differs) {
            right.data()[differs] = 8;
            BOOST_REQUIRE_EQUAL(match_length(left.data(), right.data(), 3, max), differs);
            right.data()[differs] = 7;
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_layout_keeps_what_zlib_h_promises) {
    for (unsigned window_bits = 9; window_bits <= 15; ++window_bits) {
        for (unsigned mem_level = 1; mem_level <= 9; ++mem_level) {
            const MemoryLayout layout = MemoryLayout::of(window_bits, mem_level);
            const std::size_t promised =
                (std::size_t{1} << (window_bits + 2)) + (std::size_t{1} << (mem_level + 9));
            BOOST_TEST(layout.total_bytes <= promised + MemoryLayout::kFixedPartBytes);
            BOOST_TEST(layout.tokens + 512 <= layout.total_bytes);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

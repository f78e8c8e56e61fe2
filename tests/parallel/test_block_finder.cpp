// SPDX-License-Identifier: Zlib
// The finder finds what it promises, at the first bit where it is, and reads nothing behind its slack.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "parallel/block_finder.hpp"
#include "parallel/member_scan.hpp"
#include "support/bit_builder.hpp"
#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz::parallel;
using warpz::test::Bytes;
using warpz::test::make_sample;
using warpz::test::Sample;

namespace {

Bytes padded(Bytes bytes) {
    bytes.resize(bytes.size() + kInputSlackBytes, 0xff);
    return bytes;
}
PaddedInput view_of(const Bytes& bytes) { return {bytes.data(), bytes.size() - kInputSlackBytes}; }

Bytes gzip_member(const Bytes& plain) {
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(deflateInit2(&strm, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    Bytes packed(deflateBound(&strm, static_cast<uLong>(plain.size())));
    strm.next_in = plain.data();
    strm.avail_in = static_cast<uInt>(plain.size());
    strm.next_out = packed.data();
    strm.avail_out = static_cast<uInt>(packed.size());
    BOOST_REQUIRE_EQUAL(deflate(&strm, Z_FINISH), Z_STREAM_END);
    packed.resize(strm.total_out);
    deflateEnd(&strm);
    return packed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_finder)

BOOST_AUTO_TEST_CASE(every_dynamic_block_is_found) {
    const Bytes plain = make_sample(Sample::kMixed, 2'000'000);
    const Bytes packed = padded(gzip_member(plain));
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(inflateInit2(&strm, 31), Z_OK);
    Bytes out(plain.size() + 1);
    strm.next_in = packed.data();
    strm.avail_in = static_cast<uInt>(packed.size() - kInputSlackBytes);
    strm.next_out = out.data();
    strm.avail_out = static_cast<uInt>(out.size());
    std::size_t found = 0;
    std::uint64_t before = 0;
    while (::inflate(&strm, Z_BLOCK) == Z_OK) {
        if ((strm.data_type & 128) == 0 || (strm.data_type & 64) != 0) continue;
        const std::uint64_t bit =
            std::uint64_t{strm.total_in} * 8 - static_cast<unsigned>(strm.data_type & 7);
        const unsigned header = (packed[bit / 8] | packed[bit / 8 + 1] << 8) >> bit % 8 & 7;
        if (header != 0b100) continue;
        const auto start = find_start(view_of(packed), before + 1, packed.size() * 8);
        BOOST_REQUIRE(start.has_value());
        BOOST_TEST(start->bit == bit);
        before = bit;
        ++found;
    }
    inflateEnd(&strm);
    BOOST_TEST(found > 5U);
}

BOOST_AUTO_TEST_CASE(members_are_found) {
    Bytes all = gzip_member(make_sample(Sample::kRandom, 3000));
    const std::size_t second = all.size();
    const Bytes more = gzip_member(make_sample(Sample::kText, 3000));
    all.insert(all.end(), more.begin(), more.end());
    all = padded(all);
    auto start = find_start(view_of(all), 0, all.size() * 8);
    BOOST_REQUIRE(start.has_value());
    BOOST_TEST(start->bit == 0U);
    BOOST_TEST((start->kind == StartKind::kMember));
    start = find_start(view_of(all), 1, all.size() * 8);
    BOOST_REQUIRE(start.has_value());
    BOOST_TEST(start->bit == second * 8);
    BOOST_TEST((start->kind == StartKind::kMember));
    BOOST_TEST(!find_start(view_of(all), 1, second * 8).has_value());
}

BOOST_AUTO_TEST_CASE(the_size_of_a_blocked_member_is_read) {
    Bytes member = {0x1f, 0x8b, 8,  4, 0, 0, 0, 0, 0, 255, 6, 0, 'B', 'C',
                    2,    0,    27, 0, 3, 0, 0, 0, 0, 0,   0, 0, 0,   0};
    auto prefix = read_member_prefix(member);
    BOOST_REQUIRE(prefix.has_value());
    BOOST_TEST(prefix->header_bytes == 18U);
    BOOST_TEST(prefix->bgzf_bytes == 28U);
    member[14] = 3;  // a subfield of another size is not BGZF's
    BOOST_TEST(read_member_prefix(member)->bgzf_bytes == 0U);
    for (std::size_t size = 0; size < 18; ++size)
        BOOST_TEST(!read_member_prefix(std::span(member).first(size)).has_value());
    member[3] = 2;  // FHCRC
    BOOST_TEST(!read_member_prefix(member).has_value());
}

BOOST_AUTO_TEST_CASE(names_and_comments_are_passed_over) {
    const Bytes member = {0x1f, 0x8b, 8, 0x18, 1, 2, 3, 4, 0, 3, 'a', 'b', 0, 'c', 0, 99};
    const auto prefix = read_member_prefix(member);
    BOOST_REQUIRE(prefix.has_value());
    BOOST_TEST(prefix->header_bytes == 15U);
    BOOST_TEST(prefix->mtime == 0x04030201U);
    BOOST_TEST(!read_member_prefix(std::span(member).first(14)).has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_read_behind_the_slack) {
    // Every size, so that a sanitizer or valgrind sees the end of the block of memory.
    const Bytes noise = make_sample(Sample::kRandom, 2000, 5);
    for (std::size_t size = 0; size < 400; ++size) {
        const Bytes part =
            padded(Bytes(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(size)));
        static_cast<void>(find_start(view_of(part), 0, size * 8));
        static_cast<void>(find_start(view_of(part), size * 4, size * 16));
    }
    const Bytes zeros(100 + kInputSlackBytes);
    BOOST_TEST(!find_start(view_of(zeros), 0, 800).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

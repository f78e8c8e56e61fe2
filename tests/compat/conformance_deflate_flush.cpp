// SPDX-License-Identifier: Zlib
// What a flush promises: all input is in the output, at which bit it stops, that a full flush can be restarted from,
// and that the flush comes out once however small the output space is.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

Bytes part_of(Random& random) {
    const std::size_t size = random.one_in(4) ? random.between(0, 40'000) : random.between(0, 300);
    return make_sample(kAllSamples[random.below(std::size(kAllSamples))], size, random.next());
}

bool ends_with_marker(const Bytes& packed) {
    static const Bytes kMarker{0x00, 0x00, 0xff, 0xff};
    return packed.size() >= 4 && std::equal(kMarker.begin(), kMarker.end(), packed.end() - 4);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deflate_flush)

BOOST_DATA_TEST_CASE(every_byte_is_delivered_by_each_flush,
                     data::xrange(-1, 10) * data::xrange(0, 5) *
                         data::make({Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH}),
                     level, strategy, flush) {
    for (const int window_bits : {-15, 15, 31, 9}) {
        Random random(static_cast<std::uint64_t>(level * 100 + strategy * 10 + flush + 1000));
        TestStream strm(tested_zlib());
        BOOST_REQUIRE(strm.deflate_init(level, window_bits, 1 + static_cast<int>(random.below(9)),
                                        strategy) == Z_OK);
        Bytes plain;
        Bytes packed;
        for (int part = 0; part < 6; ++part) {
            const Bytes piece = part_of(random);
            if (piece.empty()) continue;
            plain.insert(plain.end(), piece.begin(), piece.end());
            strm.input(piece);
            BOOST_TEST(deflate_all(strm, flush, packed, random.between(7, 70'000)) == Z_OK);
            BOOST_TEST(strm->avail_in == 0U);
            if (flush != Z_PARTIAL_FLUSH) BOOST_TEST(ends_with_marker(packed));
            const Unpacked so_far = unpack(packed, window_bits);
            BOOST_TEST((so_far.plain == plain));
            BOOST_TEST(so_far.left == 0U);
        }
        BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
        check_unpacks_to(packed, plain, window_bits);
    }
}

BOOST_DATA_TEST_CASE(decoding_can_start_after_a_full_flush,
                     data::xrange(-1, 10) * data::xrange(0, 5), level, strategy) {
    for (const int window_bits : {-9, -15}) {
        Random random(static_cast<std::uint64_t>(level * 10 + strategy + 99));
        TestStream strm(tested_zlib());
        BOOST_REQUIRE(strm.deflate_init(level, window_bits, 8, strategy) == Z_OK);
        const Bytes piece = make_sample(Sample::kText, 20'000);
        std::vector<std::size_t> starts{0};
        Bytes packed;
        for (int part = 0; part < 4; ++part) {
            strm.input(piece);  // the same again: a match across the flush would be the best one
            BOOST_TEST(deflate_all(strm, part < 3 ? Z_FULL_FLUSH : Z_FINISH, packed,
                                   random.between(7, 70'000)) >= Z_OK);
            starts.push_back(packed.size());
        }
        for (int part = 0; part < 4; ++part) {
            Bytes expected;
            for (int i = part; i < 4; ++i)
                expected.insert(expected.end(), piece.begin(), piece.end());
            check_unpacks_to(ByteView(packed).subspan(starts[static_cast<std::size_t>(part)]),
                             expected, window_bits);
        }
    }
}

// zlib.h asks for more than six bytes of space, as with less the marker itself would be what fills each call.
BOOST_DATA_TEST_CASE(a_flush_comes_out_once_however_small_the_space,
                     data::make({7, 8, 9, 10, 11, 20}) *
                         data::make({Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK}) *
                         data::make({0, 1, 6, 9}),
                     space, flush, level) {
    for (const int window_bits : {-15, 15, 31}) {
        const auto run = [&](std::size_t space_per_call) {
            TestStream strm(tested_zlib());
            BOOST_REQUIRE(strm.deflate_init(level, window_bits) == Z_OK);
            Bytes packed;
            Bytes plain;
            for (std::uint64_t part = 0; part < 3; ++part) {
                const Bytes piece = make_sample(Sample::kText, 200 + part * 31, part);
                plain.insert(plain.end(), piece.begin(), piece.end());
                strm.input(piece);
                deflate_all(strm, flush, packed, space_per_call);
                BOOST_TEST(strm->avail_in == 0U);
            }
            deflate_all(strm, Z_FINISH, packed, space_per_call);
            check_unpacks_to(packed, plain, window_bits);
            return packed.size();
        };
        const std::size_t with_ample_space = run(100'000);
        const std::size_t with_little_space = run(static_cast<std::size_t>(space));
        // zlib repeats the marker when it ends exactly with the space; here the output is the same in any pieces.
        if (tests_own_library()) BOOST_TEST(with_little_space == with_ample_space);
    }
}

BOOST_DATA_TEST_CASE(block_flush_holds_back_less_than_a_byte,
                     data::xrange(0, 10) * data::xrange(0, 5), level, strategy) {
    const ZlibApi& zlib = tested_zlib();
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.deflate_init(level, -15, 8, strategy) == Z_OK);
    Bytes packed;
    Bytes plain;
    for (std::uint64_t part = 0; part < 20; ++part) {
        const Bytes piece = make_sample(Sample::kText, 50 + part * 200, part);
        plain.insert(plain.end(), piece.begin(), piece.end());
        strm.input(piece);
        BOOST_TEST(deflate_all(strm, Z_BLOCK, packed) == Z_OK);
        unsigned pending = 99;
        int bits = 99;
        BOOST_TEST(zlib.deflatePending(strm.get(), &pending, &bits) == Z_OK);
        BOOST_TEST(pending == 0U);
        BOOST_TEST((bits >= 0 && bits < 8));
        // The held bits as a last byte complete the block: everything decodes up to here.
        TestStream copy(zlib);
        BOOST_REQUIRE(copy.copy_from(strm) == Z_OK);
        Bytes completed = packed;
        copy.input({});
        deflate_all(copy, Z_SYNC_FLUSH, completed);
        BOOST_TEST(completed.size() - packed.size() <= 6U);
        BOOST_TEST((unpack(completed, -15).plain == plain));
    }
    BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
    check_unpacks_to(packed, plain, -15);
}

BOOST_AUTO_TEST_CASE(partial_flush_ends_with_an_empty_fixed_block) {
    // Ten bits, "0 1 0 0000000" (RFC 1951 3.2.6): 010 is a header of a fixed block, then the end-of-block code.
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.deflate_init(6, -15) == Z_OK);
    Bytes packed;
    strm.input({});
    BOOST_TEST(deflate_all(strm, Z_PARTIAL_FLUSH, packed) == Z_OK);
    BOOST_TEST(packed == (Bytes{0x02}), boost::test_tools::per_element());
    int bits = 0;
    BOOST_TEST(tested_zlib().deflatePending(strm.get(), nullptr, &bits) == Z_OK);
    BOOST_TEST(bits == 2);
}

BOOST_AUTO_TEST_CASE(an_empty_flush_at_the_start_writes_header_and_marker) {
    for (const int window_bits : {-15, 15, 31}) {
        for (const int flush : {Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK, Z_NO_FLUSH}) {
            BOOST_TEST_CONTEXT("window bits " << window_bits << ", flush " << flush) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    t.note("init", strm.deflate_init(6, window_bits));
                    Bytes space(100);
                    strm.input({});
                    strm.output(space);
                    for (int call = 0; call < 3; ++call) {
                        note_deflate(t, strm, strm.deflate(flush));
                        t.note("output", ByteView(space).first(100 - strm->avail_out));
                    }
                    note_deflate(t, strm, strm.deflate(Z_FINISH));
                    t.note("output", ByteView(space).first(100 - strm->avail_out));
                });
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

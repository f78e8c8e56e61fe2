// SPDX-License-Identifier: Zlib
// Changes in mid-stream: deflateParams() with and without space, deflatePrime(), deflatePending(), deflateUsed() and
// deflateTune().
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(deflate_params)

// zlib.h: the levels form the groups 0, 1..3 and 4..9; a change of group or strategy compresses what was given so far.
BOOST_DATA_TEST_CASE(a_change_needs_space_only_when_something_is_to_be_compressed,
                     data::xrange(-1, 10) * data::xrange(-2, 11), from, to) {
    const Bytes plain = make_sample(Sample::kText, 500);
    for (const int strategy : {-1, 0, 1, 2, 3, 4, 5}) {
        for (const int earlier : {-1, Z_NO_FLUSH, Z_BLOCK, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH}) {
            for (const bool has_space : {false, true}) {
                for (const bool has_input : {false, true}) {
                    BOOST_TEST_CONTEXT("strategy " << strategy << ", after flush " << earlier
                                                   << ", space " << has_space << ", input "
                                                   << has_input) {
                        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                            TestStream strm(zlib);
                            t.note("init", strm.deflate_init(from));
                            Bytes space(5000);
                            strm.output(space);
                            if (earlier >= 0) {
                                strm.input(plain);
                                note_deflate(t, strm, strm.deflate(earlier));
                            }
                            strm.input(has_input ? ByteView(plain) : ByteView());
                            if (!has_space) strm->avail_out = 0;
                            note_deflate(t, strm, zlib.deflateParams(strm.get(), to, strategy));
                            if (!has_space) strm->avail_out = 3000;
                            note_deflate(t, strm, zlib.deflateParams(strm.get(), to, strategy));
                            note_deflate(t, strm, strm.deflate(Z_FINISH));
                            t.note("plain", unpack(ByteView(space).first(strm->total_out)).plain);
                        });
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_change_before_the_first_call_needs_no_buffers) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const int window_bits : {-15, 15, 31}) {
            TestStream strm(zlib);
            t.note("init", strm.deflate_init(6, window_bits));
            t.note("params", zlib.deflateParams(strm.get(), 9, Z_FIXED));
            t.note("params", zlib.deflateParams(strm.get(), 0, Z_RLE));
            t.note("params", zlib.deflateParams(strm.get(), 1, Z_DEFAULT_STRATEGY));
            Bytes space(100);
            strm.input({});
            strm.output(space);
            note_deflate(t, strm, strm.deflate(Z_FINISH));
            t.note("output", ByteView(space).first(
                                 100 - strm->avail_out));  // the header tells the last level
        }
    });
}

BOOST_AUTO_TEST_CASE(random_changes_keep_the_stream_whole) {
    Random random(17);
    for (int round = 0; round < 400; ++round) {
        const int window_bits = static_cast<int>(random.between(9, 15));
        const int wrapped = random.one_in(3)   ? -window_bits
                            : random.one_in(2) ? window_bits + 16
                                               : window_bits;
        const ZlibApi& zlib = tested_zlib();
        TestStream strm(zlib);
        BOOST_REQUIRE(strm.deflate_init(static_cast<int>(random.below(10)), wrapped,
                                        static_cast<int>(random.between(1, 9)),
                                        static_cast<int>(random.below(5))) == Z_OK);
        Bytes plain;
        Bytes packed;
        for (std::uint64_t step = random.between(1, 12); step > 0; --step) {
            const Bytes piece =
                make_sample(kAllSamples[random.below(8)],
                            random.below(random.one_in(3) ? 60'000 : 500), random.next());
            plain.insert(plain.end(), piece.begin(), piece.end());
            strm.input(piece);
            Bytes space(random.one_in(2) ? 100'000 : random.between(7, 400));
            constexpr int kFlushValues[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH,
                                            Z_BLOCK};
            if (random.one_in(2)) {
                deflate_all(strm, kFlushValues[random.below(5)], packed, space.size());
            }
            const int level = static_cast<int>(random.below(11)) - 1;
            const int strategy = static_cast<int>(random.below(5));
            int code = Z_BUF_ERROR;
            while (code == Z_BUF_ERROR) {
                strm.output(space);
                code = zlib.deflateParams(strm.get(), level, strategy);
                packed.insert(packed.end(), space.data(), strm->next_out);
            }
            BOOST_TEST(code == Z_OK);
            deflate_all(strm, Z_NO_FLUSH, packed, space.size());
            BOOST_TEST(strm->avail_in == 0U);
        }
        BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
        BOOST_TEST_CONTEXT("round " << round << ", window bits " << wrapped) {
            check_unpacks_to(packed, plain, wrapped);
        }
    }
}

BOOST_AUTO_TEST_CASE(tuned_limits_of_any_value_keep_the_stream_whole) {
    Random random(23);
    const Bytes plain = make_sample(Sample::kMixed, 60'000);
    for (int round = 0; round < 150; ++round) {
        const ZlibApi& zlib = tested_zlib();
        TestStream strm(zlib);
        BOOST_REQUIRE(strm.deflate_init(static_cast<int>(random.below(10))) == Z_OK);
        const auto limit = [&] {
            constexpr int kEdges[] = {0, 1, 3, 4, 258, 259, 4096, 32768, 65535};
            return random.one_in(2) ? kEdges[random.below(9)] : static_cast<int>(random.below(300));
        };
        BOOST_TEST(zlib.deflateTune(strm.get(), limit(), limit(), limit(), limit()) == Z_OK);
        Bytes packed;
        strm.input(ByteView(plain).first(20'000));
        deflate_all(strm, Z_NO_FLUSH, packed);
        BOOST_TEST(zlib.deflateTune(strm.get(), limit(), limit(), limit(), limit()) == Z_OK);
        strm.input(ByteView(plain).subspan(20'000));
        BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
        check_unpacks_to(packed, plain);
    }
}

BOOST_AUTO_TEST_CASE(primed_bits_wait_as_pending_bytes_and_bits) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const int mem_level : {1, 8, 9}) {
            TestStream strm(zlib);
            t.note("init", strm.deflate_init(6, -15, mem_level));
            for (int i = -2; i < 60; ++i) {
                t.note("prime", zlib.deflatePrime(strm.get(), i % 19, i * 0x1357));
                unsigned pending = 0;
                int bits = 0;
                t.note("code", zlib.deflatePending(strm.get(), &pending, &bits));
                t.note("pending", pending);
                t.note("bits", bits);
                t.note("code", zlib.deflatePending(strm.get(), nullptr, nullptr));
            }
            Bytes space(200);
            strm.input({});
            strm.output(space);
            t.note("finish", strm.deflate(Z_FINISH));
            t.note("output", ByteView(space).first(strm->total_out));
        }
    });
}

// An empty fixed block is ten bits of value 2 (RFC 1951 3.2.6): it can be primed anywhere between blocks.
BOOST_DATA_TEST_CASE(blocks_can_be_primed_between_blocks,
                     data::make({0, 1, 6, 9}) *
                         data::make({Z_BLOCK, Z_SYNC_FLUSH, Z_PARTIAL_FLUSH}),
                     level, flush) {
    const ZlibApi& zlib = tested_zlib();
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.deflate_init(level, -15) == Z_OK);
    Bytes plain;
    Bytes packed;
    BOOST_TEST(zlib.deflatePrime(strm.get(), 10, 2) == Z_OK);
    for (std::uint64_t part = 0; part < 12; ++part) {
        const Bytes piece = make_sample(Sample::kText, 100 * part, part);
        plain.insert(plain.end(), piece.begin(), piece.end());
        strm.input(piece);
        deflate_all(strm, flush, packed);
        for (std::uint64_t i = 0; i < part; ++i)
            BOOST_TEST(zlib.deflatePrime(strm.get(), 10, 2) == Z_OK);
    }
    BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
    check_unpacks_to(packed, plain, -15);
}

BOOST_AUTO_TEST_CASE(used_tells_the_bits_of_the_last_byte) {
    const ZlibApi& zlib = tested_zlib();
    BOOST_REQUIRE(zlib.is_1_3_2());
    BOOST_TEST(zlib.deflateUsed(nullptr, nullptr) == Z_STREAM_ERROR);
    for (std::size_t size = 0; size < 300; size += 3) {
        for (const int level : {0, 1, 6}) {
            TestStream strm(zlib);
            BOOST_REQUIRE(strm.deflate_init(level, -15) == Z_OK);
            int bits = 99;
            BOOST_TEST(zlib.deflateUsed(strm.get(), &bits) == Z_OK);
            BOOST_TEST(bits == 0);
            const Bytes plain = make_sample(Sample::kText, size);
            Bytes packed;
            strm.input(plain);
            BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
            BOOST_TEST(zlib.deflateUsed(strm.get(), &bits) == Z_OK);
            BOOST_TEST(zlib.deflateUsed(strm.get(), nullptr) == Z_OK);
            // The decoder stops behind the last block and says how many bits it did not use.
            TestStream decoder(reference_zlib());
            BOOST_REQUIRE(decoder.inflate_init(-15) == Z_OK);
            Bytes space(size + 1);
            decoder.input(packed);
            decoder.output(space);
            while ((decoder->data_type & (64 + 128)) != 64 + 128 &&
                   decoder.inflate(Z_BLOCK) == Z_OK) {
            }
            if (level != 0) BOOST_TEST(bits == 8 - (decoder->data_type & 7));
            if (level == 0) BOOST_TEST((bits >= 1 && bits <= 8));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

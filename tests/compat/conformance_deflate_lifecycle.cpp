// SPDX-License-Identifier: Zlib
// deflateCopy(), deflateReset(), deflateResetKeep() and deflateSetHeader().
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(deflate_lifecycle)

BOOST_DATA_TEST_CASE(a_copy_goes_on_as_its_source_does, data::xrange(0, 10) * data::xrange(0, 5),
                     level, strategy) {
    Random random(static_cast<std::uint64_t>(level * 5 + strategy));
    for (const int window_bits : {-15, 9, 31}) {
        TestStream source(tested_zlib());
        BOOST_REQUIRE(source.deflate_init(level, window_bits,
                                          static_cast<int>(random.between(1, 9)),
                                          strategy) == Z_OK);
        const Bytes plain = make_sample(Sample::kMixed, 120'000, random.next());
        const std::size_t half = random.below(plain.size());
        Bytes packed;
        source.input(ByteView(plain).first(half));
        constexpr int kFlushValues[] = {Z_NO_FLUSH, Z_NO_FLUSH, Z_SYNC_FLUSH, Z_BLOCK};
        Bytes space(random.between(50, 200'000));  // a small one leaves output pending
        source.output(space);
        source.deflate(kFlushValues[random.below(4)]);
        packed.assign(space.data(), source->next_out);

        const auto taken = static_cast<std::size_t>(source->total_in);
        TestStream copy(tested_zlib());
        BOOST_REQUIRE(copy.copy_from(source) == Z_OK);
        BOOST_TEST(copy->total_in == source->total_in);
        BOOST_TEST(copy->adler == source->adler);
        Bytes packed_by_copy = packed;
        source.input(ByteView(plain).subspan(taken));
        BOOST_TEST(deflate_all(source, Z_FINISH, packed) == Z_STREAM_END);
        BOOST_TEST(source.end() == Z_OK);  // the copy needs nothing of it
        copy.input(ByteView(plain).subspan(taken));
        BOOST_TEST(deflate_all(copy, Z_FINISH, packed_by_copy, 999) == Z_STREAM_END);
        check_unpacks_to(packed, plain, window_bits);
        check_unpacks_to(packed_by_copy, plain, window_bits);
        if (tests_own_library()) BOOST_TEST((packed == packed_by_copy));
    }
}

BOOST_DATA_TEST_CASE(a_reset_stream_is_like_a_new_one,
                     data::xrange(0, 10) * data::make({-15, 15, 31}), level, window_bits) {
    const Bytes plain = make_sample(Sample::kText, 50'000);
    const Bytes expected = pack(tested_zlib(), plain, {.level = level, .window_bits = window_bits});
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.deflate_init(level, window_bits) == Z_OK);
    for (int use = 0; use < 6; ++use) {
        Bytes packed;
        if (use % 2 == 1) {  // leave the stream in mid-data
            strm.input(ByteView(plain).subspan(1000 * static_cast<std::size_t>(use)));
            Bytes space(use == 3 ? 50 : 100'000);
            strm.output(space);
            strm.deflate(use == 5 ? Z_FINISH : Z_NO_FLUSH);
        } else {
            strm.input(plain);
            BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
            BOOST_TEST((packed == expected), "use " << use);
        }
        BOOST_TEST(tested_zlib().deflateReset(strm.get()) == Z_OK);
        BOOST_TEST(strm->total_in == 0U);
        BOOST_TEST(strm->total_out == 0U);
        BOOST_TEST(strm->data_type == Z_UNKNOWN);
        BOOST_TEST(strm->adler == (window_bits == 31 ? 0U : 1U));
    }
    BOOST_TEST(strm.end() == Z_OK);
}

BOOST_AUTO_TEST_CASE(reset_keep_clears_what_a_caller_sees) {
    for (const int window_bits : {-15, 15, 31}) {
        BOOST_TEST_CONTEXT("window bits " << window_bits) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.deflate_init(6, window_bits));
                const Bytes plain = make_sample(Sample::kText, 3000);
                Bytes packed;
                strm.input(plain);
                t.note("code", deflate_all(strm, Z_FINISH, packed));
                t.note("reset", zlib.deflateResetKeep(strm.get()));
                note_deflate(t, strm, Z_OK);
                t.note("total_out", static_cast<long long>(strm->total_out));
                t.note("data_type", strm->data_type);
                unsigned pending = 9;
                int bits = 9;
                t.note("pending", zlib.deflatePending(strm.get(), &pending, &bits));
                t.note("pending_bytes", pending);
                t.note("pending_bits", bits);
                t.note("end", strm.end());
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(gzip_headers_are_written_byte_for_byte_as_zlib_does) {
    for (unsigned fields = 0; fields < 32; ++fields) {
        for (const int level : {1, 6, 9}) {
            for (const std::size_t room : {1U, 10U, 1000U}) {
                BOOST_TEST_CONTEXT("fields " << fields << ", level " << level << ", room "
                                             << room) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        Bytes extra = make_sample(Sample::kRandom, 300);
                        Bytes name = bytes_of("a name");
                        Bytes comment = bytes_of("a comment");
                        name.push_back(0);
                        comment.push_back(0);
                        gz_header header{};
                        header.text = (fields & 1) != 0 ? 5 : 0;
                        header.time = 0x9a8b'7c6d;
                        header.os = 0x1ff;
                        if ((fields & 2) != 0) {
                            header.extra = extra.data();
                            header.extra_len = 300;
                        }
                        if ((fields & 4) != 0) header.name = name.data();
                        if ((fields & 8) != 0) header.comment = comment.data();
                        header.hcrc = (fields & 16) != 0 ? 1 : 0;
                        TestStream strm(zlib);
                        t.note("init", strm.deflate_init(level, 31));
                        t.note("set_header", zlib.deflateSetHeader(strm.get(), &header));
                        Bytes packed;
                        strm.input({});
                        t.note("code", deflate_all(strm, Z_FINISH, packed, room));
                        t.note("adler", static_cast<long long>(strm->adler));
                        t.note("packed", packed);
                        // The header stays set after a reset, and null takes it away.
                        t.note("reset", zlib.deflateReset(strm.get()));
                        packed.clear();
                        t.note("code", deflate_all(strm, Z_FINISH, packed, room));
                        t.note("packed", packed);
                        t.note("reset", zlib.deflateReset(strm.get()));
                        t.note("set_header", zlib.deflateSetHeader(strm.get(), nullptr));
                        packed.clear();
                        t.note("code", deflate_all(strm, Z_FINISH, packed, room));
                        t.note("packed", packed);
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(header_fields_larger_than_every_buffer_come_out_whole) {
    for (const int mem_level : {1, 8}) {
        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
            Bytes extra = make_sample(Sample::kRandom, 65'535);
            Bytes name(100'000, 'n');
            Bytes comment(200'000, 'c');
            name.push_back(0);
            comment.push_back(0);
            gz_header header{};
            header.extra = extra.data();
            header.extra_len = 65'535;
            header.name = name.data();
            header.comment = comment.data();
            header.hcrc = 1;
            header.os = 3;
            TestStream strm(zlib);
            t.note("init", strm.deflate_init(6, 31, mem_level));
            t.note("set_header", zlib.deflateSetHeader(strm.get(), &header));
            Bytes packed;
            strm.input({});
            t.note("code", deflate_all(strm, Z_FINISH, packed, 700));
            t.note("packed", packed);
        });
    }
}

BOOST_AUTO_TEST_CASE(only_gzip_streams_take_a_header) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        gz_header header{};
        for (const int window_bits : {-15, 15, 31}) {
            TestStream strm(zlib);
            t.note("init", strm.deflate_init(6, window_bits));
            t.note("set_header", zlib.deflateSetHeader(strm.get(), &header));
            t.note("null", zlib.deflateSetHeader(strm.get(), nullptr));
        }
        t.note("no_stream", zlib.deflateSetHeader(nullptr, &header));
    });
}

BOOST_AUTO_TEST_CASE(copies_of_null_streams_are_refused) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        TestStream deflating(zlib);
        t.note("init", deflating.deflate_init());
        t.note("no_target", zlib.deflateCopy(nullptr, deflating.get()));
        TestStream inflating(zlib);
        t.note("init", inflating.inflate_init());
        t.note("no_target", zlib.inflateCopy(nullptr, inflating.get()));
    });
}

BOOST_AUTO_TEST_SUITE_END()

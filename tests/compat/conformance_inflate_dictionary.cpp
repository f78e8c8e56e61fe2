// SPDX-License-Identifier: Zlib
// Preset dictionaries on the decoding side: when they are taken, which are refused, and what can be read back.
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"

using namespace warpz::test;

namespace {

int set_dictionary(TestStream& strm, ByteView bytes) {
    return strm.zlib().inflateSetDictionary(strm.get(), bytes.data(),
                                            static_cast<uInt>(bytes.size()));
}

void note_dictionary(Transcript& t, TestStream& strm) {
    Bytes dictionary(40'000, 0xEE);
    uInt size = 12345;
    t.note("get", strm.zlib().inflateGetDictionary(strm.get(), dictionary.data(), &size));
    t.note("size", size);
    t.note("dictionary", ByteView(dictionary));
    t.note("get_size", strm.zlib().inflateGetDictionary(strm.get(), nullptr, &size));
    t.note("get_nothing", strm.zlib().inflateGetDictionary(strm.get(), nullptr, nullptr));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflate_dictionary)

BOOST_AUTO_TEST_CASE(a_zlib_stream_names_its_dictionary_and_takes_no_other) {
    const Bytes dictionary = make_sample(Sample::kText, 3000);
    const Bytes plain(dictionary.begin() + 100, dictionary.begin() + 900);
    const Bytes packed = pack(reference_zlib(), plain, {.dictionary = dictionary});
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(15));
        Bytes space(2000);
        t.note("too_early", set_dictionary(strm, dictionary));
        strm.input(packed);
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        note_inflate(t, strm, strm.inflate(Z_FINISH));
        note_dictionary(t, strm);
        t.note("wrong", set_dictionary(strm, ByteView(dictionary).first(2999)));
        t.note("empty", set_dictionary(strm, {}));
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        t.note("right", set_dictionary(strm, dictionary));
        note_dictionary(t, strm);
        t.note("again", set_dictionary(strm, dictionary));
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        t.note("output", ByteView(space).first(strm->total_out));
        t.note("too_late", set_dictionary(strm, dictionary));
        note_dictionary(t, strm);
        t.note("reset", zlib.inflateReset(strm.get()));
        settle_data_type(strm);
        note_dictionary(t, strm);
        strm.input(packed);
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
    });
}

BOOST_AUTO_TEST_CASE(dictionaries_of_any_size_in_any_window) {
    const Bytes dictionary = make_sample(Sample::kText, 70'000);
    for (const std::size_t size : {1U, 2U, 255U, 256U, 257U, 32'767U, 32'768U, 32'769U, 70'000U}) {
        for (const int window_bits : {9, 12, 15, -9, -15}) {
            const ByteView used = ByteView(dictionary).first(size);
            const Bytes plain = make_sample(Sample::kText, 5000);
            const Bytes packed =
                pack(reference_zlib(), plain, {.window_bits = window_bits, .dictionary = used});
            BOOST_TEST_CONTEXT("size " << size << ", window bits " << window_bits) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    drive_inflate(zlib, t,
                                  {"", packed, window_bits, Bytes(used.begin(), used.end())},
                                  {.in_chunk = 100, .out_chunk = 300});
                });
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_raw_stream_takes_dictionaries_at_any_time) {
    const Bytes plain = make_sample(Sample::kText, 3000);
    const Bytes packed = pack(reference_zlib(), plain, {.window_bits = -15});
    for (std::size_t when = 0; when < packed.size(); when += 37) {
        BOOST_TEST_CONTEXT("after " << when << " bytes") {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(-15));
                Bytes space(4000);
                strm.output(space);
                strm.input(ByteView(packed).first(when));
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                note_dictionary(t, strm);
                t.note("set", set_dictionary(strm, bytes_of("inserted into the history")));
                note_dictionary(t, strm);
                strm.input(ByteView(packed).subspan(when));
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                t.note("output", ByteView(space).first(strm->total_out));
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(dictionaries_of_a_raw_stream_add_up) {
    BitBuilder b;
    b.block_header(true, warpz::rfc1951::BlockType::kFixed)
        .fixed_match(10, 10)
        .end_of_block_fixed();
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(-15));
        t.note("first", set_dictionary(strm, bytes_of("01234")));
        t.note("second", set_dictionary(strm, bytes_of("56789")));
        note_dictionary(t, strm);
        Bytes space(20);
        strm.input(b.stream());
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        t.note("output", ByteView(space).first(10));
    });
}

BOOST_AUTO_TEST_CASE(gzip_and_unstarted_streams_take_none) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (const int window_bits : {0, 15, 31, 47}) {
            TestStream strm(zlib);
            t.note("init", strm.inflate_init(window_bits));
            t.note("set", set_dictionary(strm, bytes_of("dictionary")));
            note_dictionary(t, strm);
        }
        t.note("null", zlib.inflateSetDictionary(nullptr, nullptr, 0));
        t.note("null", zlib.inflateGetDictionary(nullptr, nullptr, nullptr));
    });
}

BOOST_AUTO_TEST_CASE(the_window_can_be_read_back_while_decoding) {
    for (const auto& stream : large_streams()) {
        BOOST_TEST_CONTEXT(stream.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(stream.window_bits));
                strm.input(stream.packed);
                Bytes space(7001);
                int code = Z_OK;
                while (code == Z_OK) {
                    strm.output(space);
                    code = strm.inflate(Z_NO_FLUSH);
                    t.note("code", code);
                    // Output that ended in the same call as the stream is not kept by zlib.
                    if (code == Z_OK) note_dictionary(t, strm);
                }
            });
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

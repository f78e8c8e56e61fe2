// SPDX-License-Identifier: Zlib
// deflate()'s return codes: missing buffers, repeated and lowered flush values, input after Z_FINISH, an end in small
// pieces, and what deflateEnd() says about a stream that was cut short.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

constexpr int kAllFlushValues[] = {Z_NO_FLUSH,   Z_PARTIAL_FLUSH, Z_SYNC_FLUSH,
                                   Z_FULL_FLUSH, Z_FINISH,        Z_BLOCK};

}  // namespace

BOOST_AUTO_TEST_SUITE(deflate_state)

BOOST_AUTO_TEST_CASE(missing_buffers_and_unknown_flush_values) {
    const Bytes plain = bytes_of("some input");
    for (const int window_bits : {-15, 15, 31}) {
        for (const int earlier : {-1, Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH}) {
            BOOST_TEST_CONTEXT("window bits " << window_bits << ", after flush " << earlier) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    t.note("init", strm.deflate_init(6, window_bits));
                    Bytes space(1000);
                    if (earlier >= 0) {
                        strm.input(plain);
                        strm.output(space);
                        note_deflate(t, strm, strm.deflate(earlier));
                    }
                    for (const int flush : {-1, 0, 2, 4, 5, 6, 7, 100}) {
                        t.note("flush", flush);
                        strm.input({});
                        strm->next_out = nullptr;
                        strm->avail_out = 10;
                        note_deflate(t, strm, strm.deflate(flush));
                        strm->next_in = nullptr;
                        strm->avail_in = 5;
                        strm.output(space);
                        note_deflate(t, strm, strm.deflate(flush));
                        strm.input(plain);
                        strm->avail_out = 0;
                        note_deflate(t, strm, strm.deflate(flush));
                        strm.input({});
                        strm->next_in = nullptr;
                        note_deflate(t, strm, strm.deflate(flush));
                        t.note("avail_out", strm->avail_out);
                    }
                    for (const int flush : {-1, 6, 7}) {
                        strm.input(plain);
                        strm.output(space);
                        note_deflate(t, strm, strm.deflate(flush));
                    }
                    t.note("end", strm.end());
                });
            }
        }
    }
}

// All sequences of three flush values, each call with or without input, output space always ample.
BOOST_DATA_TEST_CASE(sequences_of_flush_values,
                     data::make({-1, 0, 1, 6}) * data::make({-15, 15, 31}), level, window_bits) {
    const Bytes plain = bytes_of("abcabcabcabc, some input");
    for (int sequence = 0; sequence < 6 * 6 * 6; ++sequence) {
        for (unsigned with_input = 0; with_input < 8; ++with_input) {
            BOOST_TEST_CONTEXT("sequence " << sequence << ", input " << with_input) {
                Bytes packed;
                Bytes expected;
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    t.note("init", strm.deflate_init(level, window_bits));
                    Bytes space(4096);
                    strm.output(space);
                    expected.clear();
                    bool is_finished = false;
                    for (int call = 0, left = sequence; call < 5; ++call, left /= 6) {
                        const int flush = call < 3 ? kAllFlushValues[left % 6] : Z_FINISH;
                        const bool has_input = call < 3 && (with_input >> call & 1) != 0;
                        strm.input(has_input ? ByteView(plain) : ByteView());
                        if (has_input && !is_finished)
                            expected.insert(expected.end(), plain.begin(), plain.end());
                        t.note("flush", flush);
                        note_deflate(t, strm, strm.deflate(flush));
                        unsigned pending = 99;
                        int bits = 99;
                        t.note("pending", zlib.deflatePending(strm.get(), &pending, &bits));
                        t.note("pending_bytes", pending);
                        BOOST_TEST(bits < 8);
                        is_finished = is_finished || flush == Z_FINISH;
                    }
                    packed.assign(space.data(), strm->next_out);
                    BOOST_TEST(strm->total_out == packed.size());
                    t.note("end", strm.end());
                });
                check_unpacks_to(packed, expected, window_bits);  // the tested library's
            }
        }
    }
}

BOOST_DATA_TEST_CASE(finish_goes_on_in_pieces_of_any_size,
                     data::make({-1, 0, 1, 3, 5, 9}) * data::make({-15, 15, 31}) *
                         data::make({1, 2, 5, 6, 7, 11, 64, 1000}),
                     level, window_bits, piece) {
    for (const Sample kind : {Sample::kText, Sample::kRandom, Sample::kZeros}) {
        for (const std::size_t size : {0U, 1U, 5U, 1000U, 40'000U}) {
            if (size / static_cast<unsigned>(piece) > 5000) continue;
            const Bytes plain = make_sample(kind, size);
            TestStream strm(tested_zlib());
            BOOST_REQUIRE(strm.deflate_init(level, window_bits) == Z_OK);
            strm.input(plain);
            Bytes packed;
            Bytes space(static_cast<std::size_t>(piece));
            int code = Z_OK;
            while (code == Z_OK) {
                strm.output(space);
                code = strm.deflate(Z_FINISH);
                packed.insert(packed.end(), space.data(), strm->next_out);
                if (code == Z_OK) BOOST_REQUIRE(strm->avail_out == 0U);
            }
            BOOST_TEST(code == Z_STREAM_END);
            BOOST_TEST(strm->total_in == size);
            BOOST_TEST(strm->total_out == packed.size());
            strm.output(space);
            BOOST_TEST(strm.deflate(Z_FINISH) == Z_STREAM_END);
            BOOST_TEST(strm->avail_out == space.size());
            check_unpacks_to(packed, plain, window_bits);
            const Unpacked check = unpack(packed, window_bits);
            if (window_bits > 0) BOOST_TEST(strm->adler == check.adler);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_end_tells_whether_data_was_lost) {
    const Bytes plain = make_sample(Sample::kText, 2000);
    for (const int window_bits : {-15, 15, 31}) {
        for (const int flush : kAllFlushValues) {
            for (const std::size_t in : {0U, 1U, 2000U}) {
                BOOST_TEST_CONTEXT("window bits " << window_bits << ", flush " << flush
                                                  << ", input " << in) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        TestStream strm(zlib);
                        t.note("init", strm.deflate_init(6, window_bits));
                        Bytes space(5000);
                        strm.input(ByteView(plain).first(in));
                        strm.output(space);
                        t.note("code", strm.deflate(flush));
                        t.note("end", strm.end());
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_stream_is_written_byte_for_byte_as_zlib_does) {
    for (int level = -1; level <= 9; ++level) {
        for (int strategy = 0; strategy <= 4; ++strategy) {
            for (const int window_bits : {-15, -9, 8, 9, 10, 15, 24, 25, 31}) {
                for (const std::size_t room : {1U, 2U, 3U, 100U}) {
                    BOOST_TEST_CONTEXT("level " << level << ", strategy " << strategy
                                                << ", window bits " << window_bits << ", room "
                                                << room) {
                        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                            TestStream strm(zlib);
                            t.note("init", strm.deflate_init(level, window_bits, 8, strategy));
                            // zlib holds the 5 bytes of a stored block's header together, and says Z_OK once
                            // more when a raw stream's last byte is the last of the space.
                            if (room < 100 && (level == 0 || window_bits < 0)) return;
                            Bytes space(room);
                            int code = Z_OK;
                            while (code == Z_OK) {
                                strm.output(space);
                                code = strm.deflate(Z_FINISH);
                                note_deflate(t, strm, code);
                                t.note("output", ByteView(space).first(room - strm->avail_out));
                            }
                        });
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(data_type_is_guessed_from_the_content) {
    for (const Sample kind : {Sample::kText, Sample::kBinary, Sample::kRandom, Sample::kZeros}) {
        for (const int level : {0, 1, 6, 9}) {
            BOOST_TEST_CONTEXT(name_of(kind) << ", level " << level) {
                const Bytes plain = make_sample(kind, 3000);
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    t.note("init", strm.deflate_init(level));
                    t.note("data_type", strm->data_type);
                    strm.input(plain);
                    Bytes out;
                    t.note("code", deflate_all(strm, Z_FINISH, out));
                    t.note("data_type", strm->data_type);
                    t.note("reset", zlib.deflateReset(strm.get()));
                    t.note("data_type", strm->data_type);
                });
            }
        }
    }
    // Each byte value alone, amid letters.
    for (unsigned value = 0; value < 256; ++value) {
        BOOST_TEST_CONTEXT("byte " << value) {
            Bytes plain = bytes_of("abcdef");
            plain.push_back(static_cast<std::uint8_t>(value));
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.deflate_init(6));
                strm.input(plain);
                Bytes out;
                t.note("code", deflate_all(strm, Z_FINISH, out));
                t.note("data_type", strm->data_type);
            });
        }
    }
}

// Output that zlib and this library make of nothing, or of a few equal bytes, is the same; so every amount of space can be
// compared, those included that end exactly with the header, the data or the trailer.
BOOST_DATA_TEST_CASE(every_amount_of_space_for_small_streams,
                     data::make({-15, 15, 31}) * data::make({0, 1}), window_bits, length) {
    const Bytes plain(static_cast<std::size_t>(length), 'x');
    for (std::size_t first = 1; first <= 30; ++first) {
        for (const std::size_t then : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
            for (const bool stops_after_first : {false, true}) {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    t.note("init", strm.deflate_init(6, window_bits));
                    strm.input(plain);
                    Bytes space(200);
                    int code = Z_OK;
                    for (std::size_t size = first; code != Z_STREAM_END; size = then) {
                        strm.output(std::span(space).first(size));
                        code = strm.deflate(Z_FINISH);
                        note_deflate(t, strm, code);
                        t.note("avail_out", strm->avail_out);
                        if (stops_after_first) break;
                    }
                    if (code == Z_STREAM_END) {
                        gz_header fields{};
                        t.note("header", zlib.deflateSetHeader(strm.get(), &fields));
                        t.note("dictionary",
                               zlib.deflateSetDictionary(strm.get(), plain.data(), 0));
                    }
                    t.note("end", strm.end());
                });
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

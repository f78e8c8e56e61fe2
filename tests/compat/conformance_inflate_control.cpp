// SPDX-License-Identifier: Zlib
// The functions around inflate(): inflateSync, SyncPoint, Mark, Prime, Copy, Undermine, Validate, CodesUsed, Reset,
// ResetKeep, Reset2, in every state of a stream.
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"

using namespace warpz::test;

namespace {

// Feeds the first `count` bytes of the stream, with ample output space.
void decode_prefix(TestStream& strm, Transcript& t, const NamedStream& stream, std::size_t count,
                   Bytes& space) {
    strm.input(ByteView(stream.packed).first(count));
    strm.output(space);
    int code = strm.inflate(Z_NO_FLUSH);
    if (code == Z_NEED_DICT && !stream.dictionary.empty()) {
        t.note("dictionary",
               strm.zlib().inflateSetDictionary(strm.get(), stream.dictionary.data(),
                                                static_cast<uInt>(stream.dictionary.size())));
        code = strm.inflate(Z_NO_FLUSH);
    }
    note_inflate(t, strm, code);
}

void decode_rest(TestStream& strm, Transcript& t, const NamedStream& stream, std::size_t from,
                 Bytes& space) {
    strm.input(ByteView(stream.packed).subspan(from));
    strm.output(space);
    note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
    t.note("output", ByteView(space).first(space.size() - strm->avail_out));
}

// Runs body(zlib, transcript, strm, count) with each small stream decoded up to each of its bytes.
template <class Body>
void after_every_prefix(Body&& body) {
    for (const auto& stream : small_streams()) {
        for (std::size_t count = 0; count <= stream.packed.size(); ++count) {
            BOOST_TEST_CONTEXT(stream.name << ", after " << count << " bytes") {
                same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                    TestStream strm(zlib);
                    Bytes space(400);
                    t.note("init", strm.inflate_init(stream.window_bits));
                    decode_prefix(strm, t, stream, count, space);
                    body(zlib, t, strm, stream, count);
                });
            }
        }
    }
}

// Text in several independent parts: a full flush after each.
NamedStream stream_with_full_flushes(int window_bits) {
    TestStream strm(reference_zlib());
    BOOST_REQUIRE(strm.deflate_init(6, window_bits) == Z_OK);
    Bytes packed;
    for (std::uint64_t part = 0; part < 4; ++part) {
        const Bytes plain = make_sample(Sample::kText, 700, part + 1);
        strm.input(plain);
        deflate_all(strm, part == 3 ? Z_FINISH : Z_FULL_FLUSH, packed);
    }
    return {"full flushes", packed, window_bits};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflate_control)

BOOST_AUTO_TEST_CASE(mark_and_sync_point_agree_in_every_state) {
    after_every_prefix(
        [](const ZlibApi& zlib, Transcript& t, TestStream& strm, const NamedStream&, std::size_t) {
            t.note("mark", zlib.inflateMark(strm.get()));
            t.note("sync_point", zlib.inflateSyncPoint(strm.get()));
        });
}

BOOST_AUTO_TEST_CASE(mark_counts_what_is_left_of_a_match_or_stored_block) {
    for (const auto& stream : small_streams()) {
        BOOST_TEST_CONTEXT(stream.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                drive_inflate(zlib, t, stream, {.out_chunk = 1, .notes_mark = true});
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(codes_used_is_the_size_of_the_last_tables) {
    for (const auto& stream : large_streams()) {
        BOOST_TEST_CONTEXT(stream.name) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(stream.window_bits));
                t.note("unused", static_cast<long long>(zlib.inflateCodesUsed(strm.get())));
                Bytes space(200'000);
                strm.input(stream.packed);
                strm.output(space);
                int code = Z_OK;
                while (code == Z_OK) {
                    code = strm.inflate(Z_BLOCK);
                    t.note("used", static_cast<long long>(zlib.inflateCodesUsed(strm.get())));
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(copies_go_on_independently_from_every_state) {
    after_every_prefix([](const ZlibApi& zlib, Transcript& t, TestStream& strm,
                          const NamedStream& stream, std::size_t count) {
        TestStream copy(zlib);
        t.note("copy", copy.copy_from(strm));
        t.note("copied_total", static_cast<long long>(copy->total_in));
        Bytes space(400);
        decode_rest(strm, t, stream, count, space);
        t.note("end", strm.end());
        decode_rest(copy, t, stream, count, space);
        t.note("copied_end", copy.end());
    });
}

BOOST_AUTO_TEST_CASE(reset_starts_over_from_every_state) {
    after_every_prefix([](const ZlibApi& zlib, Transcript& t, TestStream& strm,
                          const NamedStream& stream, std::size_t) {
        t.note("reset", zlib.inflateReset(strm.get()));
        settle_data_type(strm);
        t.note("adler", static_cast<long long>(strm->adler));
        Bytes space(400);
        decode_prefix(strm, t, stream, stream.packed.size(), space);
    });
}

BOOST_AUTO_TEST_CASE(reset_keep_keeps_the_window) {
    const NamedStream dictionary_made{
        "raw", pack(reference_zlib(), bytes_of("window window"), {.window_bits = -15}), -15};
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(-15));
        Bytes space(5);  // ends in mid-stream, so that there is a window
        strm.input(dictionary_made.packed);
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        t.note("reset", zlib.inflateResetKeep(strm.get()));
        settle_data_type(strm);
        BitBuilder b;
        b.block_header(true, warpz::rfc1951::BlockType::kFixed)
            .fixed_match(4, 5)
            .end_of_block_fixed();
        strm.input(b.stream());
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
        t.note("output", ByteView(space));
        // After a full reset the same match reaches too far back.
        t.note("reset", zlib.inflateReset(strm.get()));
        settle_data_type(strm);
        strm.input(b.stream());
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
    });
}

BOOST_AUTO_TEST_CASE(reset2_takes_every_window_bits_in_every_order) {
    Random random(3);
    std::vector<int> sequence;
    for (int bits = -17; bits <= 65; ++bits) sequence.push_back(bits);
    for (int i = 0; i < 60; ++i) sequence.push_back(static_cast<int>(random.below(64)) - 15);
    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(15));
        Bytes space(400);
        for (const int bits : sequence) {
            t.note("window_bits", bits);
            const int reset = zlib.inflateReset2(strm.get(), bits);
            t.note("reset2", reset);
            if (reset == Z_OK) settle_data_type(strm);
            for (const auto& stream : small_streams()) {
                if (stream.window_bits != bits) continue;
                strm.input(stream.packed);
                strm.output(std::span(space).first(20));  // makes a window
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                strm.output(space);
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
                break;
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(prime_inserts_bits_in_every_state) {
    after_every_prefix([](const ZlibApi& zlib, Transcript& t, TestStream& strm,
                          const NamedStream& stream, std::size_t count) {
        const int bits = static_cast<int>(count % 20) - 2;
        t.note("prime", zlib.inflatePrime(strm.get(), bits, 0x5a5a5));
        t.note("mark", zlib.inflateMark(strm.get()));
        Bytes space(400);
        decode_rest(strm, t, stream, count, space);
    });
}

BOOST_AUTO_TEST_CASE(prime_takes_bits_until_there_are_32) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (int first = 0; first <= 17; ++first) {
            for (int second = -1; second <= 17; ++second) {
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(-15));
                t.note("first", zlib.inflatePrime(strm.get(), first, -1));
                t.note("second", zlib.inflatePrime(strm.get(), second, 0));
                t.note("third", zlib.inflatePrime(strm.get(), 16, 0x1234));
                Bytes space(10);
                strm.input({});
                strm.output(space);
                note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(a_raw_stream_can_start_inside_a_byte) {
    // The first bits of the stream by inflatePrime(), the rest as bytes shifted down.
    BitBuilder shifted;
    shifted.bits(0b10101, 5).block_header(true, warpz::rfc1951::BlockType::kFixed);
    shifted.fixed_literals("primed").end_of_block_fixed();
    for (const ZlibApi* zlib : {&reference_zlib(), &tested_zlib()}) {
        TestStream strm(*zlib);
        BOOST_REQUIRE(strm.inflate_init(-15) == Z_OK);
        BOOST_TEST(zlib->inflatePrime(strm.get(), 3, shifted.stream()[0] >> 5) == Z_OK);
        Bytes space(20);
        strm.input(ByteView(shifted.stream()).subspan(1));
        strm.output(space);
        BOOST_TEST(strm.inflate(Z_NO_FLUSH) == Z_STREAM_END);
        space.resize(strm->total_out);
        BOOST_TEST(space == bytes_of("primed"), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(sync_finds_the_next_full_flush_point) {
    for (const int window_bits : {-15, 15, 31, 47}) {
        const NamedStream stream = stream_with_full_flushes(window_bits == 47 ? 15 : window_bits);
        for (std::size_t skip = 0; skip <= stream.packed.size(); skip += 7) {
            for (const std::size_t piece : {1U, 3U, 10'000U}) {
                BOOST_TEST_CONTEXT("window bits " << window_bits << ", damage at " << skip
                                                  << ", pieces of " << piece) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        TestStream strm(zlib);
                        t.note("init", strm.inflate_init(window_bits));
                        Bytes space(4000);
                        decode_prefix(strm, t, stream, skip, space);
                        // Bits that a decoder still holds were searched wrongly before 1.3.1; a byte boundary holds none.
                        if ((strm->data_type & 7) != 0) return;
                        std::size_t given =
                            skip + std::min<std::size_t>(stream.packed.size() - skip, 5);
                        int code = Z_DATA_ERROR;
                        while (code == Z_DATA_ERROR && given < stream.packed.size()) {
                            const std::size_t n = std::min(piece, stream.packed.size() - given);
                            strm.input(ByteView(stream.packed).subspan(given, n));
                            code = zlib.inflateSync(strm.get());
                            if (code == Z_OK) settle_data_type(strm);
                            note_inflate(t, strm, code);
                            given += n - strm->avail_in;
                        }
                        decode_rest(strm, t, stream, given, space);
                        t.note("mark", zlib.inflateMark(strm.get()));
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(sync_without_input_is_a_buffer_error) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(15));
        strm.input({});
        t.note("sync", zlib.inflateSync(strm.get()));
        t.note("prime", zlib.inflatePrime(strm.get(), 16, 0));
        t.note("sync", zlib.inflateSync(strm.get()));
        const Bytes marker{0xff, 0xff};  // the first half was primed
        strm.input(marker);
        t.note("sync", zlib.inflateSync(strm.get()));
        t.note("total_in", static_cast<long long>(strm->total_in));
    });
}

BOOST_AUTO_TEST_CASE(sync_searches_the_whole_bytes_of_held_bits) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(-15));
        t.note("prime", zlib.inflatePrime(strm.get(), 3, 7));
        t.note("prime", zlib.inflatePrime(strm.get(), 16, 0));
        const Bytes rest_of_marker{0xff, 0xff};
        strm.input(rest_of_marker);
        t.changed("inflateSync() dropped the wrong end of the held bits before 1.3.1",
                  zlib.inflateSync(strm.get()), Z_DATA_ERROR, Z_OK);
    });
}

// zlib writes past its window here, so this is about the tested library alone.
BOOST_AUTO_TEST_CASE(a_sync_before_any_header_leaves_room_for_the_window_of_the_next) {
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.inflate_init(0) == Z_OK);
    const NamedStream parts = stream_with_full_flushes(15);
    strm.input(parts.packed);
    BOOST_REQUIRE(tested_zlib().inflateSync(strm.get()) == Z_OK);
    Bytes space(100);
    strm.output(space);
    strm.inflate(Z_NO_FLUSH);
    BOOST_TEST(strm.allocator().requested_bytes() > std::size_t{1} << 15);

    BOOST_REQUIRE(tested_zlib().inflateReset2(strm.get(), 0) == Z_OK);
    const Bytes plain = make_sample(Sample::kText, 100'000);
    const Bytes packed = pack(reference_zlib(), plain);
    strm.input(packed);
    Bytes unpacked(plain.size());
    int code = Z_OK;
    for (std::size_t at = 0; code == Z_OK && at < unpacked.size(); at += 1000) {
        strm.output(std::span(unpacked).subspan(at, 1000));
        code = strm.inflate(Z_NO_FLUSH);
    }
    BOOST_TEST(code == Z_STREAM_END);
    BOOST_TEST((unpacked == plain));
}

BOOST_AUTO_TEST_CASE(validate_switches_the_check_value_off_and_on) {
    for (const auto& stream : small_streams()) {
        for (const int first : {0, 1}) {
            for (const std::size_t after : {0U, 1U, 12U, 30U}) {
                BOOST_TEST_CONTEXT(stream.name << ", " << first << " after " << after << " bytes") {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        TestStream strm(zlib);
                        Bytes space(400);
                        t.note("init", strm.inflate_init(stream.window_bits));
                        const std::size_t count = std::min(after, stream.packed.size());
                        decode_prefix(strm, t, stream, count, space);
                        t.note("validate", zlib.inflateValidate(strm.get(), first));
                        decode_rest(strm, t, stream, count, space);
                        t.note("validate", zlib.inflateValidate(strm.get(), !first));
                        t.note("reset", zlib.inflateReset(strm.get()));
                        settle_data_type(strm);
                        decode_prefix(strm, t, stream, stream.packed.size(), space);
                    });
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(undermine_is_refused) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        TestStream strm(zlib);
        t.note("init", strm.inflate_init(-15));
        t.note("undermine", zlib.inflateUndermine(strm.get(), 1));
        t.note("undermine", zlib.inflateUndermine(strm.get(), 0));
        BitBuilder b;
        b.block_header(true, warpz::rfc1951::BlockType::kFixed)
            .fixed_match(4, 5)
            .end_of_block_fixed();
        Bytes space(20);
        strm.input(b.stream());
        strm.output(space);
        note_inflate(t, strm, strm.inflate(Z_NO_FLUSH));
    });
}

BOOST_AUTO_TEST_SUITE_END()

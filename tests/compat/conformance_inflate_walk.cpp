// SPDX-License-Identifier: Zlib
// inflate() with Z_BLOCK and Z_TREES: where it stops, and what data_type says there (bits unused in the last byte,
// 64 for the last block, 128 for "just ended a block or header", 256 for "about to decode codes").
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"

using namespace warpz::test;

BOOST_AUTO_TEST_SUITE(inflate_walk)

BOOST_AUTO_TEST_CASE(stops_are_where_the_reference_stops) {
    for (const auto* streams : {&small_streams(), &large_streams()}) {
        for (const auto& stream : *streams) {
            for (const int flush : {Z_BLOCK, Z_TREES}) {
                for (const std::size_t in : {1U, 50U, 1U << 20}) {
                    if (in == 1 && stream.packed.size() > 1000) continue;
                    BOOST_TEST_CONTEXT(stream.name << ", flush " << flush << ", pieces of " << in) {
                        same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                            drive_inflate(zlib, t, stream,
                                          {.in_chunk = in, .flush = flush, .notes_mark = true});
                        });
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(flush_values_may_change_from_call_to_call) {
    Random random(5);
    for (int round = 0; round < 400; ++round) {
        const auto& stream = small_streams()[random.below(small_streams().size())];
        const std::uint64_t seed = random.next();
        BOOST_TEST_CONTEXT(stream.name << ", round " << round) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                Random choices(seed);
                TestStream strm(zlib);
                t.note("init", strm.inflate_init(stream.window_bits));
                Bytes packed = stream.packed;
                std::size_t given = 0;
                Bytes space(300);
                for (int call = 0; call < 60; ++call) {
                    const std::size_t in = choices.below(packed.size() - given + 1) % 12;
                    const std::size_t out = choices.below(20);
                    strm.input(ByteView(packed).subspan(given, in));
                    strm.output(std::span(space).first(out));
                    const int code = strm.inflate(static_cast<int>(choices.below(8)) - 1);
                    note_inflate(t, strm, code);
                    t.note("output", ByteView(space).first(out - strm->avail_out));
                    t.note("mark", zlib.inflateMark(strm.get()));
                    given += in - strm->avail_in;
                }
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(block_boundaries_are_reported_bit_by_bit) {
    // Blocks that end at every bit offset: fixed blocks of k literals of 8 bits, k of 9 bits.
    for (unsigned nines = 0; nines < 8; ++nines) {
        BitBuilder b;
        b.block_header(false, warpz::rfc1951::BlockType::kFixed);
        for (unsigned i = 0; i < nines; ++i) b.fixed_symbol(200);
        b.end_of_block_fixed();
        const unsigned unused_bits = (8 - b.bit_count() % 8) % 8;
        b.block_header(true, warpz::rfc1951::BlockType::kFixed).end_of_block_fixed();
        for (const ZlibApi* zlib : {&reference_zlib(), &tested_zlib()}) {
            TestStream strm(*zlib);
            BOOST_REQUIRE(strm.inflate_init(-15) == Z_OK);
            Bytes space(16);
            strm.input(b.stream());
            strm.output(space);
            BOOST_TEST(strm.inflate(Z_BLOCK) == Z_OK);
            BOOST_TEST(strm->data_type == static_cast<int>(unused_bits + 128));
            BOOST_TEST(strm->total_out == nines);
            BOOST_TEST(strm.inflate(Z_BLOCK) == Z_OK);
            BOOST_TEST((strm->data_type & (64 + 128)) == 64 + 128);
            BOOST_TEST(strm.inflate(Z_BLOCK) == Z_STREAM_END);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

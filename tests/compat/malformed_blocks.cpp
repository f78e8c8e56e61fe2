// SPDX-License-Identifier: Zlib
// Broken blocks: types, stored lengths, symbols that have no meaning, distances before the start.
#include <boost/test/unit_test.hpp>

#include "compat/malformed.hpp"

using namespace warpz::test;
using warpz::rfc1951::BlockType;

BOOST_AUTO_TEST_SUITE(blocks)

BOOST_AUTO_TEST_CASE(block_type_three_is_invalid) {
    for (const bool bfinal : {false, true}) {
        BitBuilder first;
        first.block_header(bfinal, 3).u32(0).u32(0);
        same_refusal("first block", first.stream(), "invalid block type");
        BitBuilder later;
        later.stored_block(false, bytes_of("good")).block_header(bfinal, 3).u32(0);
        same_refusal("second block", later.stream(), "invalid block type");
        BitBuilder last;
        last.block_header(false, BlockType::kFixed)
            .fixed_literals("x")
            .end_of_block_fixed()
            .block_header(bfinal, 3);
        same_refusal("last bits", last.stream(), "invalid block type");
    }
}

BOOST_AUTO_TEST_CASE(stored_lengths_must_be_complements) {
    for (const unsigned len : {0U, 1U, 4U, 255U, 256U, 65'535U}) {
        for (const unsigned wrong : {1U, 0x80U, 0x100U, 0x8000U, 0xffffU}) {
            BitBuilder b;
            b.stored_header(true, len, (~len & 0xffff) ^ wrong).text("whatever follows");
            same_refusal("len " + std::to_string(len) + ", xor " + std::to_string(wrong),
                         b.stream(), "invalid stored block lengths");
        }
    }
}

BOOST_AUTO_TEST_CASE(stored_blocks_that_end_early_starve) {
    for (std::size_t present = 0; present < 12; ++present) {
        BitBuilder b;
        b.stored_header(true, 12, ~12U & 0xffff).text(std::string(present, 's'));
        same_decoding("bytes present: " + std::to_string(present), b.stream());
    }
}

BOOST_AUTO_TEST_CASE(bits_before_a_stored_length_are_ignored) {
    for (unsigned padding = 0; padding < 32; ++padding) {
        BitBuilder b;
        b.block_header(true, BlockType::kStored)
            .bits(padding, 5)
            .u16(3)
            .u16(~3U & 0xffff)
            .text("abc");
        same_decoding("padding " + std::to_string(padding), b.stream());
    }
}

BOOST_AUTO_TEST_CASE(length_symbols_286_and_287_are_invalid) {
    for (const unsigned symbol : {286U, 287U}) {
        BitBuilder b;
        b.block_header(true, BlockType::kFixed)
            .fixed_literals("good")
            .fixed_symbol(symbol)
            .u32(0)
            .u32(0);
        same_refusal("symbol " + std::to_string(symbol), b.stream(), "invalid literal/length code");
        BitBuilder last;
        last.block_header(true, BlockType::kFixed).fixed_literals("goo").fixed_symbol(symbol);
        same_decoding("at the very end, symbol " + std::to_string(symbol), last.stream());
    }
}

BOOST_AUTO_TEST_CASE(distance_symbols_30_and_31_are_invalid) {
    for (const unsigned symbol : {30U, 31U}) {
        BitBuilder b;
        b.block_header(true, BlockType::kFixed)
            .fixed_literals("good")
            .fixed_symbol(257)
            .fixed_distance_symbol(symbol);
        b.u32(0).u32(0);
        same_refusal("symbol " + std::to_string(symbol), b.stream(), "invalid distance code");
    }
}

BOOST_AUTO_TEST_CASE(distances_reach_the_first_byte_and_no_further) {
    for (std::size_t have = 0; have <= 300; have += have < 20 ? 1 : 35) {
        for (int beyond = -1; beyond <= 2; ++beyond) {
            const int distance = static_cast<int>(have) + beyond;
            if (distance < 1) continue;
            for (const unsigned length : {3U, 10U, 258U}) {
                BitBuilder b;
                b.block_header(true, BlockType::kFixed).fixed_literals(std::string(have, 'q'));
                b.fixed_match(length, static_cast<unsigned>(distance)).end_of_block_fixed();
                const std::string name =
                    std::to_string(have) + " bytes, distance " + std::to_string(distance);
                if (beyond > 0) same_refusal(name, b.stream(), "invalid distance too far back");
                if (beyond <= 0) same_decoding(name, b.stream());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(distances_reach_back_a_whole_window_and_no_further) {
    const Bytes history = make_sample(Sample::kRandom, 40'000);
    for (const std::size_t have : {32'766U, 32'767U, 32'768U, 32'769U, 40'000U}) {
        for (const unsigned distance : {32'766U, 32'767U, 32'768U}) {
            for (const unsigned length : {3U, 258U}) {
                BitBuilder b;
                for (std::size_t at = 0; at < have; at += 30'000) {
                    b.stored_block(false, ByteView(history).subspan(
                                              at, std::min<std::size_t>(30'000, have - at)));
                }
                b.block_header(true, BlockType::kFixed)
                    .fixed_match(length, distance)
                    .end_of_block_fixed();
                same_decoding(std::to_string(have) + " bytes, distance " + std::to_string(distance),
                              b.stream());
                for (const unsigned cinfo : {6U, 7U}) {
                    same_decoding("in a zlib stream of window size " + std::to_string(cinfo),
                                  zlib_wrap(b.stream(), {}, {.cinfo = cinfo}), 15);
                }
            }
        }
    }
}

// zlib checks distances against the window it keeps, and against CINFO only when built with INFLATE_STRICT.
BOOST_AUTO_TEST_CASE(distances_beyond_the_headers_window_are_judged_alike) {
    const Bytes history = make_sample(Sample::kRandom, 20'000);
    for (unsigned cinfo = 0; cinfo < 8; ++cinfo) {
        const unsigned window = 256U << cinfo;
        for (const unsigned distance : {window - 1, window, window + 1}) {
            if (distance > 20'000) continue;
            BitBuilder b;
            b.stored_block(false, history)
                .block_header(true, BlockType::kFixed)
                .fixed_match(20, distance);
            b.end_of_block_fixed();
            Bytes plain = history;
            for (int i = 0; i < 20; ++i) plain.push_back(plain[plain.size() - distance]);
            const Bytes packed = zlib_wrap(b.stream(), plain, {.cinfo = cinfo});
            const std::string name =
                "window " + std::to_string(window) + ", distance " + std::to_string(distance);
            same_decoding(name, packed, 15);
            same_decoding(name, packed, 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_last_block_starves) {
    BitBuilder b;
    for (int i = 0; i < 5; ++i) {
        b.stored_block(false, bytes_of("more"))
            .block_header(false, BlockType::kFixed)
            .end_of_block_fixed();
    }
    same_decoding("no last block", b.stream());
}

BOOST_AUTO_TEST_CASE(thousands_of_empty_blocks_are_fine) {
    BitBuilder b;
    for (int i = 0; i < 5000; ++i) b.block_header(false, BlockType::kFixed).end_of_block_fixed();
    for (int i = 0; i < 500; ++i) b.stored_block(false, {});
    b.stored_block(true, bytes_of("end"));
    same_decoding("empty blocks", b.stream());
}

BOOST_AUTO_TEST_SUITE_END()

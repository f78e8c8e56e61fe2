// SPDX-License-Identifier: Zlib
// The device's side of the protocol, descriptor by descriptor: what the executor refuses, what it answers.
#include <boost/test/data/test_case.hpp>

#include "device/executor_bench.hpp"
#include "support/bit_builder.hpp"

using namespace warpz;
using namespace warpz::test;

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(fields_that_break_a_rule_are_refused) {
    Bench v3;
    Bench v2(Generation::kV2);
    const auto status = [](Bench& bench, Operation operation, auto change) {
        Sqe sqe = bench.descriptor(kZlib, 4096, 8192, kFinish);
        change(sqe);
        return bench.run(sqe, operation);
    };
    const unsigned kBad = WARPZ_ZIP_STATUS_BAD_REQUEST;
    using enum Operation;
    BOOST_TEST(status(v3, kDeflate, [](Sqe&) {}) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(status(v2, kDeflate, [](Sqe&) {}) == WARPZ_ZIP_STATUS_OK);
    // The other generation's descriptors.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw7 = kFinish; }) == kBad);
    BOOST_TEST(status(v2, kDeflate, [](Sqe& s) { s.dw7 |= 3U << 28; }) == kBad);
    // Raw deflate on v3 only; others nowhere.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 = kRaw; }) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(status(v2, kDeflate, [](Sqe& s) { s.dw9 = kRaw; }) == kBad);
    BOOST_TEST(status(v2, kInflate, [](Sqe& s) { s.dw9 = kRaw; }) == kBad);
    for (const std::uint32_t request : {0x00U, 0x04U, 0x10U, 0x40U, 0x42U, 0xffU}) {
        BOOST_TEST(status(v3, kDeflate, [&](Sqe& s) { s.dw9 = request; }) == kBad);
    }
    // lz77_zstd on v3 only, on a queue that deflates, and with room for literals.
    constexpr std::uint32_t kLz77 = WARPZ_ZIP_REQUEST_LZ77_ZSTD;
    BOOST_TEST(status(v2, kDeflate, [](Sqe& s) { s.dw9 = kLz77; }) == kBad);
    BOOST_TEST(status(v3, kInflate, [](Sqe& s) { s.dw9 = kLz77; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 = kLz77; }) == WARPZ_ZIP_STATUS_NO_SPACE);
    // Words of other engines.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.lba[1] = 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw12 = 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 |= 2 << 8; }) == kBad);   // buffer type
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw9 |= 7 << 12; }) == kBad);  // window
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.dw8 = 2; }) ==
               kBad);  // an offset without a list
    // Sizes.
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.input_length = (8 << 20) + 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.output_length = (8 << 20) + 1; }) == kBad);
    BOOST_TEST(status(v3, kDeflate, [](Sqe& s) { s.input_length = 0; }) == kBad);
    BOOST_TEST(status(v3, kInflate, [](Sqe& s) { s.input_length = 0; }) == kBad);
}

BOOST_AUTO_TEST_CASE(packets_that_go_on_are_multiples_of_four) {
    Bench bench;
    bench.put(make_sample(Sample::kText, 4096));
    for (std::size_t size = 1; size <= 12; ++size) {
        Sqe sqe = bench.descriptor(kZlib, size, 8192, kStateful | kNew);
        BOOST_TEST((bench.deflate(sqe) == WARPZ_ZIP_STATUS_BAD_REQUEST) == (size % 4 != 0));
        sqe = bench.descriptor(kZlib, size, 8192, kStateful | kNew | kFinish);
        BOOST_TEST(bench.deflate(sqe) != WARPZ_ZIP_STATUS_BAD_REQUEST);
    }
    Sqe sqe = bench.descriptor(kZlib, 4096, 8192, 0);  // stateless, and not the last
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_BAD_REQUEST);
}

BOOST_AUTO_TEST_CASE(output_space_has_four_thresholds) {
    Bench bench;
    bench.put(make_sample(Sample::kZeros, 4096));  // room is demanded even where it is not needed
    const auto deflate = [&](std::size_t in, std::size_t out, std::uint32_t flags) {
        Sqe sqe = bench.descriptor(kZlib, in, out, flags);
        return bench.deflate(sqe);
    };
    BOOST_TEST(deflate(4096, 4608, kFinish) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(deflate(4096, 4607, kFinish) == WARPZ_ZIP_STATUS_NO_SPACE);
    BOOST_TEST(deflate(4, 201, kStateful | kNew) == WARPZ_ZIP_STATUS_NEGATIVE);
    BOOST_TEST(deflate(4, 200, kStateful | kNew) == WARPZ_ZIP_STATUS_NO_SPACE);
    BOOST_TEST(deflate(4, 200, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
    BOOST_TEST(deflate(1, 16, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
    Sqe sqe = bench.descriptor(kZlib, 1, 15, kFinish);
    BOOST_TEST(!bench.executor.execute(sqe, Operation::kDeflate, bench.memory));  // ignored
    // More than the rule's 9/8 may still be too little: a trailer and stored blocks' headers.
    bench.put(make_sample(Sample::kRandom, 4096));
    BOOST_TEST(deflate(8, 17, kFinish) == WARPZ_ZIP_STATUS_NEGATIVE);
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_tag_and_request) {
    Bench bench;
    bench.put(make_sample(Sample::kText, 4096));
    const Sqe given = bench.descriptor(kGzip, 4096, 8192, kFinish);
    Sqe sqe = given;
    BOOST_TEST(bench.deflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.tag_type0 == 77U);
    BOOST_TEST(sqe.tag_type3[0] == 88U);
    BOOST_TEST(sqe.dw7 == given.dw7);
    BOOST_TEST(sqe.dw9 == given.dw9);
    BOOST_TEST(sqe.consumed == 4096U);
    BOOST_TEST(sqe.isize == 4096U);
    BOOST_TEST(sqe.checksum == register_of_crc(simple_crc32(make_sample(Sample::kText, 4096))));
}

BOOST_DATA_TEST_CASE(streams_of_all_formats_window_sizes_and_ways_to_memory,
                     boost::unit_test::data::make({kRaw, kZlib, kGzip}) *
                         boost::unit_test::data::make({0, 1, 2, 3, 4}) *
                         boost::unit_test::data::make({true, false}),
                     request, window, is_mapped) {
    Bench bench(Generation::kV3, is_mapped);
    const Bytes plain = make_sample(Sample::kRecords, 230'000);
    Bytes packed;
    Sqe last{};
    for (std::size_t at = 0; at < plain.size();) {
        const std::size_t count = std::min<std::size_t>(60'000, plain.size() - at);
        const bool is_last = at + count == plain.size();
        bench.put({plain.begin() + static_cast<std::ptrdiff_t>(at),
                   plain.begin() + static_cast<std::ptrdiff_t>(at + count)});
        Sqe sqe = bench.descriptor(request, count, 100'000,
                                   kStateful | (at == 0 ? kNew : 0) | (is_last ? kFinish : 0));
        sqe.dw9 = request | static_cast<std::uint32_t>(window) << WARPZ_ZIP_DW9_WINDOW_SHIFT;
        if (at != 0) {
            carry(last, sqe);
        } else {
            sqe.checksum = 0xbad;  // registers are not looked at when a stream begins
            sqe.isize = 0xbad;
            sqe.ctx_dw2 = 0xbad;
        }
        BOOST_REQUIRE_EQUAL(bench.deflate(sqe), unsigned{WARPZ_ZIP_STATUS_OK});
        const Bytes made = bench.get(sqe.produced);
        if (!is_last) {
            // A sync flush: an empty stored block at the end.
            const Bytes marker{0, 0, 0xff, 0xff};
            BOOST_REQUIRE(std::equal(marker.begin(), marker.end(), made.end() - 4));
        }
        packed.insert(packed.end(), made.begin(), made.end());
        last = sqe;
        at += count;
    }
    BOOST_REQUIRE(inflate_by_zlib(format_of(request), packed) == plain);

    // And back, in one packet and in many.
    for (const std::size_t piece : {packed.size(), std::size_t{999}}) {
        Bytes decoded;
        bool is_new = true;
        unsigned status = 0;
        for (std::size_t at = 0; status != WARPZ_ZIP_STATUS_END;) {
            const std::size_t count = std::min(piece, packed.size() - at);
            bench.put({packed.begin() + static_cast<std::ptrdiff_t>(at),
                       packed.begin() + static_cast<std::ptrdiff_t>(at + count)});
            Sqe sqe = bench.descriptor(request, count, 300'000, kStateful | (is_new ? kNew : 0));
            if (!is_new) carry(last, sqe);
            status = bench.inflate(sqe);
            BOOST_REQUIRE((status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_END));
            const Bytes made = bench.get(sqe.produced);
            decoded.insert(decoded.end(), made.begin(), made.end());
            at += sqe.consumed;
            last = sqe;
            is_new = false;
        }
        BOOST_TEST((last.dw3 & WARPZ_ZIP_DW3_LAST_BLOCK) != 0U);
        BOOST_TEST(last.isize == plain.size());
        BOOST_REQUIRE(decoded == plain);
    }
}

BOOST_AUTO_TEST_CASE(state_words_of_inflate) {
    Bench bench;
    const Bytes plain = make_sample(Sample::kText, 50'000);
    const Bytes packed = deflate_by_zlib(Format::kZlib, plain);
    bench.put(packed);
    const auto ctx_state = [](const Sqe& sqe) { return sqe.ctx_dw0 & WARPZ_ZIP_CTX0_STATE_MASK; };
    const auto head_bits = [](const Sqe& sqe) {
        return (sqe.ctx_dw0 & WARPZ_ZIP_CTX0_HEAD_BITS_MASK) >> WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT;
    };

    // Output full, input left.
    Sqe first = bench.descriptor(kZlib, packed.size(), 1000, kStateful | kNew);
    BOOST_TEST(bench.inflate(first) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(first.produced == 1000U);
    BOOST_TEST(first.consumed < packed.size());
    BOOST_TEST(ctx_state(first) == WARPZ_ZIP_CTX_OUTPUT_FULL);
    BOOST_TEST(first.ctx_dw2 == 1000U);  // the window so far

    // All input there, trailer incomplete.
    Sqe sqe = bench.descriptor(kZlib, packed.size() - 2, 100'000, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == plain.size());
    BOOST_TEST(ctx_state(sqe) == WARPZ_ZIP_CTX_TRAILER);
    BOOST_TEST((sqe.ctx_dw0 & WARPZ_ZIP_CTX0_BFINAL) != 0U);
    BOOST_TEST(sqe.ctx_dw2 == 32'768U);
    bench.put({packed.end() - 2, packed.end()});
    Sqe end = bench.descriptor(kZlib, 2, 16, kStateful);
    carry(sqe, end);
    BOOST_TEST(bench.inflate(end) == WARPZ_ZIP_STATUS_END);
    BOOST_TEST(end.consumed == 2U);

    // A match that is longer than the output: all input decoded, the rest by an empty packet.
    const Bytes run = BitBuilder()
                          .block_header(true, 1)
                          .fixed_literals("a")
                          .fixed_match(258, 1)
                          .fixed_match(258, 1)
                          .end_of_block_fixed()
                          .stream();
    bench.put(run);
    sqe = bench.descriptor(kRaw, run.size(), 16, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == 16U);
    BOOST_TEST(sqe.consumed < run.size());  // the end of block waits with its byte
    BOOST_TEST(ctx_state(sqe) == WARPZ_ZIP_CTX_OUTPUT_FULL);

    bench.put(run);
    sqe = bench.descriptor(kRaw, 3, 16,
                           kStateful | kNew);  // a part that ends within the first match's codes
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    Sqe drain = bench.descriptor(kRaw, 0, 500, kStateful);
    carry(sqe, drain);
    BOOST_TEST(bench.inflate(drain) == WARPZ_ZIP_STATUS_OK);

    // Between blocks, and the bits read ahead are shown behind the window.
    const Bytes blocks = BitBuilder()
                             .block_header(false, 1)
                             .fixed_literals("abc")
                             .end_of_block_fixed()
                             .block_header(true, 1)
                             .stream();
    bench.put(blocks);
    sqe = bench.descriptor(kRaw, 5, 500, kStateful | kNew);
    BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(sqe.produced == 3U);
    BOOST_TEST(sqe.ctx_dw2 == 3U);
    if (head_bits(sqe) != 0) {
        const Bytes cached = bench.get(1, kContext + WARPZ_ZIP_CTX_HW_OFFSET + 0xc00 + 16);
        BOOST_TEST(cached[0] == blocks[4] >> (8 - head_bits(sqe)));
    }
}

BOOST_AUTO_TEST_CASE(corrupt_streams_and_wrong_trailers_have_their_status) {
    const Bytes plain = make_sample(Sample::kText, 10'000);
    for (const std::uint32_t request : {kZlib, kGzip}) {
        const Bytes packed = deflate_by_zlib(format_of(request), plain);
        for (std::size_t back = 1; back <= (request == kZlib ? 4 : 8); ++back) {
            Bench bench;
            Bytes bad = packed;
            bad.at(bad.size() - back) ^= 1;
            bench.put(bad);
            Sqe sqe = bench.descriptor(request, bad.size(), 20'000, kFinish);
            BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_CHECKSUM);
            BOOST_TEST(sqe.produced == 0U);
        }
        Bench bench;
        Bytes bad = packed;
        bad[0] |= 6;
        bench.put(bad);
        Sqe sqe = bench.descriptor(request, bad.size(), 20'000, kStateful | kNew);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_BAD_DATA);
        // Whole streams: the output must hold all, the input may end early.
        bench.put(packed);
        sqe = bench.descriptor(request, packed.size(), 9999, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_NO_SPACE);
        sqe = bench.descriptor(request, packed.size() / 2, 10'000, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(sqe.produced < 10'000U);
        sqe = bench.descriptor(request, packed.size(), 10'000, kFinish);
        BOOST_TEST(bench.inflate(sqe) == WARPZ_ZIP_STATUS_END);
    }
}

BOOST_AUTO_TEST_SUITE_END()

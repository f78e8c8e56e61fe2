// SPDX-License-Identifier: Zlib
// Dynamic headers with code sets that over-subscribe, are incomplete, empty or lack the end-of-block code, repeats
// without a previous length or beyond the end, and counts out of range.
#include <boost/test/unit_test.hpp>

#include "compat/malformed.hpp"

using namespace warpz::test;
using warpz::rfc1951::BlockType;

namespace {

using Lengths = std::vector<std::uint8_t>;

// A complete code for end-of-block and a literal.
Lengths good_litlen() { return lengths_of(257, {{'a', 1}, {256, 1}}); }

Bytes stream_with(const Lengths& litlen, const Lengths& distance) {
    BitBuilder b;
    b.dynamic_header(true, litlen, distance).u32(0x5a5a5a5a).u32(0x12345678).u32(0);
    return b.stream();
}

// A header up to the code length code, whose lengths are `code_lengths`; ones and zeros follow.
Bytes stream_with_code_length_code(const Lengths& code_lengths, unsigned count = 19,
                                   std::uint64_t then = 0x5555'aaaa'3333'cccc) {
    BitBuilder b;
    b.block_header(true, BlockType::kDynamic)
        .dynamic_counts(257, 1, count)
        .code_length_lengths(code_lengths, count);
    for (int i = 0; i < 12; ++i) b.bits(then, 64);
    return b.stream();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codes)

BOOST_AUTO_TEST_CASE(too_many_length_or_distance_symbols) {
    for (unsigned litlen = 257; litlen <= 288; ++litlen) {
        for (unsigned distance = 1; distance <= 32; ++distance) {
            if (litlen < 285 && distance < 29) continue;
            BitBuilder b;
            b.block_header(true, BlockType::kDynamic)
                .dynamic_counts(litlen, distance, 4)
                .u32(0)
                .u32(0);
            const std::string name = std::to_string(litlen) + " and " + std::to_string(distance);
            if (litlen > 286 || distance > 30) {
                same_refusal(name, b.stream(), "too many length or distance symbols");
            } else {
                same_decoding(name, b.stream());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(code_length_codes_must_be_complete) {
    const std::vector<std::pair<const char*, Lengths>> wrong{
        {"one code of one bit", lengths_of(19, {{0, 1}})},
        {"one code of seven bits", lengths_of(19, {{18, 7}})},
        {"incomplete", lengths_of(19, {{0, 1}, {1, 2}})},
        {"incomplete by one",
         lengths_of(19, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}})},
        {"over-subscribed", lengths_of(19, {{0, 1}, {1, 1}, {2, 1}})},
        {"over-subscribed by one", lengths_of(19, {{0, 1}, {1, 2}, {2, 2}, {3, 7}})},
        {"all of one bit", Lengths(19, 1)},
        {"all of seven bits", Lengths(19, 7)},
    };
    for (const auto& [name, lengths] : wrong) {
        same_refusal(name, stream_with_code_length_code(lengths), "invalid code lengths set");
    }
    // Without any code each length decodes to zero, and the error is found where they end.
    same_refusal("empty", stream_with_code_length_code(Lengths(19, 0)),
                 "invalid code -- missing end-of-block");
    for (unsigned count = 4; count <= 19; ++count) {
        same_decoding("HCLEN " + std::to_string(count),
                      stream_with_code_length_code(Lengths(19, 4), count));
        same_decoding("HCLEN " + std::to_string(count),
                      stream_with_code_length_code(Lengths(19, 2), count));
    }
}

BOOST_AUTO_TEST_CASE(a_repeat_needs_a_previous_length) {
    // Code length code of 16 and 0, one bit each: "repeat the previous" comes first.
    const Lengths lengths = lengths_of(19, {{0, 1}, {16, 1}});
    same_refusal("repeat first", stream_with_code_length_code(lengths, 19, ~0ULL),
                 "invalid bit length repeat");
}

BOOST_AUTO_TEST_CASE(repeats_end_with_the_lengths) {
    // 16 repeats 3..6, 17 and 18 write 3..10 and 11..138 zeros; 258 lengths are wanted.
    const Lengths lengths = lengths_of(19, {{1, 2}, {16, 2}, {17, 2}, {18, 2}});
    const CanonicalCode code(lengths);
    for (unsigned last = 16; last <= 18; ++last) {
        for (unsigned extra = 0; extra < 8; ++extra) {
            for (const unsigned before : {250U, 252U, 255U, 256U, 257U}) {
                BitBuilder b;
                b.block_header(true, BlockType::kDynamic)
                    .dynamic_counts(257, 1, 19)
                    .code_length_lengths(lengths);
                unsigned written = 0;
                while (written + 138 <= before) {
                    b.code(code, 18).bits(127, 7);
                    written += 138;
                }
                while (written < before) {
                    b.code(code, 1);
                    ++written;
                }
                b.code(code, last)
                    .bits(extra, last == 16   ? 2
                                 : last == 17 ? 3
                                              : 7)
                    .u32(0xdeadbeef)
                    .u32(0);
                same_decoding("symbol " + std::to_string(last) + ", extra " +
                                  std::to_string(extra) + " after " + std::to_string(before),
                              b.stream());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(repeats_cross_from_literals_to_distances) {
    const Lengths lengths = lengths_of(19, {{1, 1}, {16, 2}, {18, 2}});
    const CanonicalCode code(lengths);
    BitBuilder b;
    b.block_header(true, BlockType::kDynamic)
        .dynamic_counts(257, 2, 19)
        .code_length_lengths(lengths);
    b.code(code, 18).bits(138 - 11, 7).code(code, 18).bits(116 - 11, 7);  // 254 zeros
    b.code(code, 1).code(code, 16).bits(1, 2);  // five ones: 254..256, both distances
    b.u32(0);
    same_refusal("three codes of one bit", b.stream(), "invalid literal/lengths set");
}

BOOST_AUTO_TEST_CASE(the_end_of_block_code_must_exist) {
    same_refusal("only a literal", stream_with(lengths_of(257, {{'a', 1}}), {1}),
                 "invalid code -- missing end-of-block");
    same_refusal("complete without it", stream_with(lengths_of(257, {{'a', 1}, {'b', 1}}), {1}),
                 "invalid code -- missing end-of-block");
    same_refusal("nothing at all", stream_with(Lengths(257, 0), {1}),
                 "invalid code -- missing end-of-block");
}

BOOST_AUTO_TEST_CASE(literal_length_codes_are_complete_or_a_single_code) {
    const std::vector<std::pair<const char*, Lengths>> wrong{
        {"over-subscribed", lengths_of(257, {{'a', 1}, {'b', 1}, {256, 1}})},
        {"over-subscribed by one of 15 bits", lengths_of(257, {{'a', 1}, {'b', 1}, {256, 15}})},
        {"incomplete", lengths_of(257, {{'a', 2}, {256, 2}})},
        {"one code of two bits", lengths_of(257, {{256, 2}})},
        {"one code of 15 bits", lengths_of(257, {{256, 15}})},
        {"all of 8 bits and one more", Lengths(257, 8)},
        {"all of 15 bits", Lengths(286, 15)},
    };
    for (const auto& [name, lengths] : wrong)
        same_refusal(name, stream_with(lengths, {1}), "invalid literal/lengths set");
    // A single code of one bit may be incomplete: its other half is an invalid code.
    const Lengths only_end = lengths_of(257, {{256, 1}});
    BitBuilder good;
    good.dynamic_header(true, only_end, Lengths{1}).bits(0, 1);
    same_decoding("end of block alone", good.stream());
    BitBuilder bad;
    bad.dynamic_header(true, only_end, Lengths{1}).bits(1, 1).u32(~0U).u32(0);
    same_refusal("the unused half", bad.stream(), "invalid literal/length code");
}

BOOST_AUTO_TEST_CASE(distance_codes_are_complete_single_or_absent) {
    const std::vector<std::pair<const char*, Lengths>> wrong{
        {"over-subscribed", {1, 1, 1}},
        {"incomplete", {2, 2}},
        {"incomplete by one", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
        {"one code of two bits", {2}},
        {"one code of 15 bits", {0, 15}},
        {"thirty of 15 bits", Lengths(30, 15)},
    };
    for (const auto& [name, lengths] : wrong)
        same_refusal(name, stream_with(good_litlen(), lengths), "invalid distances set");

    const Lengths with_match = lengths_of(258, {{'a', 2}, {256, 2}, {257, 1}});
    const CanonicalCode code(with_match);
    for (const bool has_code : {false, true}) {
        const Lengths distance{static_cast<std::uint8_t>(has_code ? 1 : 0)};
        for (unsigned bit = 0; bit < 2; ++bit) {
            BitBuilder b;
            b.dynamic_header(true, with_match, distance)
                .code(code, 'a')
                .code(code, 257)
                .bits(bit, 1);
            b.code(code, 256).u32(0).u32(0);
            const std::string name =
                std::string(has_code ? "one" : "no") + " distance code, bit " + std::to_string(bit);
            if (has_code && bit == 0) same_decoding(name, b.stream());
            if (!has_code || bit == 1) same_refusal(name, b.stream(), "invalid distance code");
        }
        BitBuilder unused;
        unused.dynamic_header(true, with_match, distance).code(code, 'a').code(code, 256);
        same_decoding("no match at all", unused.stream());
    }
}

BOOST_AUTO_TEST_CASE(codes_of_all_lengths_up_to_fifteen_decode) {
    // Lengths 1, 2, .. 14, 15, 15: literals 'a'.. with the longest for a match and the end of the block.
    Lengths litlen(286, 0);
    for (unsigned i = 0; i < 14; ++i) litlen['a' + i] = static_cast<std::uint8_t>(i + 1);
    litlen[256] = litlen[285] = 15;
    Lengths distance(30, 0);
    for (unsigned i = 0; i < 14; ++i) distance[i] = static_cast<std::uint8_t>(i + 1);
    distance[14] = distance[29] = 15;
    const CanonicalCode code(litlen);
    const CanonicalCode distance_code(distance);
    const Bytes history = make_sample(Sample::kRandom, 32'768);
    BitBuilder b;
    b.stored_block(false, history).dynamic_header(true, litlen, distance);
    for (unsigned i = 0; i < 14; ++i) b.code(code, 'a' + i);
    for (const unsigned reach : {1U, 100U, 129U, 192U, 24'577U, 32'768U})
        b.match(code, distance_code, 258, reach);
    for (unsigned i = 0; i < 2000; ++i) b.match(code, distance_code, 258, 24'577 + i * 4);
    b.code(code, 256);
    same_decoding("deep codes", b.stream());
}

BOOST_AUTO_TEST_CASE(random_headers_are_judged_alike) {
    Random random(77);
    for (int round = 0; round < 4000; ++round) {
        BitBuilder b;
        b.block_header(true, BlockType::kDynamic);
        if (round % 2 == 0) {
            for (int i = 0; i < 60; ++i) b.u32(static_cast<std::uint32_t>(random.next()));
        } else {
            // Sets that are nearly right: a complete one with one length changed.
            Lengths litlen(257 + random.below(30), 0);
            for (auto& length : litlen)
                length = static_cast<std::uint8_t>(random.one_in(2) ? 8 : 0);
            std::size_t left = 256;
            for (auto& length : litlen) left -= length != 0 && left > 0 ? 1 : 0;
            for (auto& length : litlen) {
                if (left > 0 && length == 0) {
                    length = 8;
                    --left;
                }
            }
            if (random.one_in(3))
                litlen[random.below(litlen.size())] = static_cast<std::uint8_t>(random.below(16));
            Lengths distance(1 + random.below(30), 5);
            if (random.one_in(2)) distance.assign(distance.size(), 0);
            if (random.one_in(2)) distance[0] = 1;
            b = BitBuilder();
            b.dynamic_header(true, litlen, distance);
            for (int i = 0; i < 20; ++i) b.u32(static_cast<std::uint32_t>(random.next()));
        }
        const NamedStream stream{"", b.stream(), -15};
        BOOST_TEST_CONTEXT("round " << round) {
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                drive_inflate(zlib, t, stream, {.in_chunk = 50});
            });
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// The raw inflater: the output does not depend on how input and output are divided, consumption is exact, and each
// error comes at its place. Agreement with zlib call by call is the conformance suite's subject.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "inflate/inflater.hpp"
#include "support/bit_builder.hpp"
#include "support/guarded_buffer.hpp"
#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::inflate;
using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace warpz::test {

// Boost.Test finds it here when it prints a data case.
std::ostream& operator<<(std::ostream& out, Sample kind) { return out << name_of(kind); }

}  // namespace warpz::test

namespace {

/// A raw stream of `plain` made by the reference zlib.
Bytes deflate_raw(const Bytes& plain, int level, int strategy = Z_DEFAULT_STRATEGY) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    BOOST_TEST_REQUIRE(zlib.deflate_init(&strm, level, -15, 8, strategy) == Z_OK);
    Bytes packed(zlib.deflateBound(&strm, plain.size()));
    strm.next_in = const_cast<Bytef*>(plain.data());
    strm.avail_in = static_cast<uInt>(plain.size());
    strm.next_out = packed.data();
    strm.avail_out = static_cast<uInt>(packed.size());
    BOOST_TEST_REQUIRE(zlib.deflate(&strm, Z_FINISH) == Z_STREAM_END);
    packed.resize(strm.total_out);
    zlib.deflateEnd(&strm);
    return packed;
}

/// An inflater with a window of 32 KiB.
class Decoder {
  public:
    Decoder() : window_(32768 + kWindowSlackBytes) {
        inflater.window.bytes = window_.data();
        inflater.start(false);
    }

    /// One call as the stream layer makes it: input and output end at unmapped pages.
    Outcome step(std::span<const std::uint8_t> piece, std::size_t room) {
        const GuardedBuffer in(piece);
        const GuardedBuffer out(room);
        reader.next = in.data();
        reader.end = in.data() + in.size();
        inflater.pass_boundary();
        Output output{out.data(), out.data(), out.data() + room, out.data() + room};
        const Outcome outcome = inflater.run(reader, output, StopAt::kNowhere);
        consumed = static_cast<std::size_t>(reader.next - in.data());
        plain.insert(plain.end(), out.data(), output.next);
        inflater.window.activate(15);
        inflater.window.append(output.next, output.produced());
        return outcome;
    }

    Inflater inflater;
    BitReader reader;
    Bytes plain;
    std::size_t consumed = 0;  ///< by the last step

  private:
    std::vector<std::uint8_t> window_;
};

/// Decodes with pieces of at most these sizes; the bytes of `packed` that were not consumed.
std::size_t decode(Decoder& decoder, const Bytes& packed, std::size_t in_piece,
                   std::size_t out_piece, Outcome& outcome) {
    std::size_t at = 0;
    for (;;) {
        const std::size_t size = std::min(in_piece, packed.size() - at);
        outcome = decoder.step({packed.data() + at, size}, out_piece);
        at += decoder.consumed;
        const bool starves = outcome == Outcome::kNeedInput && at == packed.size();
        if (starves || outcome == Outcome::kFinished || outcome == Outcome::kBadData)
            return packed.size() - at;
    }
}

struct ErrorCase {
    const char* name;
    Bytes stream;
    FormatError error;
    std::string_view prefix;  ///< output before the error
};

std::vector<ErrorCase> error_cases() {
    std::vector<ErrorCase> cases;
    const auto add = [&](const char* name, const BitBuilder& bits, FormatError error,
                         std::string_view prefix = "") {
        cases.push_back({name, bits.stream(), error, prefix});
    };
    add("block type 3", BitBuilder().block_header(true, 3U), FormatError::kBlockType);
    add("NLEN is not the complement", BitBuilder().stored_header(true, 1, 1).byte(0),
        FormatError::kStoredLengths);
    add("287 length symbols", BitBuilder().block_header(true, 2U).dynamic_counts(287, 1, 4),
        FormatError::kTooManySymbols);
    add("31 distance symbols", BitBuilder().block_header(true, 2U).dynamic_counts(257, 31, 4),
        FormatError::kTooManySymbols);
    const auto one = lengths_of(19, {{0, 1}});
    add("incomplete code length code",
        BitBuilder()
            .block_header(true, 2U)
            .dynamic_counts(257, 1, 19)
            .code_length_lengths(one)
            .u32(0),
        FormatError::kCodeLengthsSet);
    const auto repeats = lengths_of(19, {{16, 1}, {0, 1}});
    add("repeat of nothing",
        BitBuilder()
            .block_header(true, 2U)
            .dynamic_counts(257, 1, 19)
            .code_length_lengths(repeats)
            .u32(~0U),
        FormatError::kLengthRepeat);
    std::vector<std::uint8_t> litlen(257);
    litlen['a'] = 1;
    litlen['b'] = 1;
    const std::vector<std::uint8_t> distance{1};
    add("no end-of-block code", BitBuilder().dynamic_header(true, litlen, distance),
        FormatError::kMissingEndOfBlock);
    litlen[256] = 1;
    add("over-subscribed literals", BitBuilder().dynamic_header(true, litlen, distance),
        FormatError::kLitLenSet);
    litlen['b'] = 0;
    add("over-subscribed distances",
        BitBuilder().dynamic_header(true, litlen, std::vector<std::uint8_t>{1, 1, 1}),
        FormatError::kDistanceSet);
    add("unused length symbol",
        BitBuilder().block_header(true, 1U).fixed_literals("ab").fixed_symbol(286).u32(0).u32(0),
        FormatError::kLitLenCode, "ab");
    add("unused distance symbol",
        BitBuilder()
            .block_header(true, 1U)
            .fixed_literals("ab")
            .fixed_symbol(257)
            .fixed_distance_symbol(30)
            .u32(0),
        FormatError::kDistanceCode, "ab");
    add("distance before the start",
        BitBuilder().block_header(true, 1U).fixed_literals("abc").fixed_match(3, 4).u32(0).u32(0),
        FormatError::kDistanceTooFar, "abc");
    return cases;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inflater)

BOOST_DATA_TEST_CASE(all_samples_decode_in_one_call,
                     data::make(kAllSamples) * data::make({1, 6, 9}), kind, level) {
    const Bytes plain = make_sample(kind, 200'000);
    const Bytes packed = deflate_raw(plain, level);
    Decoder decoder;
    Outcome outcome;
    BOOST_TEST(decode(decoder, packed, packed.size(), plain.size() + 1, outcome) == 0U);
    BOOST_TEST((outcome == Outcome::kFinished));
    BOOST_TEST((decoder.plain == plain));
}

BOOST_DATA_TEST_CASE(output_is_independent_of_the_division_into_calls,
                     data::make(kAllSamples) * data::make({1, 2, 7, 60, 300, 5000}) *
                         data::make({1, 3, 47, 259, 4096, 40000}),
                     kind, in_piece, out_piece) {
    const bool is_tiny = in_piece < 60 || out_piece < 60;
    const Bytes plain = make_sample(kind, is_tiny ? 1'000 : 100'000);
    const Bytes packed = deflate_raw(plain, 6);
    Decoder decoder;
    Outcome outcome;
    BOOST_TEST(decode(decoder, packed, static_cast<std::size_t>(in_piece),
                      static_cast<std::size_t>(out_piece), outcome) == 0U);
    BOOST_TEST((outcome == Outcome::kFinished));
    BOOST_TEST((decoder.plain == plain));
}

BOOST_AUTO_TEST_CASE(bytes_after_the_stream_stay_in_the_input) {
    for (const Sample kind : kAllSamples) {
        Bytes packed = deflate_raw(make_sample(kind, 5'000), 6);
        packed.insert(packed.end(), 33, 0xff);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, packed.size()}) {
            Decoder decoder;
            Outcome outcome;
            std::size_t at = 0;
            do {
                const std::size_t size = std::min(piece, packed.size() - at);
                outcome = decoder.step({packed.data() + at, size}, 6'000);
                at += decoder.consumed;
            } while (outcome != Outcome::kFinished);
            BOOST_TEST(packed.size() - at == 33U);
            BOOST_TEST(decoder.reader.bits == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(less_than_a_byte_is_held_when_output_is_full) {
    const Bytes packed = deflate_raw(make_sample(Sample::kText, 20'000), 6);
    for (std::size_t room = 0; room < 600; ++room) {
        Decoder decoder;
        BOOST_TEST((decoder.step(packed, room) == Outcome::kNeedOutput));
        BOOST_TEST(decoder.plain.size() == room);
        BOOST_TEST(decoder.reader.bits < 8U);
    }
}

BOOST_AUTO_TEST_CASE(every_error_is_found_at_its_place_from_pieces_of_any_size) {
    for (const ErrorCase& wrong : error_cases()) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, wrong.stream.size()}) {
            BOOST_TEST_CONTEXT(wrong.name << ", pieces of " << piece) {
                Decoder decoder;
                Outcome outcome;
                decode(decoder, wrong.stream, piece, 1000, outcome);
                BOOST_TEST((outcome == Outcome::kBadData));
                BOOST_TEST((decoder.inflater.error() == wrong.error));
                BOOST_TEST((decoder.plain == bytes_of(wrong.prefix)));
                BOOST_TEST((decoder.step(wrong.stream, 1000) == Outcome::kBadData));
                BOOST_TEST(decoder.consumed == 0U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_error_far_inside_leaves_the_fast_loop_at_its_symbol) {
    const std::string text(5'000, 'x');
    for (const unsigned before : {0U, 1U, 2U, 3U, 1000U, 4999U}) {
        BitBuilder bits;
        bits.block_header(true, 1U).fixed_literals(text.substr(0, before));
        bits.fixed_match(3, before + 1).fixed_literals(text.substr(before));
        Decoder decoder;
        BOOST_TEST((decoder.step(bits.stream(), 100'000) == Outcome::kBadData));
        BOOST_TEST((decoder.inflater.error() == FormatError::kDistanceTooFar));
        BOOST_TEST(decoder.plain.size() == before);
    }
}

BOOST_AUTO_TEST_CASE(distances_reach_through_the_window_to_its_first_byte) {
    const Bytes first = make_sample(Sample::kRandom, 32'768);
    BitBuilder bits;
    bits.block_header(true, 1U)
        .fixed_match(258, 32'768)
        .fixed_match(100, 32'768 - 50)
        .end_of_block_fixed();
    Decoder decoder;
    decoder.inflater.window.activate(15);
    decoder.inflater.window.append(first.data() + first.size(), first.size());
    BOOST_TEST((decoder.step(bits.stream(), 1'000) == Outcome::kFinished));
    Bytes expected(first.begin(), first.begin() + 258);
    const std::ptrdiff_t second = 258 + 50;
    expected.insert(expected.end(), first.begin() + second, first.begin() + second + 100);
    BOOST_TEST((decoder.plain == expected));
}

BOOST_AUTO_TEST_CASE(the_fast_loop_pauses_soon_after_the_mark) {
    const Bytes plain = make_sample(Sample::kText, 100'000);
    const Bytes packed = deflate_raw(plain, 6);
    Decoder decoder;
    decoder.reader.next = packed.data();
    decoder.reader.end = packed.data() + packed.size();
    Bytes out(plain.size() + 1);
    Output output{out.data(), out.data(), out.data() + out.size(), nullptr};
    unsigned pauses = 0;
    for (;;) {
        output.pause = std::min(output.next + 10'000, output.end);
        const std::uint8_t* const before = output.next;
        const Outcome outcome = decoder.inflater.run(decoder.reader, output, StopAt::kNowhere);
        if (outcome == Outcome::kFinished) break;
        BOOST_TEST_REQUIRE((outcome == Outcome::kPaused));
        BOOST_TEST((output.next - before >= 10'000 && output.next - before < 10'000 + 258 + 3));
        ++pauses;
    }
    BOOST_TEST(pauses >= 8U);
    out.resize(output.produced());
    BOOST_TEST((out == plain));
}

BOOST_AUTO_TEST_SUITE_END()

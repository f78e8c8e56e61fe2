// SPDX-License-Identifier: Zlib
// Decoding from the middle of a stream: what the marker decoder and the resolver make of any block is what inflate()
// makes of the stream.
#define BOOST_TEST_MODULE parallel
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <ostream>
#include <vector>

#include "parallel/block_finder.hpp"
#include "parallel/marker_resolver.hpp"
#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz::parallel;
using warpz::test::Bytes;
using warpz::test::make_sample;
using warpz::test::Sample;

namespace warpz::test {
static std::ostream& operator<<(std::ostream& out, Sample kind) { return out << name_of(kind); }
}  // namespace warpz::test

namespace {

/// Raw deflate data of `plain`, followed by the slack that the decoder may read.
Bytes pack(const Bytes& plain, int level, int strategy = Z_DEFAULT_STRATEGY,
           std::size_t flush_every = 0) {
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(deflateInit2(&strm, level, Z_DEFLATED, -15, 8, strategy), Z_OK);
    Bytes packed(deflateBound(&strm, static_cast<uLong>(plain.size())) + plain.size() / 16 + 1000);
    strm.next_out = packed.data();
    strm.avail_out = static_cast<uInt>(packed.size());
    std::size_t at = 0;
    while (flush_every != 0 && plain.size() - at > flush_every) {
        strm.next_in = plain.data() + at;
        strm.avail_in = static_cast<uInt>(flush_every);
        BOOST_REQUIRE_EQUAL(deflate(&strm, Z_SYNC_FLUSH), Z_OK);
        at += flush_every;
    }
    strm.next_in = plain.data() + at;
    strm.avail_in = static_cast<uInt>(plain.size() - at);
    BOOST_REQUIRE_EQUAL(deflate(&strm, Z_FINISH), Z_STREAM_END);
    packed.resize(strm.total_out);
    deflateEnd(&strm);
    return packed;
}

struct Boundary {
    std::uint64_t bit;
    std::size_t plain;
};

/// Where blocks begin, by inflate().
std::vector<Boundary> boundaries_of(const Bytes& packed, std::size_t plain_bytes) {
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(inflateInit2(&strm, -15), Z_OK);
    Bytes plain(plain_bytes + 1);
    strm.next_in = packed.data();
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(plain.size());
    std::vector<Boundary> found{{0, 0}};
    while (::inflate(&strm, Z_BLOCK) == Z_OK) {
        if ((strm.data_type & 128) != 0 && (strm.data_type & 64) == 0) {
            found.push_back(
                {std::uint64_t{strm.total_in} * 8 - static_cast<unsigned>(strm.data_type & 7),
                 static_cast<std::size_t>(strm.total_out)});
        }
    }
    inflateEnd(&strm);
    return found;
}

struct Input {
    explicit Input(Bytes bytes) : size(bytes.size()), memory(std::move(bytes)) {
        memory.resize(size + kInputSlackBytes, 0xff);
    }
    [[nodiscard]] PaddedInput view() const { return {memory.data(), size}; }
    std::size_t size;
    Bytes memory;
};

std::unique_ptr<warpz::inflate::Tables> make_tables() {
    return std::make_unique<warpz::inflate::Tables>();
}

/// Decodes from `begin` to the end of the stream and resolves with what precedes it.
Bytes decode_from(const Input& input, const Boundary& begin, const Bytes& plain) {
    std::vector<Symbol> symbols(kWindowBytes + plain.size() + kSymbolSlack);
    write_unknown_window(std::span<Symbol, kWindowBytes>(symbols.data(), kWindowBytes));
    const auto tables = make_tables();
    std::size_t done = 0;
    for (std::uint64_t bit = begin.bit;;) {
        const BlockResult result = decode_block(
            input.view(), bit, symbols.data() + kWindowBytes + done, plain.size() - done, *tables);
        const bool goes_on = result.outcome == BlockOutcome::kBoundary;
        BOOST_REQUIRE(goes_on || result.outcome == BlockOutcome::kLast);
        done += result.symbols;
        bit = result.next_bit;
        if (!goes_on) break;
    }
    Bytes window(kWindowBytes);
    const std::size_t have = std::min(begin.plain, kWindowBytes);
    std::copy_n(plain.begin() + static_cast<std::ptrdiff_t>(begin.plain - have), have,
                window.end() - static_cast<std::ptrdiff_t>(have));
    Bytes out(done);
    const std::span<const Symbol> all(symbols.data() + kWindowBytes, done);
    const MarkerResolver resolver(Window(window.data(), kWindowBytes));
    resolver.resolve(all, out.data());
    // The same in place, in two parts.
    auto* const place = reinterpret_cast<std::uint8_t*>(symbols.data() + kWindowBytes);
    const std::size_t half = done / 2;
    resolver.resolve(all.first(half), place);
    resolver.resolve(all.subspan(half), place + half);
    BOOST_TEST(std::equal(out.begin(), out.end(),
                          reinterpret_cast<const std::uint8_t*>(symbols.data() + kWindowBytes)));
    return out;
}

const int kLevels[] = {1, 6, 9};

}  // namespace

BOOST_AUTO_TEST_SUITE(marker_decoder)

BOOST_DATA_TEST_CASE(every_block_decodes_without_its_window,
                     boost::unit_test::data::make(warpz::test::kAllSamples) *
                         boost::unit_test::data::make(kLevels),
                     kind, level) {
    const Bytes plain = make_sample(kind, 600'000);
    const Bytes packed = pack(plain, level);
    const Input input(packed);
    const auto boundaries = boundaries_of(packed, plain.size());
    const std::size_t step = std::max<std::size_t>(1, boundaries.size() / 6);
    for (std::size_t i = 0; i < boundaries.size(); i += step) {
        const Bytes tail = decode_from(input, boundaries[i], plain);
        BOOST_TEST(tail.size() == plain.size() - boundaries[i].plain);
        BOOST_TEST(std::equal(tail.begin(), tail.end(),
                              plain.begin() + static_cast<std::ptrdiff_t>(boundaries[i].plain)));
    }
}

BOOST_DATA_TEST_CASE(fixed_and_flushed_blocks_too,
                     boost::unit_test::data::make({Z_FIXED, Z_RLE, Z_HUFFMAN_ONLY}), strategy) {
    const Bytes plain = make_sample(Sample::kMixed, 300'000);
    const Bytes packed = pack(plain, 6, strategy, 20'000);
    const Input input(packed);
    for (const Boundary& boundary : boundaries_of(packed, plain.size())) {
        const Bytes tail = decode_from(input, boundary, plain);
        BOOST_TEST(std::equal(tail.begin(), tail.end(),
                              plain.begin() + static_cast<std::ptrdiff_t>(boundary.plain),
                              plain.end()));
    }
}

BOOST_AUTO_TEST_CASE(short_input_is_asked_for) {
    const Bytes plain = make_sample(Sample::kText, 100'000);
    const Bytes packed = pack(plain, 6);
    std::vector<Symbol> symbols(kWindowBytes + plain.size() + kSymbolSlack);
    const auto tables = make_tables();
    const auto boundaries = boundaries_of(packed, plain.size());
    const std::size_t block_bytes = boundaries.size() > 1 ? boundaries[1].bit / 8 : packed.size();
    for (std::size_t size = 0; size < block_bytes; size += size < 200 ? 1 : 997) {
        const Input input(
            Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)));
        const BlockResult result =
            decode_block(input.view(), 0, symbols.data() + kWindowBytes, plain.size(), *tables);
        BOOST_TEST((result.outcome == BlockOutcome::kNeedInput), "size " << size);
    }
}

BOOST_AUTO_TEST_CASE(short_output_is_asked_for) {
    const Bytes plain = make_sample(Sample::kRuns, 50'000);
    const Input input(pack(plain, 6));
    const auto tables = make_tables();
    for (std::size_t size = 0; size < plain.size(); size += 1 + size / 3) {
        // The buffer ends where the contract says, for the sanitizer.
        std::vector<Symbol> symbols(kWindowBytes + size + kSymbolSlack);
        const BlockResult result =
            decode_block(input.view(), 0, symbols.data() + kWindowBytes, size, *tables);
        BOOST_TEST((result.outcome == BlockOutcome::kNeedOutput), "size " << size);
    }
}

BOOST_AUTO_TEST_CASE(the_last_marker_is_found) {
    std::vector<Symbol> symbols(1000, 7);
    BOOST_TEST(end_of_markers(symbols) == 0U);
    for (const std::size_t at : {0, 1, 63, 64, 500, 935, 936, 998, 999}) {
        symbols[at] = kFirstMarker;
        BOOST_TEST(end_of_markers(symbols) == at + 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Takes arbitrary bytes for the rest of a deflate stream: whatever the marker decoder makes of a block, inflate() makes of it
// with any window, and where one refuses it, so does the other. Starts that the finder names are tried as well.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "data_producer.hpp"
#include "parallel/block_finder.hpp"
#include "parallel/marker_resolver.hpp"
#include "parallel/member_scan.hpp"
#include "zlib.h"

using warpz::fuzz::DataProducer;
using namespace warpz::parallel;

namespace {

constexpr std::size_t kMaxPlain = std::size_t{1} << 18;

struct Scratch {
    std::vector<Symbol> symbols = std::vector<Symbol>(kWindowBytes + kMaxPlain + kSymbolSlack);
    std::unique_ptr<warpz::inflate::Tables> tables = std::make_unique<warpz::inflate::Tables>();
    std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(kMaxPlain);
    std::vector<std::uint8_t> resolved = std::vector<std::uint8_t>(kMaxPlain);
};

/// One block by inflate(), with a window.
struct Reference {
    BlockOutcome outcome = BlockOutcome::kBadData;
    std::uint64_t next_bit = 0;
    std::size_t made = 0;
};

Reference inflate_block(PaddedInput input, std::uint64_t at, std::span<const std::uint8_t> window,
                        std::vector<std::uint8_t>& plain, std::size_t capacity) {
    z_stream strm{};
    WARPZ_FUZZ_CHECK(inflateInit2(&strm, -15) == Z_OK);
    inflateSetDictionary(&strm, window.data(), static_cast<uInt>(window.size()));
    std::size_t next = at / 8;
    if (at % 8 != 0) {
        inflatePrime(&strm, static_cast<int>(8 - at % 8), input[next] >> at % 8);
        ++next;
    }
    strm.next_in = const_cast<Bytef*>(input.data() + next);
    strm.avail_in = static_cast<uInt>(input.size() - next);
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(capacity);
    const int code = inflate(&strm, Z_BLOCK);
    Reference result;
    result.made = capacity - strm.avail_out;
    const bool at_boundary = (strm.data_type & 128) != 0;
    if (code == Z_OK && at_boundary) {
        result.outcome = (strm.data_type & 64) != 0 ? BlockOutcome::kLast : BlockOutcome::kBoundary;
        result.next_bit = std::uint64_t{input.size() - strm.avail_in} * 8 -
                          static_cast<unsigned>(strm.data_type & 7);
    } else if (code == Z_OK || code == Z_BUF_ERROR) {
        result.outcome = strm.avail_out == 0 && strm.avail_in != 0 ? BlockOutcome::kNeedOutput
                                                                   : BlockOutcome::kNeedInput;
    }
    inflateEnd(&strm);
    return result;
}

void try_block(PaddedInput input, std::uint64_t at, std::uint8_t seed, Scratch& scratch) {
    write_unknown_window(std::span<Symbol, kWindowBytes>(scratch.symbols.data(), kWindowBytes));
    const BlockResult ours =
        decode_block(input, at, scratch.symbols.data() + kWindowBytes, kMaxPlain, *scratch.tables);
    std::array<std::uint8_t, kWindowBytes> window;
    for (std::size_t i = 0; i < window.size(); ++i)
        window[i] = static_cast<std::uint8_t>(seed + i * 7 + (i >> 8));
    const Reference theirs = inflate_block(input, at, window, scratch.plain, kMaxPlain);
    const bool is_whole =
        ours.outcome == BlockOutcome::kBoundary || ours.outcome == BlockOutcome::kLast;
    const bool is_theirs =
        theirs.outcome == BlockOutcome::kBoundary || theirs.outcome == BlockOutcome::kLast;
    WARPZ_FUZZ_EQUAL(is_whole, is_theirs);
    if (!is_whole) {
        // Where the input ends inside of a symbol that is wrong whatever follows, one of them may ask for more.
        if (ours.outcome == BlockOutcome::kBadData)
            WARPZ_FUZZ_CHECK(theirs.outcome == BlockOutcome::kBadData ||
                             theirs.outcome == BlockOutcome::kNeedInput);
        return;
    }
    WARPZ_FUZZ_CHECK(ours.outcome == theirs.outcome);
    WARPZ_FUZZ_EQUAL(ours.next_bit, theirs.next_bit);
    WARPZ_FUZZ_EQUAL(ours.symbols, theirs.made);
    const std::span<const Symbol> symbols(scratch.symbols.data() + kWindowBytes, ours.symbols);
    MarkerResolver(Window(window)).resolve(symbols, scratch.resolved.data());
    WARPZ_FUZZ_CHECK(std::equal(scratch.plain.begin(),
                                scratch.plain.begin() + static_cast<std::ptrdiff_t>(theirs.made),
                                scratch.resolved.begin()));
    const std::size_t end = end_of_markers(symbols);
    WARPZ_FUZZ_CHECK(std::all_of(symbols.begin() + static_cast<std::ptrdiff_t>(end), symbols.end(),
                                 [](Symbol symbol) { return symbol < kFirstMarker; }));
    WARPZ_FUZZ_CHECK(end == 0 || symbols[end - 1] >= kFirstMarker);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Scratch scratch;
    DataProducer choose(data, size);
    const std::uint8_t seed = choose.byte();
    const std::uint32_t skip = choose.below(16);
    // A block of its own, so that the sanitizer sees the end of the slack.
    std::vector<std::uint8_t> bytes(data, data + size);
    bytes.resize(size + kInputSlackBytes, seed);
    const PaddedInput input(bytes.data(), size);
    if (skip / 8 < size) try_block(input, skip, seed, scratch);
    std::uint64_t from = 0;
    for (int i = 0; i < 4; ++i) {
        const auto start = find_start(input, from, std::uint64_t{size} * 8);
        if (!start) break;
        WARPZ_FUZZ_CHECK(start->bit >= from && start->bit < std::uint64_t{size} * 8);
        if (start->kind == StartKind::kMember) {
            WARPZ_FUZZ_CHECK(start->bit % 8 == 0);
            WARPZ_FUZZ_CHECK(
                read_member_prefix(std::span(data, size).subspan(start->bit / 8)).has_value());
        } else {
            try_block(input, start->bit, seed, scratch);
        }
        from = start->bit + 1;
    }
    return 0;
}

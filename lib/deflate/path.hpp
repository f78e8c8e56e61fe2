// SPDX-License-Identifier: Zlib
// The cheapest way through a stretch of input, when it is known what each literal, length and distance costs: a shortest
// path, where a literal leads one position on and a match as many as it is long.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/match_tree.hpp"
#include "deflate/symbol_costs.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// What symbols cost, extra bits included, in parts of a bit.
struct PathCosts {
    static constexpr unsigned kPerBitLog2 = 6;

    std::array<std::uint32_t, 256> literal;
    std::array<std::uint32_t, rfc1951::kMaxMatch + 1> length;  ///< index 3..258
    std::array<std::uint32_t, rfc1951::kDistanceSymbols> distance;

    /// By how often symbols occurred, here or nearby: the entropy of their counts. What did not occur counts a little.
    void estimate(const std::uint32_t* counts) noexcept;
    /// For bytes of which nothing is known: their frequencies, and matches as they are in mixed data.
    void guess(const std::uint8_t* bytes, std::uint32_t count) noexcept;
};

/// Matches of consecutive positions in order: for each its matches by increasing length, then their number.
using MatchList = MatchWord;

struct Path {
    std::uint32_t* cost;  ///< per position, and one more: from it to the end
    MatchWord* step;      ///< per position: what leads on from it; of length 1 for a literal

    /// Finds the path through `bytes` of `count`; matches that go beyond are cut.
    ///
    /// matches_end  end of the last position's entry in the list of matches
    /// returns      the end of the entry before the first position's
    const MatchWord* find(const std::uint8_t* bytes, std::uint32_t count,
                          const MatchWord* matches_end, const PathCosts& costs) const noexcept;

    /// Adds the path's symbols to `counts`, of kPartSymbols.
    void count(const std::uint8_t* bytes, std::uint32_t count,
               std::uint32_t* counts) const noexcept;
};

}  // namespace warpz::deflate

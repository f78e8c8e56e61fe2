// SPDX-License-Identifier: Zlib
// What the parsers share: the window with its positions, the index of earlier positions, the tokens of the open block.
//
// Positions are offsets into the window buffer. Bytes [first, pos) are history, [pos, end) is input not yet parsed.
// When the buffer is full its content moves down by a multiple of the window size and every position with it; nothing
// that decides about the output may depend on when that happens, so that the bytes made do not depend on how the
// caller cuts his input.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "deflate/level_table.hpp"
#include "deflate/memory_layout.hpp"
#include "deflate/stretch.hpp"
#include "deflate/symbol_costs.hpp"
#include "deflate/tokens.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// Input that must follow a position for it to be parsed when more input may come: the longest match at the last position
/// of a stretch that begins there, and what is read beyond a match.
inline constexpr std::uint32_t kMinLookahead = kStretch + rfc1951::kMaxMatch + 8;
/// Positions beyond its limit that a parser may make tokens of.
inline constexpr std::uint32_t kParseOverrun = 2 * kStretch;
/// Bytes that are hashed at a position, and read for it.
inline constexpr std::uint32_t kHashBytes = 4;

/// What the index holds: nothing, buckets for stretches (one, two or four positions each, with a table of latest
/// positions beside them or not), or chains.
enum class IndexKind : std::uint8_t {
    kNone,
    kSingle,
    kPairs,
    kPairsAndLatest,
    kQuadsAndLatest,
    kChains
};

/// What a parser needs.
[[nodiscard]] constexpr IndexKind index_kind(Parser parser) noexcept {
    switch (parser) {
        case Parser::kStretch1:
            return IndexKind::kSingle;
        case Parser::kStretch2:
            return IndexKind::kPairs;
        case Parser::kStretch3:
            return IndexKind::kPairsAndLatest;
        case Parser::kStretch5:
        case Parser::kStretchText:
            return IndexKind::kQuadsAndLatest;
        case Parser::kLazy:
        case Parser::kDeepLazy:
        case Parser::kDeepLazy2:
            return IndexKind::kChains;
        case Parser::kStored:
        case Parser::kRle:
        case Parser::kHuffmanOnly:
            break;
    }
    return IndexKind::kNone;
}

/// True for the parsers of strategy_stretch.cpp.
[[nodiscard]] constexpr bool is_stretch_parser(Parser parser) noexcept {
    return parser >= Parser::kStretch1 && parser <= Parser::kStretchText;
}

struct ParseState {
    std::uint8_t* window;
    std::uint16_t* prev;   ///< per window position, masked: the position before it in its chain
    std::uint16_t* head4;  ///< per hash of 4 bytes: the latest position, 0 for none
    std::uint16_t* head3;  ///< per hash of 3 bytes
    Tokens tokens;

    std::uint32_t buffer_bytes;  ///< size of the window buffer
    std::uint32_t window_mask;   ///< window size - 1
    std::uint32_t max_distance;  ///< farthest match
    /// Sizes that memory was made for; what is in use may be smaller
    std::uint8_t head4_bits_full;
    std::uint8_t head3_bits_full;
    std::uint8_t head4_bits;
    std::uint8_t head3_bits;
    IndexKind index_kind;
    /// Many different literals: matches of 3 bytes pay, and are worth an index of their own
    bool prefers_three;

    std::uint32_t first;       ///< oldest position that may be matched
    std::uint32_t pos;         ///< next position to be searched
    std::uint32_t end;         ///< end of the input in the buffer
    std::uint32_t run_start;   ///< first literal that is not in tokens yet
    std::uint32_t index_next;  ///< next position to enter into the index, <= pos
    /// First byte of the open block; negative once it has left the buffer
    std::int32_t block_start;

    /// A match found at pos - held_age that waits whether the next position has a better one; length 0 for none.
    std::uint32_t held_length;
    std::uint32_t held_distance;
    std::uint32_t held_age;

    std::uint32_t min_length;  ///< shortest match that the strategy takes
    SymbolCosts costs;         ///< of the block's symbols, by those before
    SearchLimits limits;
    std::uint32_t effort;  ///< times limits.max_chain candidates are looked at
    std::uint32_t misses;  ///< positions searched in vain since the last match

    /// End of what is decided: literals and matches before it are final.
    [[nodiscard]] std::uint32_t token_pos() const noexcept { return pos - held_age; }
    [[nodiscard]] std::uint32_t block_bytes() const noexcept {
        return static_cast<std::uint32_t>(static_cast<std::int32_t>(token_pos()) - block_start);
    }
    /// True when the chains' place holds latest positions by hash of fewer bytes.
    [[nodiscard]] bool has_latest() const noexcept {
        return index_kind == IndexKind::kPairsAndLatest || index_kind == IndexKind::kQuadsAndLatest;
    }
    [[nodiscard]] unsigned latest_bits() const noexcept {
        return std::min<unsigned>(head4_bits, static_cast<unsigned>(std::bit_width(window_mask)));
    }
    [[nodiscard]] std::uint32_t lookahead() const noexcept { return end - pos; }

    /// Candidates at or below this position are out of reach from `at`.
    [[nodiscard]] std::uint32_t reach_limit(std::uint32_t at) const noexcept {
        const std::uint32_t by_distance = at > max_distance ? at - max_distance : 0;
        const std::uint32_t by_history = first > 0 ? first - 1 : 0;
        return by_distance > by_history ? by_distance : by_history;
    }

    /// Moves the pending literals into tokens, up to `upto`.
    void take_literals(std::uint32_t upto) noexcept {
        tokens.add_literals(window + run_start, upto - run_start);
        run_start = upto;
    }
    /// Ends the open run at `at` and takes a match there.
    void take_match(std::uint32_t at, std::uint32_t length, std::uint32_t distance) noexcept {
        take_literals(at);
        tokens.add_match(length, distance);
        run_start = at + length;
    }
};

/// A parser: works on positions from state.pos on until one is at or past `limit`, and records tokens.
///
/// limit     <= state.end when `is_tail`, else <= state.end - kMinLookahead; tokens has room for the bytes up to it
/// is_tail   no input follows state.end before the next flush point: matches end there
using ParseFunction = void (*)(ParseState& state, std::uint32_t limit, bool is_tail) noexcept;

/// The function for a parser that is not kStored, best for this CPU and the state's geometry.
[[nodiscard]] ParseFunction parse_function(Parser parser, const ParseState& state) noexcept;

// What parse_function() chooses from, by file.
[[nodiscard]] ParseFunction chains_function(Parser parser, const ParseState& state) noexcept;
[[nodiscard]] ParseFunction stretch_function(Parser parser) noexcept;
void parse_rle(ParseState& state, std::uint32_t limit, bool is_tail) noexcept;
void parse_huffman_only(ParseState& state, std::uint32_t limit, bool is_tail) noexcept;

}  // namespace warpz::deflate

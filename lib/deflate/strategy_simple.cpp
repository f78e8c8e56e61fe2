// SPDX-License-Identifier: Zlib
// The parsers that need no index: Z_RLE (matches at distance 1) and Z_HUFFMAN_ONLY (no matches).
#include <algorithm>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"

namespace warpz::deflate {

void parse_rle(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    const std::uint8_t* const window = s.window;
    std::uint32_t pos = std::max(s.pos, s.first);
    if (pos == s.first && pos < limit) ++pos;  // nothing stands before the first byte
    while (pos < limit) {
        const std::uint8_t* const here = window + pos;
        if (here[0] != here[-1]) {
            ++pos;
            continue;
        }
        std::uint32_t max = rfc1951::kMaxMatch;
        if (is_tail) max = std::min(max, s.end - pos);
        const std::uint32_t length = match_length(here, here - 1, 1, max);
        if (length >= rfc1951::kMinMatch) {
            s.take_match(pos, length, 1);
            pos += length;
        } else {
            pos += length;  // a run too short at its first byte is too short at its others
        }
    }
    s.pos = pos;
}

void parse_huffman_only(ParseState& s, std::uint32_t limit, bool) noexcept {
    s.pos = std::max(s.pos, limit);
}

}  // namespace warpz::deflate

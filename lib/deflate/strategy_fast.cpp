// SPDX-License-Identifier: Zlib
// The level 1 parser: one probe per position, greedy. Literals cost almost nothing here, because a run of them is
// copied as a whole when its match is found.
#include <algorithm>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"

namespace warpz::deflate {
namespace {

/// Positions entered from inside a match, at its start and at its end: enough for the next match to be found, a
/// fraction of the cost of entering all.
constexpr std::uint32_t kEnterHead = 4;

void parse_fast(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    const std::uint8_t* const window = s.window;
    std::uint16_t* const head = s.head4;
    const std::uint32_t mask = (1U << s.head4_bits) - 1;
    const std::uint32_t end = s.end;
    const std::uint32_t enter_end = end >= kHashBytes ? end - (kHashBytes - 1) : 0;
    const std::uint32_t floor = s.first > 0 ? s.first - 1 : 0;
    const std::uint32_t max_distance = s.max_distance;
    std::uint32_t pos = s.pos;

    auto slot = [&](std::uint32_t at) -> std::uint16_t& {
        return head[hash4(load_le<std::uint32_t>(window + at), mask)];
    };
    for (std::uint32_t at = s.index_next; at < std::min(pos, enter_end); ++at) {
        slot(at) = static_cast<std::uint16_t>(at);
    }

    const std::uint32_t search_end = std::min(limit, enter_end);
    while (pos < search_end) {
        const std::uint32_t bytes = load_le<std::uint32_t>(window + pos);
        std::uint16_t& entry = head[hash4(bytes, mask)];
        const std::uint32_t cand = entry;
        entry = static_cast<std::uint16_t>(pos);
        if (load_le<std::uint32_t>(window + cand) != bytes || cand <= floor ||
            pos - cand > max_distance) {
            ++pos;
            continue;
        }
        std::uint32_t max = rfc1951::kMaxMatch;
        if (is_tail) max = std::min(max, end - pos);
        const std::uint32_t length = match_length(window + pos, window + cand, kHashBytes, max);
        s.take_match(pos, length, pos - cand);
        const std::uint32_t next = pos + length;
        const std::uint32_t stop = std::min({pos + kEnterHead, next, enter_end});
        for (std::uint32_t at = pos + 1; at < stop; ++at) slot(at) = static_cast<std::uint16_t>(at);
        pos = next;
    }
    if (pos < limit) pos = limit;  // the last bytes before a flush point, too few to be hashed

    s.pos = pos;
    s.index_next = std::min(pos, std::max(s.index_next, enter_end));
}

}  // namespace

ParseFunction fast_function(const ParseState&) noexcept { return parse_fast; }

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// The parsers on hash chains: greedy (levels 2-4), lazy (5-7) and lazy with two positions of look-ahead (8-9).
#include <algorithm>
#include <bit>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"

namespace warpz::deflate {
namespace {

/// A 3-byte match farther away than this costs more than three literals (14-15 bits of distance alone).
constexpr std::uint32_t kMaxDistanceOf3 = 4096;

/// Whether `later`, found `age` positions after `held`, saves more than the literals it costs. A byte of length is
/// worth about four bits, a halving of the distance one.
[[nodiscard]] inline bool is_better(const Match& later, const Match& held,
                                    std::uint32_t age) noexcept {
    const int gain = 4 * (static_cast<int>(later.length) - static_cast<int>(held.length)) +
                     (std::bit_width(held.distance) - std::bit_width(later.distance));
    return gain > (age == 1 ? 2 : 6);
}

template <unsigned kLookAhead>
[[gnu::always_inline]] inline void parse_chains(ParseState& s, std::uint32_t limit,
                                                bool is_tail) noexcept {
    const ChainView chains(s);
    const SearchLimits limits = s.limits;
    const std::uint32_t end = s.end;
    const std::uint32_t enter_end = end >= kHashBytes ? end - (kHashBytes - 1) : 0;
    std::uint32_t pos = s.pos;
    std::uint32_t entered = s.index_next;
    Match held{s.held_length, s.held_distance};
    std::uint32_t age = s.held_age;

    auto enter_until = [&](std::uint32_t until) {
        for (const std::uint32_t stop = std::min(until, enter_end); entered < stop; ++entered)
            chains.enter(entered);
    };
    enter_until(pos);

    while (pos < limit) {
        std::uint32_t max = rfc1951::kMaxMatch;
        if (is_tail) max = std::min(max, end - pos);
        Match match{0, 0};
        if (max >= kHashBytes) [[likely]] {
            const ChainView::Heads heads =
                chains.enter(pos, load_le<std::uint32_t>(chains.window + pos));
            entered = pos + 1;
            if (pos + 1 < enter_end) chains.prefetch(pos + 1);
            const std::uint32_t nice = std::min(limits.nice_length, max);
            std::uint32_t best = s.min_length - 1;
            std::uint32_t depth = limits.max_chain;
            if (kLookAhead > 0 && held.length != 0) {
                best = held.length - 1;
                depth >>= age;
                if (held.length >= limits.good_length) depth >>= 2;
                depth = std::max(depth, 1U);
            }
            if (best < nice) {
                match = chains.longest(pos, heads, best, nice, max, depth, s.reach_limit(pos));
                if (match.length == 3 && match.distance > kMaxDistanceOf3) match.length = 0;
            }
        }

        std::uint32_t start = pos;
        if constexpr (kLookAhead == 0) {
            if (match.length == 0) {
                ++pos;
                continue;
            }
        } else {
            const bool is_improved =
                match.length != 0 && (held.length == 0 || is_better(match, held, age));
            if (is_improved) {
                if (match.length < limits.nice_length && match.length < limits.max_lazy) {
                    held = match;
                    age = 1;
                    ++pos;
                    continue;
                }
            } else if (held.length == 0) {
                ++pos;
                continue;
            } else if (age < kLookAhead) {
                ++age;
                ++pos;
                continue;
            } else {
                match = held;
                start = pos - age;
            }
            held.length = 0;
            age = 0;
        }
        s.take_match(start, match.length, match.distance);
        pos = start + match.length;
        enter_until(pos);
    }

    s.pos = pos;
    s.index_next = entered;
    s.held_length = held.length;
    s.held_distance = held.distance;
    s.held_age = age;
}

}  // namespace

void parse_greedy(ParseState& state, std::uint32_t limit, bool is_tail) noexcept {
    parse_chains<0>(state, limit, is_tail);
}
void parse_lazy(ParseState& state, std::uint32_t limit, bool is_tail) noexcept {
    parse_chains<1>(state, limit, is_tail);
}
void parse_lazy2(ParseState& state, std::uint32_t limit, bool is_tail) noexcept {
    parse_chains<2>(state, limit, is_tail);
}

}  // namespace warpz::deflate

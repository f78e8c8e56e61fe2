// SPDX-License-Identifier: Zlib
// The parsers on hash chains: lazy (levels 5-6), lazy with deep searches (7) and with two positions of look-ahead (8-9).
#include <algorithm>
#include <bit>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::deflate {
namespace {

/// After so many positions without a match, as in data that are compressed already, one more is left unsearched after
/// each, after twice as many two more, and so on.
constexpr std::uint32_t kManyMisses = 128;
constexpr std::uint32_t kMostUnsearched = 7;

/// Whether `later`, found `age` positions after `held`, saves more than the literals it costs. A byte of length is
/// worth about four bits, a halving of the distance one.
[[nodiscard]] inline bool is_better(const Match& later, const Match& held,
                                    std::uint32_t age) noexcept {
    const int gain = 4 * (static_cast<int>(later.length) - static_cast<int>(held.length)) +
                     (static_cast<int>(std::bit_width(held.distance)) -
                      static_cast<int>(std::bit_width(later.distance)));
    return gain > (age == 1 ? 2 : 6);
}

/// How a parser decides.
struct Manner {
    unsigned look_ahead;  ///< positions after a match at which a better one may be found
    bool is_deep;         ///< see ChainWalker::longest()
};
constexpr Manner kLazy{1, false};
constexpr Manner kDeepLazy{1, true};
constexpr Manner kDeepLazy2{2, true};

/// kIsTail     the input ends at state.end: matches are cut and the last bytes are not hashed
template <class Layout, Manner kManner, bool kIsTail>
[[gnu::always_inline]] inline void parse_chains(ParseState& s, std::uint32_t limit) noexcept {
    ChainWalker<Layout> chains(s);
    Tokens tokens = s.tokens;
    std::uint32_t run_start = s.run_start;
    const std::uint8_t* const window = s.window;
    const std::uint32_t min_best = std::max(s.min_length, s.costs.min_length()) - 1;
    const std::uint32_t max_distance = s.max_distance;
    const std::uint32_t floor = s.first > 0 ? s.first - 1 : 0;
    const SearchLimits limits = s.limits;
    const std::uint32_t max_chain = limits.max_chain * s.effort;
    const std::uint32_t end = s.end;
    const std::uint32_t enter_end = end >= kHashBytes ? end - (kHashBytes - 1) : 0;
    std::uint32_t pos = s.pos;
    std::uint32_t entered = s.index_next;
    Match held{s.held_length, s.held_distance};
    std::uint32_t age = s.held_age;
    std::uint32_t misses = s.misses;

    // Enters positions up to `until`; afterwards the hashes of `entered` are at hand where it can be entered.
    auto enter_until = [&](std::uint32_t until) {
        const std::uint32_t stop = std::min(until, enter_end);
        while (entered < stop) chains.insert(entered++);
        if (!kIsTail || entered < enter_end) chains.look_ahead(entered);
        chains.prefetch_next();
    };
    // Leaves a position without a match, and, where none has been found for long, some after it unsearched.
    auto pass = [&]() {
        ++pos;
        if (kManner.is_deep || ++misses < kManyMisses) [[likely]]
            return;
        pos += std::min(misses / kManyMisses, kMostUnsearched);
        if (kIsTail) pos = std::min(pos, end);
        enter_until(pos);
    };
    if (entered < enter_end) chains.look_ahead(entered);
    enter_until(pos);

    while (pos < limit) {
        std::uint32_t max = rfc1951::kMaxMatch;
        if (kIsTail) max = std::min(max, end - pos);
        Match match{0, 0};
        if (!kIsTail || max >= kHashBytes) [[likely]] {
            const auto heads = chains.enter(pos);
            entered = pos + 1;
            if (!kIsTail || entered < enter_end) {
                chains.look_ahead(entered);
                chains.prefetch_next();
            }
            const std::uint32_t nice = std::min(limits.nice_length, max);
            std::uint32_t best = min_best;
            std::uint32_t depth = max_chain;
            if (held.length != 0) {
                best = held.length - 1;
                depth >>= age;
                if (held.length >= limits.good_length) depth >>= 2;
                depth = std::max(depth, 1U);
            }
            if (best < nice) {
                match = chains.template longest<kManner.is_deep>(
                    pos, heads, best, nice, max, depth, pos - std::min(pos - floor, max_distance));
                if (match.length != 0 && match.length <= SymbolCosts::kLongestDoubtful &&
                    !s.costs.is_worthwhile(window + pos, match.length, match.distance)) {
                    match.length = 0;
                }
            }
        }

        std::uint32_t start = pos;
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
            pass();
            continue;
        } else if (age < kManner.look_ahead) {
            ++age;
            ++pos;
            continue;
        } else {
            match = held;
            start = pos - age;
        }
        held.length = 0;
        age = 0;
        tokens.add_literals(window + run_start, start - run_start);
        tokens.add_match(match.length, match.distance);
        pos = start + match.length;
        misses = 0;
        run_start = pos;
        enter_until(pos);
    }

    s.tokens = tokens;
    s.run_start = run_start;
    s.pos = pos;
    s.index_next = entered;
    s.held_length = held.length;
    s.held_distance = held.distance;
    s.held_age = age;
    s.misses = misses;
}

template <class Layout, Manner kManner>
[[gnu::always_inline]] inline void parse_chains(ParseState& s, std::uint32_t limit,
                                                bool is_tail) noexcept {
    if (is_tail) {
        parse_chains<Layout, kManner, true>(s, limit);
    } else {
        parse_chains<Layout, kManner, false>(s, limit);
    }
}

template <Manner kManner>
void parse_any(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    parse_chains<AnyLayout, kManner, true>(s, limit);
    (void)is_tail;
}

template <Manner kManner>
void parse_default(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    parse_chains<DefaultLayout, kManner>(s, limit, is_tail);
}

#if defined(__x86_64__)
template <Manner kManner>
[[gnu::target("bmi,bmi2,lzcnt")]] void parse_default_bmi2(ParseState& s, std::uint32_t limit,
                                                          bool is_tail) noexcept {
    parse_chains<DefaultLayout, kManner>(s, limit, is_tail);
}
#endif

template <Manner kManner>
ParseFunction choose(const ParseState& state) noexcept {
    if (!DefaultLayout::fits(state)) return parse_any<kManner>;
#if defined(__x86_64__)
    if (kernels::cpu().bmi2) return parse_default_bmi2<kManner>;
#endif
    return parse_default<kManner>;
}

}  // namespace

ParseFunction chains_function(Parser parser, const ParseState& state) noexcept {
    switch (parser) {
        case Parser::kDeepLazy:
            return choose<kDeepLazy>(state);
        case Parser::kDeepLazy2:
            return choose<kDeepLazy2>(state);
        default:
            return choose<kLazy>(state);
    }
}

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// The level 1 parser: one probe per position, greedy. What it costs is mispredicted branches, two or three for each match:
// literals are copied as whole runs, lengths are found 16 or 32 bytes at a time, and the positions inside a match are
// entered by a fixed pattern.
#include <algorithm>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::deflate {
namespace {

/// Positions entered from inside a match, counted from its second byte: enough for the next match to be found, a
/// fraction of the cost of entering all. Less than kMinLength, so that they lie inside every match.
constexpr std::uint32_t kEnterInside = 3;
/// The shortest match taken: what is hashed.
constexpr std::uint32_t kMinLength = 4;
static_assert(kEnterInside < kMinLength && kMinLength == kHashBytes);

template <class Layout, bool kIsTail>
[[gnu::always_inline]] inline void parse_fast(ParseState& s, std::uint32_t limit) noexcept {
    const Layout layout(s);
    const std::uint32_t mask = (1U << s.head4_bits) - 1;
    const std::uint32_t end = s.end;
    const std::uint32_t enter_end = end >= kHashBytes ? end - (kHashBytes - 1) : 0;
    const std::uint32_t floor = s.first > 0 ? s.first - 1 : 0;
    const std::uint32_t max_distance = s.max_distance;
    Tokens tokens = s.tokens;
    std::uint32_t run_start = s.run_start;
    std::uint32_t pos = s.pos;

    auto enter = [&](std::uint32_t at) {
        const auto bytes = load_le<std::uint32_t>(layout.window() + at);
        layout.head4()[hash4(bytes, mask)] = static_cast<std::uint16_t>(at);
    };
    for (std::uint32_t at = s.index_next; at < std::min(pos, enter_end); ++at) enter(at);

    const std::uint32_t search_end = kIsTail ? std::min(limit, enter_end) : limit;
    while (pos < search_end) {
        const std::uint8_t* const here = layout.window() + pos;
        const auto bytes = load_le<std::uint32_t>(here);
        std::uint16_t& head = layout.head4()[hash4(bytes, mask)];
        const std::uint32_t cand = head;
        head = static_cast<std::uint16_t>(pos);
        const std::uint8_t* const there = layout.window() + cand;
        if (load_le<std::uint32_t>(there) != bytes || cand <= floor || pos - cand > max_distance) {
            ++pos;
            continue;
        }
        const std::uint32_t max =
            kIsTail ? std::min(rfc1951::kMaxMatch, end - pos) : rfc1951::kMaxMatch;
        const std::uint32_t length = match_length(here, there, kMinLength, max);
        tokens.add_literals(layout.window() + run_start, pos - run_start);
        tokens.add_match(length, pos - cand);
        for (std::uint32_t inside = 1; inside <= kEnterInside; ++inside) {
            if (!kIsTail || pos + inside < enter_end) enter(pos + inside);
        }
        pos += length;
        run_start = pos;
    }
    if (kIsTail && pos < limit) pos = limit;  // too few bytes to be hashed

    s.tokens = tokens;
    s.run_start = run_start;
    s.pos = pos;
    s.index_next = std::min(pos, std::max(s.index_next, enter_end));
}

void parse_any(ParseState& s, std::uint32_t limit, bool) noexcept {
    parse_fast<AnyLayout, true>(s, limit);
}

void parse_default(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    is_tail ? parse_fast<DefaultLayout, true>(s, limit)
            : parse_fast<DefaultLayout, false>(s, limit);
}

#if defined(__x86_64__)
[[gnu::target("bmi,bmi2,lzcnt")]] void parse_default_bmi2(ParseState& s, std::uint32_t limit,
                                                          bool is_tail) noexcept {
    is_tail ? parse_fast<DefaultLayout, true>(s, limit)
            : parse_fast<DefaultLayout, false>(s, limit);
}
#endif

}  // namespace

ParseFunction fast_function(const ParseState& state) noexcept {
    if (!DefaultLayout::fits(state)) return parse_any;
#if defined(__x86_64__)
    if (kernels::cpu().bmi2) return parse_default_bmi2;
#endif
    return parse_default;
}

}  // namespace warpz::deflate

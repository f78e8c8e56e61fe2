// SPDX-License-Identifier: Zlib
#include "deflate/optimal_parser.hpp"

#include <algorithm>

namespace warpz::deflate {
namespace {

/// Tokens that make a part of the section: its blocks are made of these.
constexpr std::uint32_t kPartTokens = 1024;

}  // namespace

/// Lists the matches of all positions from state.pos on, up to `end` or where the list is full: returns where.
std::uint32_t OptimalParser::find_matches(ParseState& s, std::uint32_t end) noexcept {
    const std::uint8_t* const window = s.window;
    MatchTrees::Search search{0, 0, s.limits.nice_length, s.limits.max_chain};
    const std::uint32_t room = MatchTrees::most_matches(search.depth) + 1;
    const std::uint32_t visit_end =
        end >= MatchTrees::kReadBytes ? end - (MatchTrees::kReadBytes - 1) : 0;
    auto aim = [&](std::uint32_t at) {
        search.reach = std::min(s.max_distance, at - s.first);
        search.max = std::min(rfc1951::kMaxMatch, end - at);
    };
    for (; s.index_next < std::min(s.pos, visit_end); ++s.index_next) {
        aim(s.index_next);
        (void)trees_.visit<false>(window + s.index_next, search, nullptr);
    }

    MatchWord* list = list_.data();
    const MatchWord* const list_limit = list + list_.size();
    std::uint32_t at = s.pos;
    while (at < end && list + room <= list_limit) {
        if (at >= visit_end) {
            *list++ = MatchWord{0};
            ++at;
            continue;
        }
        aim(at);
        MatchWord* const matches = list;
        list = trees_.visit<true>(window + at, search, list);
        const auto count = static_cast<std::uint32_t>(list - matches);
        const std::uint32_t longest = count != 0 ? list[-1].length() : 0;
        *list++ = MatchWord{count};
        ++at;
        if (longest < s.limits.nice_length) continue;
        // Nothing that begins inside a match as long as this is worth looking for.
        const std::uint32_t stop = at + longest - 1;
        for (; at < stop && list < list_limit; ++at) {
            if (at < visit_end) {
                aim(at);
                (void)trees_.visit<false>(window + at, search, nullptr);
            }
            *list++ = MatchWord{0};
        }
    }
    s.index_next = std::max(s.index_next, std::min(at, visit_end));
    list_size_ = static_cast<std::size_t>(list - list_.data());
    return at;
}

/// Makes tokens of the path through [begin, end). Every `part_tokens` tokens the splitter is shown a part.
void OptimalParser::take_path(ParseState& s, std::uint32_t begin, std::uint32_t end,
                              BlockSplitter& splitter, std::uint32_t part_tokens) noexcept {
    const MatchWord* const steps = step_.data();
    std::uint32_t fresh = 0;
    for (std::uint32_t at = begin; at < end; ++fresh) {
        const MatchWord step = steps[at - section_start_];
        const std::uint32_t length = step.length();
        if (length != 1) s.take_match(at, length, step.distance());
        at += length;
        if (fresh < part_tokens) continue;
        if (length == 1) s.take_literals(at);
        splitter.observe(s.tokens, at - section_start_, 1);
        fresh = 0;
    }
    s.take_literals(end);
}

void OptimalParser::parse(ParseState& s, BlockSplitter& splitter, std::uint32_t end) noexcept {
    const std::uint32_t start = s.pos;
    section_start_ = start;
    end = find_matches(s, end);
    const std::uint32_t size = end - start;
    const std::uint8_t* const bytes = s.window + start;

    PathCosts costs;
    const Path whole = path_from(0);
    if (has_counts_) {
        costs.estimate(counts_.data());
    } else {
        costs.guess(bytes, size);
        (void)whole.find(bytes, size, list_end(), costs);
        counts_.fill(0);
        whole.count(bytes, size, counts_.data());
        costs.estimate(counts_.data());
    }
    (void)whole.find(bytes, size, list_end(), costs);
    take_path(s, start, end, splitter, kPartTokens);
    splitter.settle(s.tokens, size);

    // Where blocks end, and what is in them, by this path; then a path for each, from the last one back.
    const unsigned blocks = splitter.block_count();
    std::array<std::uint32_t, MemoryLayout::kSectionParts + 1> ends;
    const MatchWord* list = list_end();
    const unsigned passes = s.limits.max_lazy;
    for (unsigned i = blocks; i-- != 0;) {
        const std::uint32_t block_end = i + 1 < blocks ? splitter.block_end(i) : size;
        const std::uint32_t block_start = i != 0 ? splitter.block_end(i - 1) : 0;
        const std::uint32_t block_size = block_end - block_start;
        const Path path = path_from(block_start);
        const MatchWord* list_before = list;
        for (unsigned pass = 1; pass < passes; ++pass) {
            counts_.fill(0);
            path.count(bytes + block_start, block_size, counts_.data());
            costs.estimate(counts_.data());
            list_before = path.find(bytes + block_start, block_size, list, costs);
        }
        list = list_before;
        ends[i] = block_end;
    }

    s.tokens.clear();
    s.run_start = start;
    splitter.reset();
    std::uint32_t block_start = 0;
    counts_.fill(0);
    for (unsigned i = 0; i < blocks; ++i) {
        take_path(s, start + block_start, start + ends[i], splitter, BlockSplitter::kMostTokens);
        if (i + 1 < blocks) splitter.observe(s.tokens, ends[i], 1);
        path_from(block_start).count(bytes + block_start, ends[i] - block_start, counts_.data());
        block_start = ends[i];
    }
    splitter.settle_as_observed(s.tokens, size);
    has_counts_ = true;
    s.pos = end;
}

}  // namespace warpz::deflate

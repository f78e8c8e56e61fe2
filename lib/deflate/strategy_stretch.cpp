// SPDX-License-Identifier: Zlib
// The parser of the fast levels: a walk over stretches of 64 positions that have all been looked up before the first of
// them is decided. What a parser that searches position by position pays for is waiting: one search begins where the
// last match ends, and half of the branches on the way are guessed wrong.
#include <algorithm>

#include "deflate/match_finder.hpp"
#include "deflate/parse_state.hpp"
#include "deflate/stretch_body.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::deflate {
namespace {

/// Bytes that must follow a position for it to be entered, whatever is hashed.
constexpr std::uint32_t kMaxHashBytes = 5;
/// Positions entered before one at which the stretches start anew.
constexpr std::uint32_t kEnterBefore = 4;

template <Ways kWays>
class StretchParser {
  public:
    StretchParser(ParseState& s, bool is_tail) noexcept
        : s_(s), kernel_(stretch_kernel(kWays)), is_tail_(is_tail) {
        const bool has_latest = s.has_latest();
        index_ = {.window = s.window,
                  .buckets = s.head4,
                  .hash_bytes = has_latest        ? 5U
                                : s.prefers_three ? 3U
                                                  : 4U,
                  .bucket_shift = 32U - (s.head4_bits - static_cast<unsigned>(kWays)),
                  .latest = has_latest ? s.prev : nullptr,
                  .latest_hash_bytes = s.prefers_three ? 3U : 4U,
                  .latest_shift = 32U - s.latest_bits(),
                  .floor = static_cast<std::uint16_t>(s.first > 0 ? s.first - 1 : 0),
                  .max_distance = static_cast<std::uint16_t>(s.max_distance),
                  .min_length = static_cast<std::uint16_t>(
                      std::max({s.min_length, s.costs.min_length(), s.prefers_three ? 3U : 4U}))};
        std::memset(stretches_[0].length + kStretch, 0, sizeof stretches_[0].length - kStretch);
        std::memset(stretches_[1].length + kStretch, 0, sizeof stretches_[1].length - kStretch);
    }

    [[gnu::always_inline]] inline void run(std::uint32_t limit) noexcept {
        const std::uint32_t hash_end = s_.end > kMaxHashBytes ? s_.end - kMaxHashBytes + 1 : 0;
        // Stretches up to here have all the bytes that a kernel reads.
        const std::uint32_t whole_end =
            is_tail_ ? (s_.end > kReadAhead ? s_.end - kReadAhead : 0) : limit;
        std::uint32_t pos = s_.pos;
        std::uint32_t entered = s_.index_next;  // all before it are entered, or will not be
        auto enter_before = [&](std::uint32_t upto) {
            upto = std::min(upto, hash_end);
            const std::uint32_t from = upto > kEnterBefore ? upto - kEnterBefore : 0;
            for (std::uint32_t at = std::max(entered, from); at < upto; ++at) enter(at);
        };

        for (; entered < std::min(pos, hash_end); ++entered) enter(entered);

        unsigned current = 0;
        std::uint32_t start = pos;  // of the current stretch
        std::uint64_t begins = 0;
        bool is_judged = false;
        bool was_overrun = false;
        while (pos < limit || is_judged) {
            const Stretch& stretch = stretches_[current];
            const std::uint32_t next = start + kStretch;
            std::uint64_t next_begins = 0;
            if (is_judged || start < whole_end) {
                if (!is_judged) {
                    enter_before(start);
                    begins = judge(start, current);
                }
                // The next stretch is judged ahead: its stores and loads then wait for each other while this one is walked.
                is_judged = !was_overrun && next < whole_end && next < limit;
                if (is_judged) next_begins = judge(next, current ^ 1);
                entered = next + (is_judged ? kStretch : 0);
            } else {
                enter_before(start);
                const std::uint32_t left = s_.end - start;
                const std::uint32_t count =
                    start < hash_end ? std::min(kStretch, hash_end - start) : 0;
                begins = judge_tail(kWays, index_, start, count, left, stretches_[current]);
                entered = std::max(entered, start + count);
                is_judged = false;
            }
            begins &= ~std::uint64_t{0} << (pos - start);
            pos = std::max(walk(stretch, start, begins), std::min(next, s_.end));
            was_overrun = pos >= next + kStretch;
            if (is_judged && !was_overrun) {
                current ^= 1;
                start = next;
                begins = next_begins;
            } else {
                is_judged = false;
                start = pos;
            }
        }
        s_.pos = pos;
        s_.index_next = std::min(pos, entered);
    }

  private:
    void enter(std::uint32_t pos) noexcept { stretch_body::enter_all<kWays>(index_, pos); }

    [[nodiscard]] std::uint64_t judge(std::uint32_t start, unsigned which) noexcept {
        kernel_.look_up(index_, start, stretches_[which]);
        return kernel_.judge(index_, start, stretches_[which]);
    }

    static constexpr std::uint32_t kReadAhead = kStretch + 40;

    /// Takes the matches that begin in a stretch. Returns where the last of them ends, or `start`.
    [[gnu::always_inline]] inline std::uint32_t walk(const Stretch& stretch, std::uint32_t start,
                                                     std::uint64_t begins) noexcept {
        const std::uint8_t* const base = s_.window + start;
        const std::uint8_t* run = s_.window + s_.run_start;
        Tokens tokens = s_.tokens;
        std::uint32_t i = 0;
        while (begins != 0) {
            i = static_cast<std::uint32_t>(std::countr_zero(begins));
            std::uint32_t length = stretch.length[i];
            const std::uint32_t distance = stretch.distance[i];
            const std::uint8_t* const at = base + i;
            if (length == kComparedBytes) [[unlikely]] {
                const std::uint32_t max = is_tail_
                                              ? std::min(rfc1951::kMaxMatch, s_.end - start - i)
                                              : rfc1951::kMaxMatch;
                length = match_length(at, at - distance, kComparedBytes, max);
            }
            tokens.add_literals(run, static_cast<std::uint32_t>(at - run));
            tokens.add_match(length, distance);
            run = at + length;
            i += length;
            if (i >= kStretch) break;
            begins &= ~std::uint64_t{0} << i;
        }
        s_.tokens = tokens;
        s_.run_start = static_cast<std::uint32_t>(run - s_.window);
        return start + i;
    }

    ParseState& s_;
    StretchKernel kernel_;
    bool is_tail_;
    StretchIndex index_;
    Stretch stretches_[2];
};

template <Ways kWays>
void parse(ParseState& s, std::uint32_t limit, bool is_tail) noexcept {
    StretchParser<kWays>(s, is_tail).run(limit);
}
#if defined(__x86_64__)
template <Ways kWays>
[[gnu::target("bmi,bmi2,lzcnt")]] void parse_bmi2(ParseState& s, std::uint32_t limit,
                                                  bool is_tail) noexcept {
    StretchParser<kWays>(s, is_tail).run(limit);
}
#endif

template <Ways kWays>
ParseFunction best_parse() noexcept {
#if defined(__x86_64__)
    if (kernels::cpu().bmi2) return parse_bmi2<kWays>;
#endif
    return parse<kWays>;
}

}  // namespace

ParseFunction stretch_function(Parser parser) noexcept {
    switch (parser) {
        case Parser::kStretch2:
            return best_parse<Ways::kTwo>();
        case Parser::kStretch3:
            return best_parse<Ways::kTwo>();
        case Parser::kStretch5:
        case Parser::kStretchText:
            return best_parse<Ways::kFour>();
        default:
            return best_parse<Ways::kOne>();
    }
}

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Binary trees over the last 32 KiB of input, one for each hash of four bytes, for a parser that weighs all matches of a
// position against each other: a search meets, from near to far, every candidate that is longer than all before it. A
// search also makes its position the root of its tree, so each position is visited once and in order.
//
// A position is its offset in the stream modulo 2^16. Links are followed only to positions within the window, and no
// link is older than 2^16 positions: heads are aged every window, and a node in the window links to nodes that were in
// the window when it came.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/bytes.hpp"
#include "deflate/match_finder.hpp"

namespace warpz::deflate {

/// A match in one word, with the symbol of its distance at hand: a parser asks for its cost several times.
class MatchWord {
  public:
    constexpr MatchWord() noexcept = default;
    explicit constexpr MatchWord(std::uint32_t word) noexcept : word_(word) {}
    constexpr MatchWord(std::uint32_t length, std::uint32_t distance) noexcept
        : word_(length | ((distance - 1) << kLengthBits) |
                (symbol_of(distance) << (kLengthBits + kDistanceBits))) {}

    [[nodiscard]] constexpr std::uint32_t word() const noexcept { return word_; }
    [[nodiscard]] constexpr std::uint32_t length() const noexcept {
        return word_ & ((1U << kLengthBits) - 1);
    }
    [[nodiscard]] constexpr std::uint32_t distance() const noexcept {
        return ((word_ >> kLengthBits) & ((1U << kDistanceBits) - 1)) + 1;
    }
    [[nodiscard]] constexpr std::uint32_t distance_symbol() const noexcept {
        return word_ >> (kLengthBits + kDistanceBits);
    }
    /// The first `length` bytes of this match.
    [[nodiscard]] constexpr MatchWord with_length(std::uint32_t length) const noexcept {
        return MatchWord{(word_ & ~((1U << kLengthBits) - 1)) | length};
    }

  private:
    static constexpr unsigned kLengthBits = 9;
    static constexpr unsigned kDistanceBits = 15;

    [[nodiscard]] static constexpr std::uint32_t symbol_of(std::uint32_t distance) noexcept {
        const std::uint32_t less1 = distance - 1;
        if (less1 < 2) return less1;
        const auto width = static_cast<unsigned>(std::bit_width(less1));
        return 2 * (width - 1) + ((less1 >> (width - 2)) & 1);
    }

    std::uint32_t word_ = 0;
};
static_assert(MatchWord(258, 32768).distance_symbol() == 29 && MatchWord(3, 4).distance() == 4);

class MatchTrees {
  public:
    static constexpr std::uint32_t kWindowBytes = 32768;
    /// Bytes that are read at a position; the last positions of the input before that are not visited.
    static constexpr std::uint32_t kReadBytes = 5;
    /// Most matches that one search records: one of three bytes, and longer ones up to `depth`.
    [[nodiscard]] static constexpr std::uint32_t most_matches(std::uint32_t depth) noexcept {
        return std::min(depth + 1, 256U);
    }

    /// Forgets everything; `next` is the stream offset visited next.
    void clear(std::uint32_t next) noexcept {
        const std::uint16_t dead = dead_link(next & ~(kWindowBytes - 1));
        heads4_.fill(dead);
        heads3_.fill(dead);
        next_ = next;
    }

    /// Stream offset of the position visited next, modulo 2^32.
    [[nodiscard]] std::uint32_t next() const noexcept { return next_; }

    struct Search {
        std::uint32_t reach;  ///< greatest distance, < kWindowBytes
        std::uint32_t max;    ///< bytes that may be compared, >= kReadBytes
        std::uint32_t nice;   ///< a match this long ends the search; the same for all searches
        std::uint32_t depth;  ///< candidates to look at
    };

    /// Visits the next position, which is at `here`.
    ///
    /// matches  receives matches of increasing length, most_matches(depth) at most, when `kRecords`
    /// returns  the end of what was written there
    template <bool kRecords>
    MatchWord* visit(const std::uint8_t* here, const Search& search, MatchWord* matches) noexcept {
        const std::uint32_t bytes = load_le<std::uint32_t>(here);
        const auto now = static_cast<std::uint16_t>(next_);
        if ((next_ & (kWindowBytes - 1)) == 0) age_heads(now);
        ++next_;

        std::uint32_t node = heads4_[top_hash4(bytes, 32 - kHead4Bits)];
        heads4_[top_hash4(bytes, 32 - kHead4Bits)] = now;
        std::uint16_t* const heads3 = &heads3_[2 * top_hash3(bytes, 32 - kHead3Bits)];
        const std::uint32_t recent3[2] = {heads3[0], heads3[1]};
        heads3[1] = heads3[0];
        heads3[0] = now;
        const std::uint32_t upcoming = load_le<std::uint32_t>(here + 1);
        __builtin_prefetch(&heads4_[top_hash4(upcoming, 32 - kHead4Bits)], 1);
        __builtin_prefetch(&heads3_[2 * top_hash3(upcoming, 32 - kHead3Bits)], 1);

        std::uint32_t best = 3;
        if constexpr (kRecords) {
            for (const std::uint32_t head : recent3) {
                const std::uint32_t distance = (now - head) & 0xffff;
                if (distance - 1 < search.reach &&
                    ((load_le<std::uint32_t>(here - distance) ^ bytes) << 8) == 0) {
                    *matches++ = MatchWord(3, distance);
                    break;
                }
            }
        }

        // Where the subtrees of what is smaller, and greater, than the bytes here will hang.
        std::uint16_t* smaller = children_of(now);
        std::uint16_t* greater = smaller + 1;
        std::uint32_t smaller_length = 0;  // bytes that all of it shares with those here
        std::uint32_t greater_length = 0;
        for (std::uint32_t depth = search.depth;; --depth) {
            const std::uint32_t distance = (now - node) & 0xffff;
            if (distance - 1 >= search.reach || depth == 0) {
                *smaller = *greater = dead_link(now);
                return matches;
            }
            const std::uint8_t* const there = here - distance;
            std::uint16_t* const children = children_of(node);
            const std::uint32_t length =
                match_length(here, there, std::min(smaller_length, greater_length), search.max);
            if (length > best) {
                best = length;
                if constexpr (kRecords) *matches++ = MatchWord(length, distance);
            }
            if (length >= search.nice) {
                // It is as good as the same: trees are in the order of as many bytes, and the new position takes its
                // place. It must not inherit a link out of the window, which would come into reach again.
                auto inherited = [&](std::uint16_t link) {
                    const std::uint32_t age = (now - link) & 0xffffU;
                    return age - 1 < search.reach ? link : dead_link(now);
                };
                *smaller = inherited(children[0]);
                *greater = inherited(children[1]);
                return matches;
            }
            if (length == search.max) {
                // What follows is not known, nor then where this candidate and those below it belong.
                *smaller = *greater = dead_link(now);
                return matches;
            }
            const auto link = static_cast<std::uint16_t>(node);
            if (there[length] < here[length]) {
                *smaller = link;
                smaller = &children[1];
                smaller_length = length;
                node = *smaller;
            } else {
                *greater = link;
                greater = &children[0];
                greater_length = length;
                node = *greater;
            }
        }
    }

  private:
    static constexpr unsigned kHead4Bits = 16;
    static constexpr unsigned kHead3Bits = 15;

    /// A position that is out of reach from `now` and from the window after it.
    [[nodiscard]] static std::uint16_t dead_link(std::uint32_t now) noexcept {
        return static_cast<std::uint16_t>(now ^ kWindowBytes);
    }

    [[nodiscard]] std::uint16_t* children_of(std::uint32_t position) noexcept {
        return &children_[2 * (position & (kWindowBytes - 1))];
    }

    /// Keeps heads that have left the window out of reach for another window: `now` and the positions after it would else
    /// be fewer than 2^16 from them again.
    void age_heads(std::uint16_t now) noexcept {
        const std::uint16_t dead = dead_link(now);
        auto age = [&](std::uint16_t& head) {
            const auto distance = static_cast<std::uint16_t>(now - head);
            head = distance - 1U >= kWindowBytes - 1U ? dead : head;
        };
        for (std::uint16_t& head : heads4_) age(head);
        for (std::uint16_t& head : heads3_) age(head);
    }

    std::array<std::uint16_t, std::size_t{1} << kHead4Bits> heads4_;
    std::array<std::uint16_t, std::size_t{2} << kHead3Bits> heads3_;  // the last two for each hash
    std::array<std::uint16_t, std::size_t{2} * kWindowBytes> children_;
    std::uint32_t next_;
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Hash chains over the window: chains of positions whose first four bytes share a hash, and the latest position for
// each hash of three bytes (binaries are full of 3-byte matches; a chain for them would be too long to walk).
#pragma once

#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.hpp"
#include "deflate/parse_state.hpp"

namespace warpz::deflate {

struct Match {
    std::uint32_t length;  ///< 0 for none
    std::uint32_t distance;
};

/// Index of four bytes (as loaded little-endian) in a table of mask + 1 <= 2^16 entries: bits 16 and up of their product
/// with 2^32 / golden ratio.
[[nodiscard]] inline std::uint32_t hash4(std::uint32_t bytes, std::uint32_t mask) noexcept {
    return ((bytes * 0x9e3779b1U) >> 16) & mask;
}
/// Index of four bytes in a table of 2^(32 - shift) entries: the top bits of the same product, which depend on all of
/// its factors' bits.
[[nodiscard]] inline std::uint32_t top_hash4(std::uint32_t bytes, std::uint32_t shift) noexcept {
    return (bytes * 0x9e3779b1U) >> shift;
}
/// The same of the first three of the four bytes.
[[nodiscard]] inline std::uint32_t top_hash3(std::uint32_t bytes, std::uint32_t shift) noexcept {
    return ((bytes << 8) * 0x9e3779b1U) >> shift;
}

/// Number of equal bytes at a and b, which are known to agree in the first `from`; at most `max`. Reads stay within
/// `max` bytes of both.
[[nodiscard]] inline std::uint32_t match_length(const std::uint8_t* a, const std::uint8_t* b,
                                                std::uint32_t from, std::uint32_t max) noexcept {
    std::uint32_t length = from;
#if defined(__SSE2__)
    while (length + 16 <= max) {
        const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + length));
        const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + length));
        const auto equal =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)));
        if (equal != 0xffff) return length + static_cast<std::uint32_t>(std::countr_one(equal));
        length += 16;
    }
#endif
    while (length + 8 <= max) {
        const std::uint64_t difference =
            load_le<std::uint64_t>(a + length) ^ load_le<std::uint64_t>(b + length);
        if (difference != 0)
            return length + (static_cast<std::uint32_t>(std::countr_zero(difference)) >> 3);
        length += 8;
    }
    while (length < max && a[length] == b[length]) ++length;
    return length;
}

/// Where the arrays of a ParseState lie. With the default window and memory level their places are constants relative
/// to the window, which leaves the parsers' inner loops a single base register.
class AnyLayout {
  public:
    explicit AnyLayout(const ParseState& s) noexcept
        : window_(s.window),
          prev_(s.prev),
          head4_(s.head4),
          head3_(s.head3),
          mask_(s.window_mask) {}
    [[nodiscard]] const std::uint8_t* window() const noexcept { return window_; }
    [[nodiscard]] std::uint16_t* prev() const noexcept { return prev_; }
    [[nodiscard]] std::uint16_t* head4() const noexcept { return head4_; }
    [[nodiscard]] std::uint16_t* head3() const noexcept { return head3_; }
    [[nodiscard]] std::uint32_t mask() const noexcept { return mask_; }

  private:
    const std::uint8_t* window_;
    std::uint16_t* prev_;
    std::uint16_t* head4_;
    std::uint16_t* head3_;
    std::uint32_t mask_;
};

class DefaultLayout {
  public:
    static constexpr MemoryLayout kPlaces = MemoryLayout::of(15, 8);

    explicit DefaultLayout(const ParseState& s) noexcept : base_(s.window) {}
    [[nodiscard]] static bool fits(const ParseState& s) noexcept {
        return s.window_mask == kPlaces.window_bytes - 1 &&
               s.head4_bits_full == kPlaces.head4_bits &&
               reinterpret_cast<const std::uint8_t*>(s.prev) == s.window + kPlaces.prev;
    }
    [[nodiscard]] const std::uint8_t* window() const noexcept { return base_; }
    [[nodiscard]] std::uint16_t* prev() const noexcept { return at(kPlaces.prev); }
    [[nodiscard]] std::uint16_t* head4() const noexcept { return at(kPlaces.head4); }
    [[nodiscard]] std::uint16_t* head3() const noexcept { return at(kPlaces.head3); }
    [[nodiscard]] static constexpr std::uint32_t mask() noexcept {
        return kPlaces.window_bytes - 1;
    }

  private:
    [[nodiscard]] std::uint16_t* at(std::size_t offset) const noexcept {
        return reinterpret_cast<std::uint16_t*>(base_ + offset);
    }
    std::uint8_t* base_;
};

/// Enters positions and walks chains. Hashes are computed one position ahead, so that the heads they lead to are in the
/// cache by the time they are used.
template <class Layout>
class ChainWalker {
  public:
    struct Heads {
        std::uint32_t cand4;
        std::uint32_t cand3;
    };

    explicit ChainWalker(const ParseState& s) noexcept
        : layout_(s), head4_shift_(32U - s.head4_bits), head3_shift_(32U - s.head3_bits) {}

    /// Computes the hashes of position `at`, which is entered next.
    void look_ahead(std::uint32_t at) noexcept {
        const std::uint32_t bytes = load_le<std::uint32_t>(layout_.window() + at);
        next4_ = top_hash4(bytes, head4_shift_);
        next3_ = top_hash3(bytes, head3_shift_);
    }
    void prefetch_next() const noexcept { __builtin_prefetch(&layout_.head4()[next4_], 1); }

    /// Enters position `at`, whose hashes look_ahead() computed, and returns what was there before.
    Heads enter(std::uint32_t at) noexcept {
        const Heads heads{layout_.head4()[next4_], layout_.head3()[next3_]};
        layout_.prev()[at & layout_.mask()] = static_cast<std::uint16_t>(heads.cand4);
        layout_.head4()[next4_] = static_cast<std::uint16_t>(at);
        layout_.head3()[next3_] = static_cast<std::uint16_t>(at);
        return heads;
    }

    /// Enters position `at`, looking nothing up.
    void insert(std::uint32_t at) noexcept {
        const std::uint32_t bytes = load_le<std::uint32_t>(layout_.window() + at);
        const std::uint32_t h4 = top_hash4(bytes, head4_shift_);
        const std::uint32_t h3 = top_hash3(bytes, head3_shift_);
        layout_.prev()[at & layout_.mask()] = layout_.head4()[h4];
        layout_.head4()[h4] = static_cast<std::uint16_t>(at);
        layout_.head3()[h3] = static_cast<std::uint16_t>(at);
    }

    /// The longest match at `at` that is longer than `best`, among the candidates above `limit`.
    ///
    /// heads   what enter() returned for `at`
    /// best    a length to beat, < nice
    /// nice    a length that ends the search, <= max
    /// max     bytes that may be compared, 4..258
    /// depth   candidates to look at, >= 1
    ///
    /// kIsDeep  many candidates are worth some more work before the first: where `best` is known to be there, the chain
    ///          walked is not that of the four bytes here but of the last four that a better match must have. The byte
    ///          in them that ended the match to beat makes it the shorter one.
    template <bool kIsDeep>
    [[nodiscard]] Match longest(std::uint32_t at, Heads heads, std::uint32_t best,
                                std::uint32_t nice, std::uint32_t max, std::uint32_t depth,
                                std::uint32_t limit) const noexcept {
        const std::uint8_t* const window = layout_.window();
        const std::uint16_t* const prev = layout_.prev();
        const std::uint8_t* const here = window + at;
        const std::uint32_t bytes = load_le<std::uint32_t>(here);
        Match match{0, 0};
        std::uint32_t cand = heads.cand4;

        if (best < 4) {
            // The first candidate with four equal bytes.
            while (cand > limit && load_le<std::uint32_t>(window + cand) != bytes) {
                if (--depth == 0) {
                    cand = 0;
                    break;
                }
                cand = prev[cand & layout_.mask()];
            }
            if (cand <= limit) {
                // One branch for both conditions, neither of which can be foreseen. Any head may be read at.
                const bool is_equal =
                    ((load_le<std::uint32_t>(window + heads.cand3) ^ bytes) << 8) == 0;
                if ((is_equal & (heads.cand3 > limit)) && best < 3) {
                    match = {3, at - heads.cand3};
                }
                return match;
            }
            best = match_length(here, window + cand, 4, max);
            match = {best, at - cand};
            if (best >= nice || --depth == 0) return match;
            cand = prev[cand & layout_.mask()];
        }
        // Better ones agree in the last four bytes of what would beat `best`.
        std::uint32_t tail = load_le<std::uint32_t>(here + best - 3);
        std::uint32_t shift = 0;  // of the positions in the chain from those of the candidates
        if (kIsDeep && match.length == 0) {
            shift = best - 3;
            cand = layout_.head4()[top_hash4(tail, head4_shift_)];
        }
        while (cand > limit + shift) {
            const std::uint8_t* const there = window + (cand - shift);
            if (load_le<std::uint32_t>(there + best - 3) == tail &&
                load_le<std::uint32_t>(there) == bytes) {
                const std::uint32_t length = match_length(here, there, 4, max);
                if (length > best) {
                    best = length;
                    match = {length, static_cast<std::uint32_t>(here - there)};
                    if (length >= nice) return match;
                    tail = load_le<std::uint32_t>(here + best - 3);
                }
            }
            if (--depth == 0) return match;
            cand = prev[cand & layout_.mask()];
        }
        return match;
    }

  private:
    Layout layout_;
    std::uint32_t head4_shift_;
    std::uint32_t head3_shift_;
    std::uint32_t next4_ = 0;
    std::uint32_t next3_ = 0;
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Hash chains over the window: chains of positions whose first four bytes share a hash, and the latest position for
// each hash of three bytes (binaries are full of 3-byte matches; a chain for them would be too long to walk).
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.hpp"
#include "deflate/parse_state.hpp"

namespace warpz::deflate {

struct Match {
    std::uint32_t length;  ///< 0 for none
    std::uint32_t distance;
};

/// Top `bits` bits of the four bytes (as loaded little-endian) times 2^32 / golden ratio.
[[nodiscard]] inline std::uint32_t hash4(std::uint32_t bytes, unsigned bits) noexcept {
    return (bytes * 0x9e3779b1U) >> (32 - bits);
}
/// The same of the first three of the four bytes.
[[nodiscard]] inline std::uint32_t hash3(std::uint32_t bytes, unsigned bits) noexcept {
    return ((bytes << 8) * 0x9e3779b1U) >> (32 - bits);
}

/// Number of equal bytes at a and b, which are known to agree in the first `from`; at most `max`. Reads stay within
/// `max` bytes of both.
[[nodiscard]] inline std::uint32_t match_length(const std::uint8_t* a, const std::uint8_t* b,
                                                std::uint32_t from, std::uint32_t max) noexcept {
    std::uint32_t length = from;
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

/// Registers' worth of ParseState for the chain walk; the compiler need not reload them after each store.
struct ChainView {
    const std::uint8_t* window;
    std::uint16_t* prev;
    std::uint16_t* head4;
    std::uint16_t* head3;
    std::uint32_t mask;
    unsigned head4_bits;
    unsigned head3_bits;

    explicit ChainView(const ParseState& s) noexcept
        : window(s.window),
          prev(s.prev),
          head4(s.head4),
          head3(s.head3),
          mask(s.window_mask),
          head4_bits(s.head4_bits),
          head3_bits(s.head3_bits) {}

    struct Heads {
        std::uint32_t cand4;
        std::uint32_t cand3;
    };

    /// Enters position `at`, whose bytes are `bytes`, and returns what was there before.
    Heads enter(std::uint32_t at, std::uint32_t bytes) const noexcept {
        std::uint16_t& slot4 = head4[hash4(bytes, head4_bits)];
        std::uint16_t& slot3 = head3[hash3(bytes, head3_bits)];
        const Heads heads{slot4, slot3};
        prev[at & mask] = slot4;
        slot4 = static_cast<std::uint16_t>(at);
        slot3 = static_cast<std::uint16_t>(at);
        return heads;
    }
    void enter(std::uint32_t at) const noexcept {
        (void)enter(at, load_le<std::uint32_t>(window + at));
    }

    void prefetch(std::uint32_t at) const noexcept {
        const std::uint32_t bytes = load_le<std::uint32_t>(window + at);
        __builtin_prefetch(&head4[hash4(bytes, head4_bits)], 1);
    }

    /// The longest match at `at` that is longer than `best`, among the candidates above `limit`.
    ///
    /// heads   what enter() returned for `at`
    /// best    a length to beat, < max
    /// nice    a length that ends the search, <= max
    /// max     bytes that may be compared, 4..258
    /// depth   candidates to look at, >= 1
    [[nodiscard]] Match longest(std::uint32_t at, Heads heads, std::uint32_t best,
                                std::uint32_t nice, std::uint32_t max, std::uint32_t depth,
                                std::uint32_t limit) const noexcept {
        const std::uint8_t* const here = window + at;
        const std::uint32_t bytes = load_le<std::uint32_t>(here);
        Match match{0, 0};
        std::uint32_t cand = heads.cand4;

        if (best < 4) {
            if (best < 3 && heads.cand3 > limit &&
                ((load_le<std::uint32_t>(window + heads.cand3) ^ bytes) << 8) == 0) {
                match = {3, at - heads.cand3};
            }
            // The first candidate with four equal bytes.
            for (;;) {
                if (cand <= limit) return match;
                if (load_le<std::uint32_t>(window + cand) == bytes) break;
                if (--depth == 0) return match;
                cand = prev[cand & mask];
            }
            best = match_length(here, window + cand, 4, max);
            match = {best, at - cand};
            if (best >= nice || --depth == 0) return match;
            cand = prev[cand & mask];
        }
        // Better ones agree in the last four bytes of what would beat `best`.
        std::uint32_t tail = load_le<std::uint32_t>(here + best - 3);
        while (cand > limit) {
            if (load_le<std::uint32_t>(window + cand + best - 3) == tail &&
                load_le<std::uint32_t>(window + cand) == bytes) {
                const std::uint32_t length = match_length(here, window + cand, 4, max);
                if (length > best) {
                    best = length;
                    match = {length, at - cand};
                    if (length >= nice) return match;
                    tail = load_le<std::uint32_t>(here + best - 3);
                }
            }
            if (--depth == 0) return match;
            cand = prev[cand & mask];
        }
        return match;
    }
};

}  // namespace warpz::deflate

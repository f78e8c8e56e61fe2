// SPDX-License-Identifier: Zlib
// Copying of matches among 16-bit symbols, 16 at a time where the distance allows it.
#pragma once

#include <algorithm>

#include "parallel/marker_decoder.hpp"

namespace warpz::parallel {

inline constexpr std::size_t kCopySymbols = 16;  // copied at once
/// How far behind its end a match may be copied.
inline constexpr std::size_t kCopySlackSymbols = kCopySymbols - 1;

using HalfVector [[gnu::vector_size(16), gnu::aligned(2), gnu::may_alias]] = std::uint16_t;

[[gnu::always_inline]] inline void copy_half(Symbol* to, const Symbol* from) noexcept {
    *reinterpret_cast<HalfVector*>(to) = *reinterpret_cast<const HalfVector*>(from);
}

/// Copies `length` symbols, and up to kCopySlackSymbols more.
[[gnu::always_inline]] inline void copy_symbols(Symbol* to, std::size_t distance,
                                                std::size_t length) noexcept {
    Symbol* const end = to + length;
    const Symbol* from = to - distance;
    if (distance >= kCopySymbols / 2) [[likely]] {
        do {
            copy_half(to, from);
            copy_half(to + 8, from + 8);
            to += kCopySymbols;
            from += kCopySymbols;
        } while (to < end);
        return;
    }
    if (distance == 1) {
        std::fill(to, end, *from);
        return;
    }
    while (to < end) *to++ = *from++;
}

}  // namespace warpz::parallel

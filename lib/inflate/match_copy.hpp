// SPDX-License-Identifier: Zlib
// Copying of matches (RFC 1951 3.2.3): from earlier output, overlapping when the distance is below the length, or
// from the window. The wide form writes whole blocks and may run past the match's end, the exact form never does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "inflate/window.hpp"

namespace warpz::inflate {

/// How far beyond its last byte a wide copy may write, and read.
inline constexpr std::size_t kCopySlackBytes = 32;

template <std::size_t N>
[[gnu::always_inline]] inline void copy_block(std::uint8_t* to, const std::uint8_t* from) noexcept {
    // A vector type, because an array in between costs gcc a detour through the stack.
    using Block [[gnu::vector_size(N), gnu::aligned(1), gnu::may_alias]] = std::uint8_t;
    *reinterpret_cast<Block*>(to) = *reinterpret_cast<const Block*>(from);
}

/// Copies `length` bytes in blocks of 32; the ranges are at least 16 bytes apart or do not overlap.
[[gnu::always_inline]] inline void copy_wide(std::uint8_t* to, const std::uint8_t* from,
                                             std::size_t length) noexcept {
    copy_block<16>(to, from);
    copy_block<16>(to + 16, from + 16);
    if (length > 32) [[unlikely]] {
        std::uint8_t* const end = to + length;
        to += 32;
        from += 32;
        do {
            copy_block<16>(to, from);
            copy_block<16>(to + 16, from + 16);
            to += 32;
            from += 32;
        } while (to < end);
    }
}

/// Repeats the `distance` (below 16) bytes before `to` over `length` bytes, rounded up to kCopySlackBytes.
[[gnu::always_inline]] inline void repeat_wide(std::uint8_t* to, std::size_t distance,
                                               std::size_t length) noexcept {
    std::uint8_t* const end = to + length;
    const std::uint8_t* from = to - distance;
    if (distance >= 8) {
        do {
            copy_block<8>(to, from);
            to += 8;
            from += 8;
        } while (to < end);
        return;
    }
    if (distance == 1) {
        const std::uint64_t pattern = 0x0101'0101'0101'0101U * *from;
        do {
            std::memcpy(to, &pattern, 8);
            std::memcpy(to + 8, &pattern, 8);
            to += 16;
        } while (to < end);
        return;
    }
    // Each store leaves `distance` right bytes; the ones after them are overwritten by the next store.
    do {
        copy_block<8>(to, from);
        to += distance;
        from += distance;
    } while (to < end);
}

/// Copies a match inside the output. Writes less than kCopySlackBytes past its end.
[[gnu::always_inline]] inline void copy_match_wide(std::uint8_t* to, std::size_t distance,
                                                   std::size_t length) noexcept {
    if (distance >= 16) [[likely]] {
        copy_wide(to, to - distance, length);
    } else {
        repeat_wide(to, distance, length);
    }
}

/// Copies a match inside the output, exactly `length` bytes.
inline void copy_match_exact(std::uint8_t* to, std::size_t distance, std::size_t length) noexcept {
    const std::uint8_t* from = to - distance;
    if (distance >= length) {
        std::memcpy(to, from, length);
        return;
    }
    for (; length != 0; --length) *to++ = *from++;
}

/// Copies a match that begins `reach` bytes before the first byte of this call's output (0 < reach <= valid bytes),
/// exactly `length` bytes. What the window does not hold comes from the output, `distance` before `to`.
inline void copy_match_from_window(const Window& window, std::uint8_t* to, std::size_t reach,
                                   std::size_t distance, std::size_t length) noexcept {
    std::size_t begin = (window.next - reach) & (window.size_bytes - 1);
    while (length != 0 && reach != 0) {
        std::size_t run = window.size_bytes - begin;
        if (run > reach) run = reach;
        if (run > length) run = length;
        std::memcpy(to, window.bytes + begin, run);
        to += run;
        length -= run;
        reach -= run;
        begin = 0;
    }
    if (length != 0) copy_match_exact(to, distance, length);
}

}  // namespace warpz::inflate

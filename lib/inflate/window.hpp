// SPDX-License-Identifier: Zlib
// The output that matches may still refer to (RFC 1951 2): a ring of the last bytes of earlier calls. Within a call
// the caller's output buffer is its own history, so the ring is written once per call and read only for
// distances that reach before the call's first byte.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace warpz::inflate {

/// Bytes past the ring's end that copies in blocks may read. The first kWindowMirrorBytes repeat the ring's beginning,
/// so that a short copy need not look where the ring ends.
inline constexpr std::size_t kWindowSlackBytes = 64;
inline constexpr std::size_t kWindowMirrorBytes = 32;

struct Window {
    /// Ring storage and kWindowSlackBytes; owned by the stream's block
    std::uint8_t* bytes = nullptr;
    std::uint32_t size_bytes = 0;  ///< ring size, a power of two; 0 while the window is not in use
    std::uint32_t have_bytes = 0;  ///< valid bytes, at most size_bytes
    std::uint32_t next = 0;        ///< where the next byte goes

    void forget() noexcept { size_bytes = have_bytes = next = 0; }

    /// Brings an unused window into use.
    void activate(unsigned window_bits) noexcept {
        if (size_bytes != 0) return;
        size_bytes = 1U << window_bits;
        have_bytes = next = 0;
    }

    /// Appends the `count` bytes before `end`; those that do not fit fall out at the front.
    void append(const std::uint8_t* end, std::size_t count) noexcept {
        if (count >= size_bytes) {
            std::memcpy(bytes, end - size_bytes, size_bytes);
            next = 0;
            have_bytes = size_bytes;
            mirror();
            return;
        }
        if (count == 0) return;
        const auto added = static_cast<std::uint32_t>(count);
        const std::uint32_t first = std::min(added, size_bytes - next);
        std::memcpy(bytes + next, end - count, first);
        if (added > first) std::memcpy(bytes, end - (added - first), added - first);
        next = (next + added) & (size_bytes - 1);
        have_bytes = std::min(size_bytes, have_bytes + added);
        mirror();
    }

    /// Repeats the ring's beginning behind its end, unless it is as small as windowBits 0 makes it.
    void mirror() noexcept {
        if (size_bytes >= kWindowMirrorBytes)
            std::memcpy(bytes + size_bytes, bytes, kWindowMirrorBytes);
    }

    /// Copies the valid bytes, oldest first, to `to` (have_bytes of room).
    void copy_to(std::uint8_t* to) const noexcept {
        const std::uint32_t begin = (next - have_bytes) & (size_bytes - 1);
        const std::uint32_t first = std::min(have_bytes, size_bytes - begin);
        std::memcpy(to, bytes + begin, first);
        std::memcpy(to + first, bytes, have_bytes - first);
    }
};

}  // namespace warpz::inflate

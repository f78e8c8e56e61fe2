// SPDX-License-Identifier: Zlib
// The bits of a deflate stream, least significant first (RFC 1951 3.1.1), taken from input one byte at a time and
// only as needed. What has left the input at any moment is visible to zlib's callers, so this reader pulls the
// fewest bytes that answer a question and never puts one back.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz {

/// A bit buffer over a span of input. Bits of `hold` at and above `bits` are zero.
///
/// After a field was taken, `bits` is below 8 unless a caller inserted bits itself (inflatePrime): the position in
/// the stream decides how many bytes are consumed. `hold` may keep up to 39 bits (31 primed and one pulled byte).
struct BitReader {
    const std::uint8_t* next = nullptr;  ///< first byte not pulled yet
    const std::uint8_t* end = nullptr;   ///< end of the input
    std::uint64_t hold = 0;
    unsigned bits = 0;

    [[nodiscard]] std::size_t available() const noexcept {
        return static_cast<std::size_t>(end - next);
    }

    /// Moves one byte of input into the buffer; false when there is none.
    bool pull() noexcept {
        if (next == end) return false;
        hold |= std::uint64_t{*next++} << bits;
        bits += 8;
        return true;
    }

    /// Pulls until `count` (at most 32) bits are held; false when the input ends first (what was pulled stays held).
    [[nodiscard]] bool need(unsigned count) noexcept {
        while (bits < count) {
            if (!pull()) return false;
        }
        return true;
    }

    /// The low `count` (below 32) bits.
    [[nodiscard]] unsigned peek(unsigned count) const noexcept {
        return static_cast<unsigned>(hold) & ((1U << count) - 1);
    }

    void drop(unsigned count) noexcept {
        hold >>= count;
        bits -= count;
    }

    unsigned take(unsigned count) noexcept {
        const unsigned value = peek(count);
        drop(count);
        return value;
    }

    void drop_to_byte() noexcept { drop(bits & 7); }

    void clear() noexcept {
        hold = 0;
        bits = 0;
    }
};

}  // namespace warpz

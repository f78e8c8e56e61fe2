// SPDX-License-Identifier: Zlib
// LSB-first bit output (RFC 1951 3.1.1): a 64-bit accumulator that is stored eight bytes at a time and advanced by
// whole bytes. Callers see to it that eight bytes may be written at `next` whenever they call flush().
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace warpz {

class BitWriter {
  public:
    /// Bits that may be put between two flushes: 63, so that a flush never shifts by a whole word, less the up to 7 that
    /// a flush leaves.
    static constexpr unsigned kRoomBits = 56;
    /// Bytes that flush() may store, of which at most 7 count.
    static constexpr unsigned kFlushBytes = 8;

    BitWriter(std::uint8_t* next, std::uint64_t bits, unsigned count) noexcept
        : next_(next), bits_(bits), count_(count) {}

    /// Appends the low `count` bits of `value`; the bits above them must be zero.
    void put(std::uint64_t value, unsigned count) noexcept {
        bits_ |= value << count_;
        count_ += count;
    }

    /// Moves all whole bytes to the output; 0-7 bits stay behind.
    void flush() noexcept {
        store_le<std::uint64_t>(next_, bits_);
        const unsigned whole = count_ >> 3;
        next_ += whole;
        bits_ >>= whole * 8;
        count_ &= 7;
    }

    [[nodiscard]] std::uint8_t* next() const noexcept { return next_; }
    [[nodiscard]] std::uint64_t bits() const noexcept { return bits_; }
    [[nodiscard]] unsigned count() const noexcept { return count_; }

  private:
    std::uint8_t* next_;
    std::uint64_t bits_;
    unsigned count_;
};

}  // namespace warpz

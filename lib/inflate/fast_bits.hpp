// SPDX-License-Identifier: Zlib
// The bit buffer of the fast loops, which runs ahead of the symbols taken, and how a loop gives back what it has not
// taken. The loops' needs for input and output are in symbol_loop.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "format/bit_reader.hpp"
#include "inflate/decode_table.hpp"

namespace warpz::inflate {

/// A bit buffer that shows 64 bits of the stream after a refill, of which the low byte of `bits` counts 56 to 63;
/// the uncounted ones are read again. Entries are subtracted whole, with what they carry above the low byte.
struct FastBits {
    std::uint64_t hold;
    std::uint64_t bits;
    const std::uint8_t* next;

    [[gnu::always_inline]] void refill() noexcept {
        hold |= load_le<std::uint64_t>(next) << (bits & 63);
        next += ~(bits >> 3) & 7;  // whole bytes missing to 63 bits
        bits |= 56;
    }
    [[gnu::always_inline]] void drop(std::uint64_t entry) noexcept {
        hold >>= entry & 63;
        bits -= entry;
    }
    [[nodiscard]] unsigned counted() const noexcept { return bits & 0xff; }
};

/// Puts the reader at the first bit that was not taken: `untaken` bits before those that `ahead` shows, where `start`
/// is the reader from which `ahead` began. Whole bytes go back to the input.
inline void give_back(BitReader& in, const BitReader& start, const FastBits& ahead,
                      unsigned untaken) noexcept {
    const std::ptrdiff_t position =
        (ahead.next - start.next) * 8 - static_cast<std::ptrdiff_t>(ahead.counted() + untaken);
    if (position < 0) {  // in the bits that `start` held
        const auto bits = static_cast<unsigned>(-position);
        in.next = start.next;
        in.hold = start.hold >> (start.bits - bits);
        in.bits = bits;
        return;
    }
    in.next = start.next + ((position + 7) >> 3);
    in.bits = static_cast<unsigned>(-position) & 7;
    in.hold = in.bits == 0 ? 0 : std::uint64_t{in.next[-1]} >> (8 - in.bits);
}

}  // namespace warpz::inflate

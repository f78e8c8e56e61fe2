// SPDX-License-Identifier: Zlib
// From what a device wrote to what libzstd takes: a parse of the block, in plain offsets. Every word of the device's is
// believed only as far as it fits the block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "warpz/warpz_zstd.h"

namespace warpz::native {

/// A device's answer for one block.
struct Lz77Answer {
    std::span<const std::uint8_t> literals;  ///< as many as it says there are
    std::span<const std::uint8_t>
        sequences;  ///< 8 bytes for each: u32 offset + 3 or repeat 1..3, u16 literals, u16 length - 3
    std::uint32_t overflow;  ///< 1 << 24 | index of the sequence with 65536 literals more; 0
};

/// Writes the sequences, and one of length 0 for literals behind the last, to `out`.
///
/// returns  how many; 0 when the answer is no parse of `block` within the window, or does not fit
[[nodiscard]] std::size_t read_sequences(const Lz77Answer& answer,
                                         std::span<const std::uint8_t> block,
                                         std::size_t window_bytes,
                                         std::span<ZSTD_Sequence> out) noexcept;

}  // namespace warpz::native

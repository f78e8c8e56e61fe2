// SPDX-License-Identifier: Zlib
// Which distances zlib's inflateBack() accepts. Its slow loop knows how much of the caller's window holds output; its
// fast loop takes the output at the time it was entered for older bytes *behind* the output of now (infback.c, case
// LEN: whave) and accepts more. Programs see which streams are accepted and what comes out, so this follows it.
#pragma once

#include <cstddef>

#include "format/bit_reader.hpp"
#include "inflate/symbol_loop.hpp"

namespace warpz::inflate {

/// Where zlib enters its fast loop: at the first symbol of a block, or of a piece of input, that finds enough room.
struct FastLoopEntry {
    BitReader in;          ///< less than 8 bits held
    std::size_t produced;  ///< bytes in the caller's window
};

/// The bytes that the fast loop counts as older window when it meets the symbol that begins after `produced` bytes,
/// before the window has been full once. It leaves its loop by the bytes it has *fetched* and comes back if enough
/// are left after giving back, so the last bytes of a piece of input move the figure; they are walked through here.
[[nodiscard]] std::size_t window_of_fast_loop(const FastLoopEntry& entry, const TableView& codes,
                                              std::size_t produced) noexcept;

}  // namespace warpz::inflate

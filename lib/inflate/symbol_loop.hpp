// SPDX-License-Identifier: Zlib
// The two inner loops over literals and matches. The fast loop needs slack in input and output and decodes several
// symbols per refill; the edge loop takes over near the end of either and is exact. Both handle whole symbols
// only: what they cannot finish stays in the input, for the resumable decoder.
#pragma once

#include <cstdint>

#include "format/bit_reader.hpp"
#include "inflate/decode_table.hpp"
#include "inflate/window.hpp"

namespace warpz::inflate {

/// The tables in use and the index bits of their main parts.
struct TableView {
    const Tables& tables;
    unsigned table_bits;
    bool mostly_literals;  ///< matches are rare enough to be predicted
};

/// What one call decodes into. `begin` to `next` is history as much as the window is.
struct Output {
    std::uint8_t* begin = nullptr;  ///< first byte of this call
    std::uint8_t* next = nullptr;   ///< where the next byte goes
    std::uint8_t* end = nullptr;
    /// The fast loop stops soon after reaching this; `end` or before
    std::uint8_t* pause = nullptr;

    [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end - next); }
    [[nodiscard]] std::size_t produced() const noexcept {
        return static_cast<std::size_t>(next - begin);
    }
};

struct SymbolLoopContext {
    BitReader& in;  ///< holds less than 8 bits when a loop begins and when it ends
    Output& out;
    TableView codes;
    const Window& window;
    /// Beyond this a distance is too far even if the bytes are there (edge_loop() only)
    std::size_t max_distance;
};

/// Space that fast_loop() needs to decode anything. Input: a refill reads 8 bytes and takes at most 7; there is one
/// at the beginning and at most two between two looks at the bounds. Output: see the loops' invariants.
inline constexpr std::ptrdiff_t kRoundInputBytes = 7 + 8;
inline constexpr std::size_t kFastInputBytes = 24;
inline constexpr std::size_t kFastOutputBytes = 64;
static_assert(kFastInputBytes >= 7 + kRoundInputBytes);

/// Decodes while there is slack on both sides. True when the end of the block was taken from the input; false when
/// a symbol comes next that needs the edge loop or the resumable decoder (which also find every error).
[[nodiscard]] bool fast_loop(SymbolLoopContext& context) noexcept;

/// Decodes as long as whole symbols fit into input and output. Same result.
[[nodiscard]] bool edge_loop(SymbolLoopContext& context) noexcept;

}  // namespace warpz::inflate

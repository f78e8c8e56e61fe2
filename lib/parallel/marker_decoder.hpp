// SPDX-License-Identifier: Zlib
// Decoding without the window: a block in the middle of a stream refers to bytes that nobody has decoded yet. So it is
// decoded to 16-bit symbols, of which those below 256 are bytes and the others, *markers*, name a place in the unknown
// window of 32 KiB. Once the window is known, marker_resolver.hpp turns symbols into bytes. The method is the one that
// Kerbiriou and Chikhi (pugz, 2019) and Knespel and Brunst (rapidgzip, 2023) describe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "parallel/block_codes.hpp"

namespace warpz::parallel {

using Symbol = std::uint16_t;

inline constexpr std::size_t kWindowBytes = rfc1951::kMaxDistance;
/// The marker of window byte i, counted from the oldest one, is kFirstMarker + i.
inline constexpr Symbol kFirstMarker = 256;
/// How far beyond the last symbol decode_block() may write.
inline constexpr std::size_t kSymbolSlack = 384;

/// Fills a window with its own markers: the history of the first block.
void write_unknown_window(std::span<Symbol, kWindowBytes> window) noexcept;

enum class BlockOutcome : std::uint8_t {
    kBoundary,    ///< the block is complete and was not the last one
    kLast,        ///< the last block of its stream is complete
    kNeedInput,   ///< the block reaches beyond the input
    kNeedOutput,  ///< the block has more symbols than there is room for
    kBadData,     ///< inflate() would refuse it, whatever the window
};

struct BlockResult {
    BlockOutcome outcome = BlockOutcome::kBadData;
    std::uint64_t next_bit = 0;  ///< behind the block; set for kBoundary and kLast
    std::size_t symbols = 0;     ///< decoded; set for kBoundary and kLast
};

/// Decodes the block at bit `at` of `input` as a whole.
///
/// out       where its symbols go; kWindowBytes symbols before it are its history
/// capacity  symbols that fit; kSymbolSlack more may be written to
/// tables    memory for codes
/// threads   any, with memory of their own
[[nodiscard]] BlockResult decode_block(PaddedInput input, std::uint64_t at, Symbol* out,
                                       std::size_t capacity, inflate::Tables& tables) noexcept;

/// Behind the last marker of `symbols`: how many of them precede that place, 0 without a marker.
[[nodiscard]] std::size_t end_of_markers(std::span<const Symbol> symbols) noexcept;

}  // namespace warpz::parallel

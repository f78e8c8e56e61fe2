// SPDX-License-Identifier: Zlib
// Length-limited prefix codes for the encoder: code lengths from frequencies, canonical codewords from lengths
// (RFC 1951 3.2.2). Decoding tables are in lib/inflate.
#pragma once

#include <cstdint>
#include <span>

namespace warpz::huffman {

inline constexpr unsigned kMaxSymbols = 288;
inline constexpr unsigned kMaxBits = 15;

/// Computes the code lengths of a complete prefix code.
///
/// frequencies  one count per symbol, at most kMaxSymbols of them; their sum is below 2^32
/// lengths      receives 0 for symbols that do not occur, else 1..max_bits; same size as frequencies
/// max_bits     longest codeword allowed; 2^max_bits must not be less than the number of symbols
///
/// A code of fewer than two symbols would be incomplete, which some decoders refuse: absent symbols are then given
/// codewords of one bit, so that the code always has at least two.
void build_lengths(std::span<const std::uint32_t> frequencies, std::span<std::uint8_t> lengths,
                   unsigned max_bits) noexcept;

/// Assigns canonical codewords, bit-reversed so that an LSB-first writer can put them as they are. Symbols of
/// length 0 receive 0.
void build_codewords(std::span<const std::uint8_t> lengths,
                     std::span<std::uint16_t> codewords) noexcept;

}  // namespace warpz::huffman

// SPDX-License-Identifier: Zlib
// Writes the symbols of a block under given codes, resumably, so that no buffer for a block's output is needed.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/tokens.hpp"
#include "format/bit_writer.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// A block's codes, arranged for writing.
struct SymbolCodes {
    /// An entry of `symbols` is a codeword, with its extra bits where the entry stands for one value of them, above the
    /// number of its bits.
    static constexpr unsigned kCountBits = 6;

    std::array<std::uint32_t, Symbol::kCount> symbols;  ///< by Symbol::index()
    std::uint32_t end_of_block;
    /// Per distance symbol: codeword:16, its bits:8, extra bits:8. What is no symbol is 0.
    std::array<std::uint32_t, 32> distances;
};

class SymbolWriter {
  public:
    /// Bytes that one step of write() may store beyond where it checks for room.
    static constexpr unsigned kSlackBytes = 4 * BitWriter::kFlushBytes;
    /// Longest codeword of a literal or length: one bit less than the format allows, so that four literals fit between two
    /// flushes of the writer.
    static constexpr unsigned kMaxLitLenBits = 14;

    /// Begins with the first of `tokens`, under the codes of these lengths (all symbols, fixed code's included).
    void begin(const Tokens& tokens, const std::uint8_t* lit_len_lengths,
               const std::uint8_t* distance_lengths) noexcept;

    /// Writes symbols and the end of the block until it is complete (true) or out.next() passes `limit` (false: call again
    /// with room). Stores up to kSlackBytes beyond `limit`.
    ///
    /// has_wide_vectors  the parser works with vectors as wide as the CPU has: they cost nothing more here
    bool write(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit,
               bool has_wide_vectors) noexcept;

  private:
    template <class Emit>
    bool write_with(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept;
    bool write_bmi2(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept;
    bool write_avx512(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept;

    SymbolCodes codes_;
    std::uint32_t sequence_ = 0;  // next sequence to write
    std::uint32_t literal_ = 0;   // next literal to write
    std::uint32_t run_left_ = 0;  // literals to write before that sequence's match
};

}  // namespace warpz::deflate

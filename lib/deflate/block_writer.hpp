// SPDX-License-Identifier: Zlib
// Turns the tokens of a block into bits: counts symbols, builds codes, takes the cheapest of stored, fixed and dynamic
// by exact cost, and writes the block resumably, so that no buffer for a whole block's output is needed.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/symbol_counts.hpp"
#include "deflate/symbol_writer.hpp"
#include "deflate/tokens.hpp"
#include "format/bit_writer.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// What block types may be used.
enum class BlockChoice : std::uint8_t { kAny, kFixedOrStored /* Z_FIXED */, kStoredOnly };

/// Longest header of a block in bytes, bits of the byte before included: 17 bits, 19 code lengths of 3 bits, and at
/// most 316 code lengths of 7 + 7 bits, and slack for whole-word stores.
inline constexpr unsigned kMaxBlockHeaderBytes = 640;

class BlockWriter {
  public:
    static constexpr unsigned kSlackBytes = SymbolWriter::kSlackBytes;

    struct Plan {
        rfc1951::BlockType type;
        /// Header, symbols and padding, from the present bit position on
        std::uint64_t total_bits;
    };

    /// Chooses the block's type, builds its codes and writes its header.
    ///
    /// counts        of `tokens`
    /// raw_bytes     bytes of input the block stands for
    /// can_store     whether those bytes are still at hand for a stored block
    /// out           has room for kMaxBlockHeaderBytes
    Plan begin(const Tokens& tokens, const SymbolCounts& counts, std::uint32_t raw_bytes,
               bool can_store, BlockChoice choice, bool is_last, BitWriter& out) noexcept;

    /// SymbolWriter::write() for the block begun last.
    bool write_symbols(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit,
                       bool has_wide_vectors) noexcept {
        return symbols_.write(tokens, out, limit, has_wide_vectors);
    }

    /// Bits of a block of symbols that occur so often, by the better of its own code and the fixed one, header included.
    [[nodiscard]] static std::uint64_t coded_bits(const SymbolCounts& counts) noexcept;

    /// Writes the header of a stored block of `bytes` <= 65535 bytes, which begins on a byte boundary after it.
    static void begin_stored(std::uint32_t bytes, bool is_last, BitWriter& out) noexcept;
    /// Bits that begin_stored() writes when `bit_count` (0-7) bits of a byte are taken already.
    [[nodiscard]] static constexpr std::uint32_t stored_header_bits(unsigned bit_count) noexcept {
        return 3 + ((0U - (bit_count + 3)) & 7) + 32;
    }

  private:
    SymbolWriter symbols_;
};

}  // namespace warpz::deflate

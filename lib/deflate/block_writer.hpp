// SPDX-License-Identifier: Zlib
// Turns the tokens of a block into bits: counts symbols, builds codes, takes the cheapest of stored, fixed and dynamic
// by exact cost, and writes the block resumably, so that no buffer for a whole block's output is needed.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/symbol_costs.hpp"
#include "deflate/tokens.hpp"
#include "format/bit_writer.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

/// What block types may be used.
enum class BlockChoice : std::uint8_t { kAny, kFixedOrStored /* Z_FIXED */, kStoredOnly };

/// How often each symbol occurs in a block.
struct SymbolCounts {
    std::array<std::uint32_t, rfc1951::kLitLenSymbols> lit_len{};
    std::array<std::uint32_t, rfc1951::kDistanceSymbols> distance{};

    SymbolCounts() noexcept = default;
    /// Counts all tokens and one end-of-block symbol.
    explicit SymbolCounts(const Tokens& tokens) noexcept;
};

/// Counts fewer than 2^16 tokens, without an end-of-block symbol.
[[nodiscard]] PartCounts count_part(const Tokens& tokens) noexcept;

/// Longest header of a block in bytes, bits of the byte before included: 17 bits, 19 code lengths of 3 bits, and at
/// most 316 code lengths of 7 + 7 bits, and slack for whole-word stores.
inline constexpr unsigned kMaxBlockHeaderBytes = 640;

class BlockWriter {
  public:
    /// Bytes that one step of write_symbols() may store beyond where it checks for room.
    static constexpr unsigned kSlackBytes = 4 * BitWriter::kFlushBytes;

    struct Plan {
        rfc1951::BlockType type;
        std::uint64_t
            total_bits;  ///< header, symbols and padding, from the present bit position on
    };

    /// Chooses the block's type, builds its codes and writes its header.
    ///
    /// counts        of `tokens`
    /// raw_bytes     bytes of input the block stands for
    /// can_store     whether those bytes are still at hand for a stored block
    /// out           has room for kMaxBlockHeaderBytes
    Plan begin(const Tokens& tokens, const SymbolCounts& counts, std::uint32_t raw_bytes,
               bool can_store, BlockChoice choice, bool is_last, BitWriter& out) noexcept;

    /// Writes symbols until the block is complete (true) or out.next() passes `limit` (false: call again with room).
    /// Stores up to kSlackBytes beyond `limit`.
    bool write_symbols(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept;

    /// Writes the header of a stored block of `bytes` <= 65535 bytes, which begins on a byte boundary after it.
    static void begin_stored(std::uint32_t bytes, bool is_last, BitWriter& out) noexcept;
    /// Bits that begin_stored() writes when `bit_count` (0-7) bits of a byte are taken already.
    [[nodiscard]] static constexpr std::uint32_t stored_header_bits(unsigned bit_count) noexcept {
        return 3 + ((0U - (bit_count + 3)) & 7) + 32;
    }

  private:
    bool write_symbols_inline(const Tokens& tokens, BitWriter& out,
                              const std::uint8_t* limit) noexcept;
    bool write_symbols_bmi2(const Tokens& tokens, BitWriter& out,
                            const std::uint8_t* limit) noexcept;
    void load_run(const Tokens& tokens) noexcept;
    void set_codes(const std::uint8_t* lit_len_lengths,
                   const std::uint8_t* distance_lengths) noexcept;

    // A codeword with its extra bits where these are part of the entry; the number of bits stands in the top byte.
    static constexpr unsigned kBitsShift = 24;
    std::array<std::uint32_t, rfc1951::kEndOfBlock + 1> literal_codes_;
    std::array<std::uint32_t, 256> length_codes_;  // by length - 3, extra bits included
    struct DistanceCode {
        std::uint16_t codeword;
        std::uint16_t base_minus_1;
        std::uint8_t code_bits;
        std::uint8_t total_bits;  // codeword and extra bits
    };
    std::array<DistanceCode, rfc1951::kDistanceSymbols> distance_codes_;

    std::uint32_t sequence_ = 0;  // next sequence to write
    std::uint32_t literal_ = 0;   // next literal to write
    std::uint32_t run_left_ = 0;  // literals to write before that sequence's match
};

}  // namespace warpz::deflate

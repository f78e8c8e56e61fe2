// SPDX-License-Identifier: Zlib
// The header of one deflate block (RFC 1951 3.2.3 to 3.2.7), read at any bit of an input that is in memory as a whole.
// It serves those who do not know yet whether there is a block: the finder and the decoder of this folder. Streams that
// come in pieces are lib/inflate's.
#pragma once

#include <cstdint>
#include <span>

#include "format/rfc1951.hpp"
#include "inflate/decode_table.hpp"

namespace warpz::parallel {

/// Input that is followed by kInputSlackBytes readable bytes of any value.
using PaddedInput = std::span<const std::uint8_t>;
inline constexpr std::size_t kInputSlackBytes = 32;

enum class HeaderOutcome : std::uint8_t {
    kOk,
    kNeedInput,  ///< the header reaches beyond the input
    kBadData,    ///< inflate() would refuse it
};

/// A block's header, and its codes in the memory that the caller gave.
struct BlockHeader {
    bool is_last = false;
    rfc1951::BlockType type = rfc1951::BlockType::kStored;
    std::uint32_t stored_bytes = 0;           ///< LEN of a stored block
    const inflate::Tables* tables = nullptr;  ///< of the other types
    unsigned table_bits = 0;                  ///< index bits of their main parts
    bool mostly_literals = false;             ///< matches are rare enough to be predicted
    std::uint64_t data_bit = 0;               ///< where the header ends
};

/// Reads the header at bit `at` of `input`.
///
/// tables   memory for the codes of a dynamic block, as long as `header` is used
/// threads  any, with memory of their own
[[nodiscard]] HeaderOutcome read_block_header(PaddedInput input, std::uint64_t at,
                                              inflate::Tables& tables,
                                              BlockHeader& header) noexcept;

}  // namespace warpz::parallel

// SPDX-License-Identifier: Zlib
// Where in the middle of gzip data decoding can begin: at a dynamic block, by its header alone; behind a flush, which
// leaves 00 00 FF FF and a byte boundary; at a member's header. A find is a guess, though a wrong one is rare; whoever
// decodes from the front finds out whether a block really begins there.
#pragma once

#include <optional>

#include "parallel/block_codes.hpp"

namespace warpz::parallel {

enum class StartKind : std::uint8_t {
    kBlock,   ///< a deflate block; the window before it is unknown
    kMember,  ///< the header of a gzip member; it has no window
};

struct Start {
    std::uint64_t bit = 0;  ///< in the input searched; of kMember a multiple of 8
    StartKind kind = StartKind::kBlock;
};

/// The first place from bit `from` to before bit `to` where decoding can begin. Blocks that are the last of their stream
/// and such whose header reaches beyond the input are passed over; so are stored and fixed blocks, but for those
/// behind a flush.
///
/// threads  any
[[nodiscard]] std::optional<Start> find_start(PaddedInput input, std::uint64_t from,
                                              std::uint64_t to) noexcept;

}  // namespace warpz::parallel

// SPDX-License-Identifier: Zlib
// One piece of raw deflate by ISA-L: blocks that refer to at most a window before the piece and end on a byte boundary
// without the final bit. Nothing of ISA-L's state outlives a call, so any encoder can go on behind a piece. Streams
// (isal_deflater.hpp) and the pool's jobs (offload/job.hpp) are made of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/codec.hpp"

namespace warpz::isal {

/// Whether ISA-L should encode plain data of this level (0..12): by the configuration, by what is measured to win, and by
/// whether it is installed (asked last, as that may load it).
///
/// prefers_speed  where the configuration leaves the choice, level 1 is ISA-L's on every CPU
[[nodiscard]] bool serves(int level, bool prefers_speed) noexcept;

/// Bytes of memory, aligned as malloc() does, that encode() works in. 0 in a build without ISA-L.
[[nodiscard]] std::size_t workspace_bytes() noexcept;

/// Encodes `input` of at most 2^31 bytes, which may refer to `history`, to `out`.
///
/// level    1 or 2, which serves() has said to be ISA-L's
/// returns  bytes made; 0 when they do not fit into `room` or ISA-L fails
/// threads  any, each with a workspace of its own
[[nodiscard]] std::size_t encode(void* workspace, int level, engine::Bytes history,
                                 engine::Bytes input, std::uint8_t* out, std::size_t room) noexcept;

}  // namespace warpz::isal

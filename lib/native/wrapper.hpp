// SPDX-License-Identifier: Zlib
// What stands around deflate data that a device makes or reads: headers (RFC 1950 2.2, RFC 1952 2.3), last blocks and
// trailers. Software's own jobs get theirs from lib/engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "warpz/warpz.h"

namespace warpz::native {

/// Writes the format's header. returns its size
std::size_t put_header(std::uint8_t* out, int format, int level) noexcept;
/// Ends the stream behind complete blocks: the input's last `tail_bytes` in a last block, then the trailer. Sets job.check.
/// At most kClosingBytes. returns the size
std::size_t put_closing(std::uint8_t* out, warpz_job& job, std::size_t tail_bytes) noexcept;
inline constexpr std::size_t kHeaderBytes = 10;
inline constexpr std::size_t kClosingBytes = 5 + 3 + 8;

/// Size of the header at the beginning of an inflate job's input. Nothing when it has none that is complete and plain: with a
/// dictionary, a header's own CRC or an error it is software's, which tells what is wrong.
struct HeaderSize {
    bool is_plain;
    std::size_t bytes;
};
[[nodiscard]] HeaderSize read_header(const warpz_job& job) noexcept;

/// Whether the trailer at the end of the input that was consumed fits the output. Sets job.check.
[[nodiscard]] bool is_proven(warpz_job& job) noexcept;

}  // namespace warpz::native

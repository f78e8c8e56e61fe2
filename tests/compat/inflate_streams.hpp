// SPDX-License-Identifier: Zlib
// Streams for the inflate side of the paired suite, and the driver that feeds them in pieces while it writes down
// everything a caller can see.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compat/conformance.hpp"

namespace warpz::test {

struct NamedStream {
    std::string name;
    Bytes packed;
    int window_bits = 15;  ///< as inflateInit2() takes it
    Bytes dictionary{};
};

/// Streams of a few dozen bytes: every block type, wrapper and header field, with and without bytes after the end.
[[nodiscard]] const std::vector<NamedStream>& small_streams();

/// Streams of 20 to 100 KB made by the reference at several levels, strategies and window sizes.
[[nodiscard]] const std::vector<NamedStream>& large_streams();

struct InflatePlan {
    std::size_t in_chunk = ~std::size_t{0};  ///< input bytes per call
    std::size_t out_chunk = 1 << 16;         ///< output space per call
    std::size_t first_in = 0;                ///< size of the first input piece when not 0
    std::size_t first_out = 0;               ///< space of the first call when not 0
    int flush = Z_NO_FLUSH;
    bool notes_mark = false;  ///< inflateMark() and inflateSyncPoint() after each call
};

/// Decodes `stream` as `plan` says until it ends, fails or starves. Each input piece and each output space ends at
/// an unmapped page. Sets the stream's dictionary when asked. Calls once more after an end or an error.
void drive_inflate(const ZlibApi& zlib, Transcript& t, const NamedStream& stream,
                   const InflatePlan& plan);

}  // namespace warpz::test

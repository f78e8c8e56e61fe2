// SPDX-License-Identifier: Zlib
// The zstd format (RFC 8878) by libzstd, which the program is built with where it is installed; without it both functions
// throw a Failure that says so.
#pragma once

#include "coder.hpp"
#include "file_io.hpp"

namespace warpz::cli {

/// Writes all of `in` to `out` as one frame; the bytes do not depend on `request.threads`. Throws Failure.
CoderTotals compress_zstd(Reader& in, Writer& out, const CompressRequest& request);

/// Decodes all frames in `in`; skippable ones are left out. What was decoded before an error has been written. Throws
/// Failure on bad data, and on data that need a larger window than `request.max_window_log` or a dictionary.
DecompressResult decompress_zstd(Reader& in, Writer& out, const DecompressRequest& request);

}  // namespace warpz::cli

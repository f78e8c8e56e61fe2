// SPDX-License-Identifier: Zlib
// Data of compress(1), which gzip decodes as well: LZW with codes of 9 to 16 bits.
#pragma once

#include "coder.hpp"

namespace warpz::cli {

/// Decodes all of `in`, which begins with 1f 9d. Throws Failure.
DecompressResult decompress_lzw(Reader& in, Writer& out);

}  // namespace warpz::cli

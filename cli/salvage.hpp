// SPDX-License-Identifier: Zlib
// What can still be read of a damaged gzip file (--recover).
#pragma once

#include <cstdint>

#include "coder.hpp"

namespace warpz::cli {

struct SalvageResult {
    CoderTotals totals;
    std::uint64_t members = 0;        ///< whose end was reached
    std::uint64_t unknown_bytes = 0;  ///< shown as '?', because what they repeat is lost
    bool is_whole = true;             ///< nothing was wrong
};

/// Writes the blocks of `in`, a regular file, that can be decoded; where one cannot, goes on at the next member or block that
/// can. Each loss is reported as a warning. Throws Failure when the file cannot be read or written.
SalvageResult salvage(Reader& in, Writer& out, Messages& messages);

}  // namespace warpz::cli

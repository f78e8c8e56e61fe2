// SPDX-License-Identifier: Zlib
// The number of table entries that zlib would use for a code, which inflateCodesUsed() reports. The tables of this
// library are shaped differently, so the number is computed, and only when somebody asks.
#pragma once

#include "inflate/decode_table.hpp"

namespace warpz::inflate {

inline constexpr unsigned kZlibLitLenRootBits = 9;  // inflate.c's requests to inflate_table()
inline constexpr unsigned kZlibDistanceRootBits = 6;
inline constexpr unsigned kZlibCodeLengthRootBits = 7;

/// Entries of zlib's two-level table for a code that build_table() accepted.
[[nodiscard]] unsigned zlib_table_entries(const LengthCounts& counts, unsigned root_bits) noexcept;

}  // namespace warpz::inflate

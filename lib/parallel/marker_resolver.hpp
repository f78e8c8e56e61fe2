// SPDX-License-Identifier: Zlib
// From symbols to bytes, once the window that their markers mean is known; see marker_decoder.hpp.
#pragma once

#include "parallel/marker_decoder.hpp"

namespace warpz::parallel {

using Window = std::span<const std::uint8_t, kWindowBytes>;

/// Writes the byte of each symbol to `out`, which has room for all of them and may be the symbols' own memory.
void resolve(std::span<const Symbol> symbols, Window window, std::uint8_t* out) noexcept;

}  // namespace warpz::parallel

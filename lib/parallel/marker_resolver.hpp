// SPDX-License-Identifier: Zlib
// From symbols to bytes, once the window that their markers mean is known; see marker_decoder.hpp.
#pragma once

#include <array>

#include "parallel/marker_decoder.hpp"

namespace warpz::parallel {

using Window = std::span<const std::uint8_t, kWindowBytes>;

class MarkerResolver {
  public:
    explicit MarkerResolver(Window window) noexcept;

    /// Writes the byte of each symbol to `out`, which has room for all of them. It may lie in memory that holds symbols, as
    /// long as no byte is written behind the symbol that it is of: the symbols' own memory, or what precedes it.
    void resolve(std::span<const Symbol> symbols, std::uint8_t* out) const noexcept;

  private:
    std::array<std::uint8_t, kFirstMarker + kWindowBytes> byte_of_;
};

}  // namespace warpz::parallel

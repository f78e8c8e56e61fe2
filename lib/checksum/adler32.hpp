// SPDX-License-Identifier: Zlib
// Adler-32 (RFC 1950 section 8): running value over any number of calls, and combination of two
// values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.hpp"

namespace warpz::checksum {

inline constexpr std::uint32_t kAdler32Start = 1;  ///< value of the empty string

/// Continues `adler` over `size` bytes at `data`. Any thread; the kernel is chosen once per
/// process. Halves of `adler` that are 65521 or more are taken modulo 65521, even when size is 0.
[[nodiscard]] inline std::uint32_t adler32(std::uint32_t adler, const std::uint8_t* data,
                                           std::size_t size) noexcept {
    return kernels::adler32(adler, data, size);
}

/// The same as a part of other work on the data, such as decoding it: by a kernel that does not slow
/// that down.
[[nodiscard]] inline std::uint32_t adler32_in_stream(std::uint32_t adler, const std::uint8_t* data,
                                                     std::size_t size) noexcept {
    return kernels::adler32_in_stream(adler, data, size);
}

/// Value of A followed by B, from their values and B's length in bytes. Fits 32 bits when both
/// values are Adler-32 values; for halves of 65521 or more it is what zlib's adler32_combine()
/// returns, up to 33 bits.
[[nodiscard]] std::uint64_t adler32_combine(std::uint32_t adler_a, std::uint32_t adler_b,
                                            std::uint64_t size_b) noexcept;

}  // namespace warpz::checksum

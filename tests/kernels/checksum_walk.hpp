// SPDX-License-Identifier: Zlib
// Compares a checksum kernel with a definition that is too simple to be wrong. Free of Boost, so
// that the same walk also runs as a bare executable on a foreign CPU (aarch64.sh).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernels/kernels.hpp"

namespace warpz::test {

/// Byte by byte, as RFC 1950 section 9 has it. Halves of `value` may be 65521 or more.
[[nodiscard]] std::uint32_t defined_adler32(std::uint32_t value,
                                            std::span<const std::uint8_t> data);

/// Bit by bit, as a shift register with the polynomial of RFC 1952.
[[nodiscard]] std::uint32_t defined_crc32(std::uint32_t value, std::span<const std::uint8_t> data);

using Definition = std::uint32_t (*)(std::uint32_t, std::span<const std::uint8_t>);

/// Runs `function` over all lengths up to 1200 at all alignments up to 64, over buffers that touch
/// an unmapped page with either end, over long inputs with the largest possible sums, over random
/// inputs whole and in pieces.
///
/// returns  the first difference in words, empty when there is none
[[nodiscard]] std::string first_difference(kernels::ChecksumFn function, Definition definition);

}  // namespace warpz::test

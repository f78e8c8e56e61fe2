// SPDX-License-Identifier: Zlib
// CRC-32 of RFC 1952 section 8 (polynomial 0xEDB88320, reflected): running value and combination.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/kernels.hpp"

namespace warpz::checksum {

inline constexpr std::uint32_t kCrc32Start = 0;  ///< value of the empty string

/// Continues `crc` over `size` bytes at `data`. Any thread; the kernel is chosen once per process.
[[nodiscard]] inline std::uint32_t crc32(std::uint32_t crc, const std::uint8_t* data,
                                         std::size_t size) noexcept {
    return kernels::crc32(crc, data, size);
}

/// Value of A followed by B, from their values and B's length in bytes.
[[nodiscard]] std::uint32_t crc32_combine(std::uint32_t crc_a, std::uint32_t crc_b,
                                          std::uint64_t size_b) noexcept;

/// The part of crc32_combine() that depends on B's length alone: x^(8 * size_b) modulo the
/// polynomial, reflected. Never 0.
[[nodiscard]] std::uint32_t crc32_combine_operator(std::uint64_t size_b) noexcept;

/// The rest of crc32_combine(), a few nanoseconds per pair of values.
[[nodiscard]] std::uint32_t crc32_combine_with(std::uint32_t combine_operator, std::uint32_t crc_a,
                                               std::uint32_t crc_b) noexcept;

/// CRC register after each byte value, beginning with register 0.
[[nodiscard]] const std::array<std::uint32_t, 256>& crc32_byte_table() noexcept;

}  // namespace warpz::checksum

// SPDX-License-Identifier: Zlib
// Numbers that every Adler-32 kernel shares (RFC 1950 sections 8.2 and 9).
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz::kernels {

inline constexpr std::uint32_t kAdlerModulus = 65521;  // largest prime below 2^16

/// Bytes that can be summed between two reductions: the largest n for which s2 stays below 2^32
/// when both sums begin at 65535 (a reduced sum is smaller) and every byte is 255: 255 * n * (n +
/// 1) / 2 + (n + 1) * 65535 < 2^32.
inline constexpr std::size_t kMaxAdlerRun = 5552;

[[nodiscard]] constexpr std::uint64_t largest_s2(std::uint64_t run) noexcept {
    return 255 * run * (run + 1) / 2 + (run + 1) * 65535;
}
static_assert(largest_s2(kMaxAdlerRun) <= UINT32_MAX && largest_s2(kMaxAdlerRun + 1) > UINT32_MAX);

}  // namespace warpz::kernels

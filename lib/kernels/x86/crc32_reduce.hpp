// SPDX-License-Identifier: Zlib
// Last steps that the carry-less kernels of x86 share. Always inlined, so that each takes the
// encoding of its caller.
#pragma once

#include <cstdint>

#include "kernels/crc32_poly.hpp"
#include "kernels/x86/intrinsics.hpp"

namespace warpz::kernels::x86 {

/// Remainder of the 96 bits of `sum`, which is in the reduce frame (crc32_poly.hpp).
[[gnu::target("pclmul,sse4.1"), gnu::always_inline]] inline std::uint32_t crc32_reduce(
    __m128i sum) noexcept {
    const __m128i constants = _mm_set_epi64x(static_cast<long long>(crc32_poly::kDivisor),
                                             static_cast<long long>(crc32_poly::kQuotient));
    const __m128i quotient = _mm_clmulepi64_si128(sum, constants, 0x00);
    const __m128i multiple = _mm_clmulepi64_si128(quotient, constants, 0x10);
    return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(sum, multiple), 2));
}

}  // namespace warpz::kernels::x86

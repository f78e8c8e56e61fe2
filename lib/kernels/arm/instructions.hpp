// SPDX-License-Identifier: Zlib
// Instructions of optional AArch64 extensions. Written as assembly because clang before 16 declares
// their intrinsics only when a whole file is compiled for the extension, which these kernels must
// not be.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#if defined(__clang__)
#define WARPZ_TARGET_CRC gnu::target("crc")
#define WARPZ_TARGET_PMULL gnu::target("aes")
#define WARPZ_TARGET_DOTPROD gnu::target("dotprod")
#else
#define WARPZ_TARGET_CRC gnu::target("+crc")
#define WARPZ_TARGET_PMULL gnu::target("+crypto")
#define WARPZ_TARGET_DOTPROD gnu::target("arch=armv8.2-a+dotprod")
#endif

namespace warpz::kernels::arm {

[[WARPZ_TARGET_CRC, gnu::always_inline]] inline std::uint32_t crc32_word(
    std::uint32_t crc, std::uint64_t word) noexcept {
    asm("crc32x %w0, %w0, %x1" : "+r"(crc) : "r"(word));
    return crc;
}

[[WARPZ_TARGET_CRC, gnu::always_inline]] inline std::uint32_t crc32_byte(
    std::uint32_t crc, std::uint8_t byte) noexcept {
    asm("crc32b %w0, %w0, %w1" : "+r"(crc) : "r"(byte));
    return crc;
}

/// Carry-less product of both low words.
[[WARPZ_TARGET_PMULL, gnu::always_inline]] inline uint64x2_t multiply_low(uint64x2_t a,
                                                                          uint64x2_t b) noexcept {
    uint64x2_t product;
    asm("pmull %0.1q, %1.1d, %2.1d" : "=w"(product) : "w"(a), "w"(b));
    return product;
}

/// Carry-less product of both high words.
[[WARPZ_TARGET_PMULL, gnu::always_inline]] inline uint64x2_t multiply_high(uint64x2_t a,
                                                                           uint64x2_t b) noexcept {
    uint64x2_t product;
    asm("pmull2 %0.1q, %1.2d, %2.2d" : "=w"(product) : "w"(a), "w"(b));
    return product;
}

/// Adds the products of bytes, in groups of four, to the lanes of `sum`.
[[WARPZ_TARGET_DOTPROD, gnu::always_inline]] inline uint32x4_t dot_product(uint32x4_t sum,
                                                                           uint8x16_t a,
                                                                           uint8x16_t b) noexcept {
    asm("udot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b));
    return sum;
}

}  // namespace warpz::kernels::arm

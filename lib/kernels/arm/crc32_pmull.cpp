// SPDX-License-Identifier: Zlib
// CRC-32 with carry-less multiplication on AArch64, by the plan of x86/crc32_pclmul.cpp: short
// input is multiplied into the 96-bit reduce frame at once, longer input is first folded, eight
// vectors wide.
#include "kernels/arm/instructions.hpp"
#include "kernels/crc32_head.hpp"
#include "kernels/crc32_poly.hpp"
#include "kernels/kernels.hpp"

#define WARPZ_TARGET WARPZ_TARGET_PMULL

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 16;  // bytes
constexpr std::size_t kWide = 8;     // vectors that are folded side by side

/// Vectors after the first two that need no folding.
constexpr std::size_t kMaxDirect = 2 * kWide - 2;
static_assert((kMaxDirect + 2) * kVector / 8 <= crc32_poly::kReduceWords);

[[WARPZ_TARGET, gnu::always_inline]] inline uint64x2_t load(const std::uint8_t* from) noexcept {
    return vreinterpretq_u64_u8(vld1q_u8(from));
}

/// Both words times their factors, added to `sum`.
[[WARPZ_TARGET, gnu::always_inline]] inline uint64x2_t multiply_add(uint64x2_t words,
                                                                    uint64x2_t factors,
                                                                    uint64x2_t sum) noexcept {
    return veorq_u64(veorq_u64(sum, arm::multiply_low(words, factors)),
                     arm::multiply_high(words, factors));
}

[[WARPZ_TARGET, gnu::always_inline]] inline uint64x2_t words(std::uint64_t low,
                                                             std::uint64_t high) noexcept {
    return vcombine_u64(vcreate_u64(low), vcreate_u64(high));
}

/// Remainder of the 96 bits of `sum`, which is in the reduce frame (crc32_poly.hpp).
[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t reduce(uint64x2_t sum) noexcept {
    const uint64x2_t quotient = arm::multiply_low(sum, words(crc32_poly::kQuotient, 0));
    const uint64x2_t multiple = arm::multiply_low(quotient, words(crc32_poly::kDivisor, 0));
    return static_cast<std::uint32_t>(vgetq_lane_u64(veorq_u64(sum, multiple), 1));
}

/// Factors for a message's last `vectors` vectors.
inline const std::uint64_t* factors_for(std::size_t vectors) noexcept {
    return crc32_poly::kReduceFactors.data() + crc32_poly::kReduceWords - 2 * vectors;
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t arm::crc32_pmull(std::uint32_t value, const std::uint8_t* data,
                                                std::size_t size) noexcept {
    std::uint32_t crc = ~value;
    uint64x2_t sum = vdupq_n_u64(0);
    if (size < kVector) {
        if (size < 4) {
            for (; size != 0; ++data, --size)
                crc = (crc >> 8) ^ kCrc32ByteTable[(crc ^ *data) & 0xFF];
            return ~crc;
        }
        const unsigned __int128 message = crc32_short_message(crc, data, size);
        const uint64x2_t only =
            words(static_cast<std::uint64_t>(message), static_cast<std::uint64_t>(message >> 64));
        return ~reduce(multiply_add(only, vld1q_u64(factors_for(1)), sum));
    }

    // The first vector holds size % 16 bytes, perhaps none; it and the second one contain the
    // register.
    const std::size_t head = size % kVector;
    const uint64x2_t start = veorq_u64(load(data), words(crc, 0));
    const uint64x2_t first = vreinterpretq_u64_u8(
        vqtbl1q_u8(vreinterpretq_u8_u64(start), vld1q_u8(kMoveToEnd.data() + head)));
    data += head;
    const uint64x2_t second = veorq_u64(load(data), words(crc32_beyond(crc, head), 0));
    data += kVector;
    std::size_t vectors = size / kVector - 1;  // that are left

    if (vectors <= kMaxDirect) {
        const std::uint64_t* factors = factors_for(vectors);
        for (std::size_t i = 0; i < vectors; ++i, data += kVector)
            sum = multiply_add(load(data), vld1q_u64(factors + 2 * i), sum);
        // Last, because these two wait for the previous call's result when calls are chained.
        sum = multiply_add(second, vld1q_u64(factors - 2), sum);
        sum = multiply_add(first, vld1q_u64(factors - 4), sum);
        return ~reduce(sum);
    }

    constexpr unsigned kWideBits = kWide * kVector * 8;
    const uint64x2_t fold =
        words(crc32_poly::fold_factor(kWideBits + 64), crc32_poly::fold_factor(kWideBits));
    uint64x2_t wide[kWide] = {first, second};
    for (std::size_t i = 2; i < kWide; ++i, data += kVector) wide[i] = load(data);
    vectors -= kWide - 2;
    for (; vectors >= kWide; vectors -= kWide, data += kWide * kVector) {
        for (std::size_t i = 0; i < kWide; ++i)
            wide[i] = multiply_add(wide[i], fold, load(data + i * kVector));
    }
    const std::uint64_t* factors = factors_for(kWide + vectors);
    for (std::size_t i = 0; i < vectors; ++i)
        sum = multiply_add(load(data + i * kVector), vld1q_u64(factors + 2 * (kWide + i)), sum);
    for (std::size_t i = 0; i < kWide; ++i)
        sum = multiply_add(wide[i], vld1q_u64(factors + 2 * i), sum);
    return ~reduce(sum);
}

}  // namespace warpz::kernels

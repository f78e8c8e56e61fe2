// SPDX-License-Identifier: Zlib
// Adler-32 with UDOT, which adds products of bytes in groups of four. Four chains of sums run side
// by side.
#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/arm/instructions.hpp"
#include "kernels/kernels.hpp"

namespace warpz::kernels {
namespace {

constexpr std::size_t kWide = 4;
constexpr std::size_t kStep = kWide * 16;  // bytes
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep;

/// 64, 63, ..., 1: what each place of a step adds to the second sum.
alignas(16) constexpr std::array<std::uint8_t, kStep> kWeights = [] {
    std::array<std::uint8_t, kStep> weights{};
    for (std::size_t i = 0; i < kStep; ++i) weights[i] = static_cast<std::uint8_t>(kStep - i);
    return weights;
}();

}  // namespace

[[WARPZ_TARGET_DOTPROD]] std::uint32_t arm::adler32_dotprod(std::uint32_t value,
                                                            const std::uint8_t* data,
                                                            std::size_t size) noexcept {
    const std::size_t head = size % kStep;
    value = generic::adler32(value, data, head);
    data += head;
    size -= head;

    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    const uint8x16_t ones = vdupq_n_u8(1);
    while (size != 0) {
        const std::size_t steps = std::min(size / kStep, kStepsPerRun);
        s2 += s1 * static_cast<std::uint32_t>(steps * kStep);
        size -= steps * kStep;

        uint32x4_t bytes[kWide] = {};
        uint32x4_t weighted[kWide] = {};
        uint32x4_t prefix[kWide] = {};  // of `bytes` before each step
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            for (std::size_t v = 0; v < kWide; ++v) {
                const uint8x16_t vector = vld1q_u8(data + 16 * v);
                prefix[v] = vaddq_u32(prefix[v], bytes[v]);
                bytes[v] = dot_product(bytes[v], vector, ones);
                weighted[v] = dot_product(weighted[v], vector, vld1q_u8(kWeights.data() + 16 * v));
            }
        }
        uint32x4_t sum1 = vdupq_n_u32(0);
        uint32x4_t sum2 = vdupq_n_u32(0);
        for (std::size_t v = 0; v < kWide; ++v) {
            sum1 = vaddq_u32(sum1, bytes[v]);
            sum2 = vaddq_u32(sum2, vaddq_u32(weighted[v], vshlq_n_u32(prefix[v], 6)));
        }
        s1 = (s1 + vaddvq_u32(sum1)) % kAdlerModulus;
        s2 = (s2 + vaddvq_u32(sum2)) % kAdlerModulus;
    }
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

// SPDX-License-Identifier: Zlib
// Adler-32 with baseline NEON. The bytes at each of a step's 64 places are summed in 16 bits and
// multiplied by the place's weight once per run.
#include <arm_neon.h>

#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"

namespace warpz::kernels {
namespace {

constexpr std::size_t kStep = 64;  // bytes
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep;
static_assert(kStepsPerRun * 255 <= UINT16_MAX);  // the sum of one place

/// 64, 63, ..., 1: what each place of a step adds to the second sum.
alignas(16) constexpr std::array<std::uint16_t, kStep> kWeights = [] {
    std::array<std::uint16_t, kStep> weights{};
    for (std::size_t i = 0; i < kStep; ++i) weights[i] = static_cast<std::uint16_t>(kStep - i);
    return weights;
}();

}  // namespace

std::uint32_t arm::adler32_neon(std::uint32_t value, const std::uint8_t* data,
                                std::size_t size) noexcept {
    const std::size_t head = size % kStep;
    value = generic::adler32(value, data, head);
    data += head;
    size -= head;

    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    while (size != 0) {
        const std::size_t steps = std::min(size / kStep, kStepsPerRun);
        s2 += s1 * static_cast<std::uint32_t>(steps * kStep);
        size -= steps * kStep;

        uint32x4_t bytes = vdupq_n_u32(0);
        uint32x4_t prefix = vdupq_n_u32(0);  // of `bytes` before each step
        uint16x8_t places[kStep / 8] = {};
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            prefix = vaddq_u32(prefix, bytes);
            uint16x8_t pairs = vdupq_n_u16(0);
            for (std::size_t v = 0; v < 4; ++v) {
                const uint8x16_t vector = vld1q_u8(data + 16 * v);
                pairs = vpadalq_u8(pairs, vector);
                places[2 * v] = vaddw_u8(places[2 * v], vget_low_u8(vector));
                places[2 * v + 1] = vaddw_high_u8(places[2 * v + 1], vector);
            }
            bytes = vpadalq_u16(bytes, pairs);
        }
        uint32x4_t weighted = vshlq_n_u32(prefix, 6);
        for (std::size_t p = 0; p < kStep / 8; ++p) {
            const uint16x8_t weights = vld1q_u16(kWeights.data() + 8 * p);
            weighted = vmlal_u16(weighted, vget_low_u16(places[p]), vget_low_u16(weights));
            weighted = vmlal_high_u16(weighted, places[p], weights);
        }
        s1 = (s1 + vaddvq_u32(bytes)) % kAdlerModulus;
        s2 = (s2 + vaddvq_u32(weighted)) % kAdlerModulus;
    }
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

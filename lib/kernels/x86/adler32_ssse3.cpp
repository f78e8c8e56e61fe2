// SPDX-License-Identifier: Zlib
// Adler-32 on 128 bits: PSADBW adds bytes, PMADDUBSW multiplies them by their weights. What is no
// multiple of 32 bytes is taken first, with a partial vector whose missing bytes count as zeros.
#include <immintrin.h>

#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"

#define WARPZ_TARGET gnu::target("ssse3")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 16;  // bytes
constexpr std::size_t kStep = 2 * kVector;
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep - 1;

/// 32, 31, ..., 1 for a step; from 32 - n on, n, ..., 1, 0, ... for n bytes at a vector's start.
/// The largest pair of products, 255 * (32 + 31), fits PMADDUBSW's signed 16 bits.
alignas(16) constexpr std::array<std::uint8_t, 3 * kVector> kWeights = [] {
    std::array<std::uint8_t, 3 * kVector> weights{};
    for (std::size_t i = 0; i < kStep; ++i) weights[i] = static_cast<std::uint8_t>(kStep - i);
    return weights;
}();

/// From 16 - n on: ones for n bytes, then zeros.
alignas(16) constexpr std::array<std::uint8_t, 2 * kVector> kFirstBytes = [] {
    std::array<std::uint8_t, 2 * kVector> mask{};
    for (std::size_t i = 0; i < kVector; ++i) mask[i] = 0xFF;
    return mask;
}();

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i load(const void* from) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i add_bytes(__m128i data) noexcept {
    return _mm_sad_epu8(data, _mm_setzero_si128());
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i weigh(__m128i data, __m128i weights) noexcept {
    return _mm_madd_epi16(_mm_maddubs_epi16(data, weights), _mm_set1_epi16(1));
}

[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t add_lanes(__m128i lanes) noexcept {
    const __m128i pair = _mm_add_epi32(lanes, _mm_unpackhi_epi64(lanes, lanes));
    return static_cast<std::uint32_t>(
        _mm_cvtsi128_si32(_mm_add_epi32(pair, _mm_srli_epi64(pair, 32))));
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::adler32_ssse3(std::uint32_t value, const std::uint8_t* data,
                                                  std::size_t size) noexcept {
    if (size < kVector) return generic::adler32(value, data, size);
    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    const __m128i weights_a = load(kWeights.data());
    const __m128i weights_b = load(kWeights.data() + kVector);
    do {
        const std::size_t head = size % kStep;
        const std::size_t steps = std::min(size / kStep, kStepsPerRun);
        const std::size_t run = head + steps * kStep;
        s2 += s1 * static_cast<std::uint32_t>(run);
        size -= run;

        __m128i bytes = _mm_setzero_si128();
        __m128i weighted = bytes;
        if (head != 0) {
            // Up to 15 bytes and perhaps a whole vector.
            const std::size_t whole = head & kVector;
            const std::size_t part = head % kVector;
            const __m128i a = _mm_and_si128(load(data), load(kFirstBytes.data() + kVector - part));
            bytes = add_bytes(a);
            weighted = weigh(a, load(kWeights.data() + kStep - head));
            data += part;
            if (whole != 0) {
                const __m128i b = load(data);
                bytes = _mm_add_epi32(bytes, add_bytes(b));
                weighted = _mm_add_epi32(weighted, weigh(b, weights_b));
                data += kVector;
            }
        }
        __m128i prefix = _mm_setzero_si128();
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            const __m128i a = load(data);
            const __m128i b = load(data + kVector);
            prefix = _mm_add_epi32(prefix, bytes);
            bytes = _mm_add_epi32(bytes, _mm_add_epi32(add_bytes(a), add_bytes(b)));
            weighted =
                _mm_add_epi32(weighted, _mm_add_epi32(weigh(a, weights_a), weigh(b, weights_b)));
        }
        s1 = (s1 + add_lanes(bytes)) % kAdlerModulus;
        s2 = (s2 + add_lanes(_mm_add_epi32(weighted, _mm_slli_epi32(prefix, 5)))) % kAdlerModulus;
    } while (size != 0);
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

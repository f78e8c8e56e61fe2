// SPDX-License-Identifier: Zlib
// Adler-32 on 256 bits: VPSADBW adds bytes, VPMADDUBSW multiplies them by their weights. What is no
// multiple of 64 bytes is taken first, with a partial vector whose missing bytes count as zeros.
#include <immintrin.h>

#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"

#define WARPZ_TARGET gnu::target("avx2")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 32;  // bytes
constexpr std::size_t kStep = 2 * kVector;
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep - 1;

/// 64, 63, ..., 1 for a step; from 64 - n on, n, ..., 1, 0, ... for n bytes at a vector's start.
/// The largest pair of products, 255 * (64 + 63), fits VPMADDUBSW's signed 16 bits.
alignas(32) constexpr std::array<std::uint8_t, 3 * kVector> kWeights = [] {
    std::array<std::uint8_t, 3 * kVector> weights{};
    for (std::size_t i = 0; i < kStep; ++i) weights[i] = static_cast<std::uint8_t>(kStep - i);
    return weights;
}();
static_assert(255 * (64 + 63) <= INT16_MAX);

/// From 32 - n on: ones for n bytes, then zeros.
alignas(32) constexpr std::array<std::uint8_t, 2 * kVector> kFirstBytes = [] {
    std::array<std::uint8_t, 2 * kVector> mask{};
    for (std::size_t i = 0; i < kVector; ++i) mask[i] = 0xFF;
    return mask;
}();

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i load(const void* from) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i add(__m256i a, __m256i b) noexcept {
    return _mm256_add_epi32(a, b);
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i add_bytes(__m256i data) noexcept {
    return _mm256_sad_epu8(data, _mm256_setzero_si256());
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i weigh(__m256i data, __m256i weights) noexcept {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(data, weights), _mm256_set1_epi16(1));
}

[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t add_lanes(__m256i lanes) noexcept {
    const __m128i half =
        _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    const __m128i pair = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
    return static_cast<std::uint32_t>(
        _mm_cvtsi128_si32(_mm_add_epi32(pair, _mm_srli_epi64(pair, 32))));
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::adler32_avx2(std::uint32_t value, const std::uint8_t* data,
                                                 std::size_t size) noexcept {
    if (size < kVector) return adler32_ssse3(value, data, size);
    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    const __m256i weights_a = load(kWeights.data());
    const __m256i weights_b = load(kWeights.data() + kVector);
    do {
        const std::size_t head = size % kStep;
        const std::size_t steps = std::min(size / kStep, kStepsPerRun);
        const std::size_t run = head + steps * kStep;
        s2 += s1 * static_cast<std::uint32_t>(run);
        size -= run;

        __m256i bytes = _mm256_setzero_si256();
        __m256i weighted = bytes;
        if (head != 0) {
            // Up to 31 bytes and perhaps a whole vector.
            const std::size_t part = head % kVector;
            const __m256i a =
                _mm256_and_si256(load(data), load(kFirstBytes.data() + kVector - part));
            bytes = add_bytes(a);
            weighted = weigh(a, load(kWeights.data() + kStep - head));
            data += part;
            if (head >= kVector) {
                const __m256i b = load(data);
                bytes = add(bytes, add_bytes(b));
                weighted = add(weighted, weigh(b, weights_b));
                data += kVector;
            }
        }
        __m256i prefix = _mm256_setzero_si256();
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            const __m256i a = load(data);
            const __m256i b = load(data + kVector);
            prefix = add(prefix, bytes);
            bytes = add(bytes, add(add_bytes(a), add_bytes(b)));
            weighted = add(weighted, add(weigh(a, weights_a), weigh(b, weights_b)));
        }
        s1 = (s1 + add_lanes(bytes)) % kAdlerModulus;
        s2 = (s2 + add_lanes(add(weighted, _mm256_slli_epi32(prefix, 6)))) % kAdlerModulus;
    } while (size != 0);
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

// SPDX-License-Identifier: Zlib
// Adler-32 on 256 bits with the VEX-coded VPDPBUSD, for cores that have it without AVX-512 (Alder
// Lake and later). Four chains of sums run side by side.
#include <immintrin.h>

#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"

#define WARPZ_TARGET gnu::target("avx2,avxvnni")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 32;  // bytes
constexpr std::size_t kStep = 4 * kVector;
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep - 1;

alignas(32) constexpr std::array<std::uint8_t, kVector> kWeights = [] {
    std::array<std::uint8_t, kVector> weights{};
    for (std::size_t i = 0; i < kVector; ++i) weights[i] = static_cast<std::uint8_t>(kVector - i);
    return weights;
}();

/// Sums of one chain, 32 bits per lane.
struct Chain {
    __m256i bytes;     // of the bytes so far
    __m256i weighted;  // of bytes times their weight within their vector
    __m256i prefix;    // of `bytes` before each vector: what a vector's weights lack, in steps
};

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i load(const void* from) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i add(__m256i a, __m256i b) noexcept {
    return _mm256_add_epi32(a, b);
}

[[WARPZ_TARGET, gnu::always_inline]] inline void step(Chain& chain, __m256i data, __m256i weights,
                                                      __m256i ones) noexcept {
    chain.prefix = add(chain.prefix, chain.bytes);
    chain.weighted = _mm256_dpbusd_avx_epi32(chain.weighted, data, weights);
    chain.bytes = _mm256_dpbusd_avx_epi32(chain.bytes, data, ones);
    // Each sum stays in its own register: without this gcc 12 copies and spills them (gcc bug
    // 107892).
    asm("" : "+x"(chain.prefix), "+x"(chain.weighted), "+x"(chain.bytes));
}

[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t add_lanes(__m256i lanes) noexcept {
    const __m128i half =
        _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    const __m128i pair = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
    return static_cast<std::uint32_t>(
        _mm_cvtsi128_si32(_mm_add_epi32(pair, _mm_srli_epi64(pair, 32))));
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::adler32_avx_vnni(std::uint32_t value, const std::uint8_t* data,
                                                     std::size_t size) noexcept {
    // The other kernel takes what is no whole step; nothing at all too, which still reduces the
    // sums.
    if (const std::size_t head = size % kStep; head != 0 || size == 0) {
        value = adler32_avx2(value, data, head);
        data += head;
        size -= head;
    }
    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    const __m256i weights = load(kWeights.data());
    const __m256i ones = _mm256_set1_epi8(1);
    while (size != 0) {
        const std::size_t steps = std::min(size / kStep, kStepsPerRun);
        s2 += s1 * static_cast<std::uint32_t>(steps * kStep);
        size -= steps * kStep;

        Chain a{}, b{}, c{}, d{};
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            step(a, load(data), weights, ones);
            step(b, load(data + kVector), weights, ones);
            step(c, load(data + 2 * kVector), weights, ones);
            step(d, load(data + 3 * kVector), weights, ones);
        }
        // A step's vectors lack 96, 64, 32 and 0 in their bytes' weights, and 128 for each step
        // after it.
        const __m256i ab = add(a.bytes, b.bytes);
        const __m256i abc = add(ab, c.bytes);
        const __m256i prefix = add(add(a.prefix, b.prefix), add(c.prefix, d.prefix));
        const __m256i weighted = add(add(a.weighted, b.weighted), add(c.weighted, d.weighted));
        const __m256i lacking = _mm256_slli_epi32(add(add(a.bytes, ab), abc), 5);
        s1 = (s1 + add_lanes(add(abc, d.bytes))) % kAdlerModulus;
        s2 = (s2 + add_lanes(add(add(weighted, lacking), _mm256_slli_epi32(prefix, 7)))) %
             kAdlerModulus;
    }
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

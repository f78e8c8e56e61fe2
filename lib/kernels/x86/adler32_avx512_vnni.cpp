// SPDX-License-Identifier: Zlib
// Adler-32 on 512 bits with VPDPBUSD, which adds products of bytes in groups of four. Sums are
// weighted from the message's end, so an odd length is made a multiple of 64 with zero bytes in
// front.
#include <algorithm>
#include <array>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"
#include "kernels/x86/intrinsics.hpp"

#define WARPZ_TARGET gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,bmi2")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 64;       // bytes
constexpr std::size_t kAlignFrom = 4096;  // bytes from which aligned loads are worth a second call
constexpr std::size_t kWide = 4;          // chains of sums side by side
constexpr std::size_t kStep = kWide * kVector;
constexpr std::size_t kStepsPerRun = kMaxAdlerRun / kStep;

/// 64, 63, ..., 1 for a whole vector; from 64 - n on, n, ..., 1, 0, ... for n bytes at a vector's
/// start.
alignas(64) constexpr std::array<std::uint8_t, 2 * kVector> kWeights = [] {
    std::array<std::uint8_t, 2 * kVector> weights{};
    for (std::size_t i = 0; i < kVector; ++i) weights[i] = static_cast<std::uint8_t>(kVector - i);
    return weights;
}();

/// Sums of one chain, 32 bits per lane.
struct Chain {
    __m512i bytes;     // of the bytes so far
    __m512i weighted;  // of bytes times their weight within their vector
    __m512i prefix;    // of `bytes` before each vector: what a vector's weight lacks, in steps
};

[[WARPZ_TARGET, gnu::always_inline]] inline __m512i load(const void* from) noexcept {
    return _mm512_loadu_si512(from);
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m512i add(__m512i a, __m512i b) noexcept {
    return _mm512_add_epi32(a, b);
}

[[WARPZ_TARGET, gnu::always_inline]] inline Chain begin(__m512i data, __m512i weights) noexcept {
    const __m512i zero = _mm512_setzero_si512();
    return {_mm512_dpbusd_epi32(zero, data, _mm512_set1_epi8(1)),
            _mm512_dpbusd_epi32(zero, data, weights), zero};
}

[[WARPZ_TARGET, gnu::always_inline]] inline void step(Chain& chain, __m512i data, __m512i weights,
                                                      __m512i ones) noexcept {
    chain.prefix = add(chain.prefix, chain.bytes);
    chain.weighted = _mm512_dpbusd_epi32(chain.weighted, data, weights);
    chain.bytes = _mm512_dpbusd_epi32(chain.bytes, data, ones);
    // Each sum stays in its own register: without this gcc 12 copies and spills them (gcc bug
    // 107892).
    asm("" : "+v"(chain.prefix), "+v"(chain.weighted), "+v"(chain.bytes));
}

/// A chain that begins with the last `left` bytes, at most 64, of the message that ends at `end`.
[[WARPZ_TARGET, gnu::always_inline]] inline Chain begin_before(const std::uint8_t* end,
                                                               std::size_t left) noexcept {
    if (left >= kVector) return begin(load(end - kVector), load(kWeights.data()));
    // Masked loads do not fault, but one that touches an unmapped page costs some hundred cycles.
    // The two forms stay within the pages of the bytes.
    constexpr std::uintptr_t kPage = 4096;
    const std::uint64_t mask = _bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(left));
    const std::uint8_t* data = end - left;
    if (reinterpret_cast<std::uintptr_t>(data) % kPage <= kPage - kVector) [[likely]]
        return begin(_mm512_maskz_loadu_epi8(mask, data), load(kWeights.data() + kVector - left));
    return begin(_mm512_maskz_loadu_epi8(mask << (kVector - left), end - kVector),
                 load(kWeights.data()));
}

struct Sums {
    std::uint32_t s1;
    std::uint32_t s2;
};

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i add_halves(__m512i lanes) noexcept {
    return _mm256_add_epi32(_mm512_castsi512_si256(lanes), _mm512_extracti64x4_epi64(lanes, 1));
}

/// Adds up all lanes of each vector.
[[WARPZ_TARGET, gnu::always_inline]] inline Sums add_lanes(__m512i s1, __m512i s2) noexcept {
    const __m256i half1 = add_halves(s1);
    const __m256i half2 = add_halves(s2);
    const __m256i pairs =
        _mm256_add_epi32(_mm256_unpacklo_epi32(half1, half2), _mm256_unpackhi_epi32(half1, half2));
    const __m128i quarter =
        _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    const __m128i both = _mm_add_epi32(quarter, _mm_unpackhi_epi64(quarter, quarter));
    const auto word = static_cast<std::uint64_t>(_mm_cvtsi128_si64(both));
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::adler32_avx512_vnni(std::uint32_t value,
                                                        const std::uint8_t* data,
                                                        std::size_t size) noexcept {
    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    if (size <= kVector) {
        if (size == 0) return (s1 % kAdlerModulus) | ((s2 % kAdlerModulus) << 16);
        s2 += s1 * static_cast<std::uint32_t>(size);
        const Chain only = begin_before(data + size, size);
        const Sums sums = add_lanes(only.bytes, only.weighted);
        s1 += sums.s1;
        s2 += sums.s2;
        return (s1 % kAdlerModulus) | ((s2 % kAdlerModulus) << 16);
    }

    if (size >= kAlignFrom) {
        // Vectors are counted from the end. Loads that straddle cache lines would cost more than
        // one short call.
        const std::size_t tail = (reinterpret_cast<std::uintptr_t>(data) + size) % kVector;
        if (tail != 0)
            return adler32_avx512_vnni(adler32_avx512_vnni(value, data, size - tail),
                                       data + size - tail, tail);
    }

    const __m512i weights = load(kWeights.data());
    const __m512i ones = _mm512_set1_epi8(1);
    do {
        // The first step takes what is no multiple of 256 bytes; its chains fill up from the last
        // one.
        const std::size_t first = (size - 1) % kStep + 1;
        const std::size_t steps = std::min((size - first) / kStep, kStepsPerRun - 1);
        const std::size_t run = first + steps * kStep;
        s2 += s1 * static_cast<std::uint32_t>(run);
        size -= run;

        data += first;
        Chain a{}, b{}, c{};
        Chain d = begin_before(data, first);
        if (first > kVector) c = begin_before(data - kVector, first - kVector);
        if (first > 2 * kVector) b = begin_before(data - 2 * kVector, first - 2 * kVector);
        if (first > 3 * kVector) a = begin_before(data - 3 * kVector, first - 3 * kVector);
        for (std::size_t i = 0; i < steps; ++i, data += kStep) {
            step(a, load(data), weights, ones);
            step(b, load(data + kVector), weights, ones);
            step(c, load(data + 2 * kVector), weights, ones);
            step(d, load(data + 3 * kVector), weights, ones);
        }

        // A step's vectors lack 192, 128, 64 and 0 in their bytes' weights, and 256 for each step
        // after it.
        const __m512i ab = add(a.bytes, b.bytes);
        const __m512i abc = add(ab, c.bytes);
        const __m512i prefix = add(add(a.prefix, b.prefix), add(c.prefix, d.prefix));
        const __m512i weighted = add(add(a.weighted, b.weighted), add(c.weighted, d.weighted));
        const __m512i lacking = _mm512_slli_epi32(add(add(a.bytes, ab), abc), 6);
        const Sums sums =
            add_lanes(add(abc, d.bytes), add(add(weighted, lacking), _mm512_slli_epi32(prefix, 8)));
        s1 = (s1 + sums.s1) % kAdlerModulus;
        s2 = (s2 + sums.s2) % kAdlerModulus;
    } while (size != 0);
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

// SPDX-License-Identifier: Zlib
// CRC-32 with carry-less multiplication on 256 bits, for cores with VPCLMULQDQ but without AVX-512
// (Alder Lake, Zen 3). Same plan as crc32_pclmul.cpp, which takes what is shorter than two of its
// vectors.
#include <immintrin.h>

#include "kernels/crc32_head.hpp"
#include "kernels/kernels.hpp"
#include "kernels/x86/crc32_reduce.hpp"

#define WARPZ_TARGET gnu::target("avx2,vpclmulqdq,pclmul")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 32;  // bytes
constexpr std::size_t kWide = 8;     // vectors that are folded side by side

/// Vectors after the first two that need no folding: all that there are factors for.
constexpr std::size_t kMaxDirect = crc32_poly::kReduceWords * 8 / kVector - 2;
static_assert(kMaxDirect >= 2 * kWide - 3);  // what folding leaves

[[WARPZ_TARGET, gnu::always_inline]] inline __m256i load(const void* from) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i load_half(const void* from) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// All words times their factors, added to `sum`.
[[WARPZ_TARGET, gnu::always_inline]] inline __m256i multiply_add(__m256i words, __m256i factors,
                                                                 __m256i sum) noexcept {
    return _mm256_xor_si256(_mm256_xor_si256(_mm256_clmulepi64_epi128(words, factors, 0x00), sum),
                            _mm256_clmulepi64_epi128(words, factors, 0x11));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i low_word(std::uint32_t crc) noexcept {
    return _mm_cvtsi32_si128(static_cast<int>(crc));
}

/// Factors for a message's last `vectors` vectors.
inline const std::uint64_t* factors_for(std::size_t vectors) noexcept {
    return crc32_poly::kReduceFactors.data() + crc32_poly::kReduceWords - 4 * vectors;
}

[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t reduce(__m256i sum) noexcept {
    return x86::crc32_reduce(
        _mm_xor_si128(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)));
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::crc32_vpclmul_avx2(std::uint32_t value,
                                                       const std::uint8_t* data,
                                                       std::size_t size) noexcept {
    if (size < 2 * kVector) return crc32_pclmul(value, data, size);
    const std::uint32_t crc = ~value;

    // The first vector holds size % 32 bytes, perhaps none, as up to 15 and perhaps 16 more; it and
    // the second one contain the register.
    const std::size_t head = size % 16;
    const __m128i start = _mm_shuffle_epi8(_mm_xor_si128(load_half(data), low_word(crc)),
                                           load_half(kMoveToEnd.data() + head));
    data += head;
    __m128i rest = low_word(crc32_beyond(crc, head));
    __m256i first = _mm256_inserti128_si256(_mm256_setzero_si256(), start, 1);
    if (size % kVector >= 16) {
        first = _mm256_inserti128_si256(_mm256_castsi128_si256(start),
                                        _mm_xor_si128(load_half(data), rest), 1);
        data += 16;
        rest = _mm_setzero_si128();
    }
    const __m256i second = _mm256_xor_si256(load(data), _mm256_zextsi128_si256(rest));
    data += kVector;
    std::size_t vectors = size / kVector - 1;  // that are left

    __m256i sum = _mm256_setzero_si256();
    if (vectors <= kMaxDirect) {
        const std::uint64_t* factors = factors_for(vectors);
        for (std::size_t i = 0; i < vectors; ++i, data += kVector)
            sum = multiply_add(load(data), load(factors + 4 * i), sum);
        // Last, because these two wait for the previous call's result when calls are chained.
        sum = multiply_add(second, load(factors - 4), sum);
        sum = multiply_add(first, load(factors - 8), sum);
        return ~reduce(sum);
    }

    constexpr unsigned kWideBits = kWide * kVector * 8;
    const __m256i fold = _mm256_broadcastsi128_si256(
        _mm_set_epi64x(static_cast<long long>(crc32_poly::fold_factor(kWideBits)),
                       static_cast<long long>(crc32_poly::fold_factor(kWideBits + 64))));
    __m256i wide[kWide] = {first, second};
    for (std::size_t i = 2; i < kWide; ++i, data += kVector) wide[i] = load(data);
    vectors -= kWide - 2;
    for (; vectors >= kWide; vectors -= kWide, data += kWide * kVector) {
        for (std::size_t i = 0; i < kWide; ++i)
            wide[i] = multiply_add(wide[i], fold, load(data + i * kVector));
    }
    const std::uint64_t* factors = factors_for(kWide + vectors);
    for (std::size_t i = 0; i < vectors; ++i)
        sum = multiply_add(load(data + i * kVector), load(factors + 4 * (kWide + i)), sum);
    for (std::size_t i = 0; i < kWide; ++i) sum = multiply_add(wide[i], load(factors + 4 * i), sum);
    return ~reduce(sum);
}

}  // namespace warpz::kernels

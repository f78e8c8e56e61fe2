// SPDX-License-Identifier: Zlib
// CRC-32 with carry-less multiplication on 512 bits. Up to 1 KiB is multiplied into the 96-bit
// reduce frame at once; longer input is first folded, eight vectors wide. A length that is no
// multiple of 64 is made one with zero bytes in front, which do not change a CRC.
#include <array>

#include "kernels/crc32_head.hpp"
#include "kernels/kernels.hpp"
#include "kernels/x86/crc32_reduce.hpp"
#include "kernels/x86/intrinsics.hpp"

#define WARPZ_TARGET \
    gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,vpclmulqdq,pclmul,bmi2")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 64;       // bytes
constexpr std::size_t kAlignFrom = 8192;  // bytes from which aligned loads are worth a second call
constexpr std::size_t kWide = 8;          // vectors that are folded side by side

/// Vectors after the first two that need no folding: all that there are factors for.
constexpr std::size_t kMaxDirect = crc32_poly::kReduceWords * 8 / kVector - 2;
static_assert(kMaxDirect >= 2 * kWide - 3);  // what folding leaves

alignas(64) constexpr std::array<std::uint8_t, kVector> kLanes = [] {
    std::array<std::uint8_t, kVector> lanes{};
    for (std::size_t i = 0; i < kVector; ++i) lanes[i] = static_cast<std::uint8_t>(i);
    return lanes;
}();

[[WARPZ_TARGET, gnu::always_inline]] inline __m512i load(const void* from) noexcept {
    return _mm512_loadu_si512(from);
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m512i xor3(__m512i a, __m512i b, __m512i c) noexcept {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/// Both words of each lane times their factors, added to `sum`.
[[WARPZ_TARGET, gnu::always_inline]] inline __m512i multiply_add(__m512i words, __m512i factors,
                                                                 __m512i sum) noexcept {
    return xor3(_mm512_clmulepi64_epi128(words, factors, 0x00),
                _mm512_clmulepi64_epi128(words, factors, 0x11), sum);
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m512i low_word(std::uint32_t crc) noexcept {
    return _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc)));
}

/// The first `bytes` (1..64) bytes of `from` moved to the vector's end, zeros before them.
[[WARPZ_TARGET, gnu::always_inline]] inline __m512i move_to_end(__m512i from,
                                                                std::size_t bytes) noexcept {
    const __m512i source =
        _mm512_add_epi8(load(kLanes.data()), _mm512_set1_epi8(static_cast<char>(bytes)));
    return _mm512_maskz_permutexvar_epi8(~std::uint64_t{0} << (kVector - bytes), source, from);
}

/// The CRC register that the sum of a message's products stands for.
[[WARPZ_TARGET, gnu::always_inline]] inline std::uint32_t reduce(__m512i sum) noexcept {
    const __m256i half =
        _mm256_xor_si256(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    const __m128i quarter =
        _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    return x86::crc32_reduce(quarter);
}

/// Factors for a message's last `vectors` vectors.
inline const std::uint64_t* factors_for(std::size_t vectors) noexcept {
    return crc32_poly::kReduceFactors.data() + crc32_poly::kReduceWords - 8 * vectors;
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::crc32_vpclmul_avx512(std::uint32_t value,
                                                         const std::uint8_t* data,
                                                         std::size_t size) noexcept {
    if (size < 2 * kVector) return crc32_pclmul(value, data, size);
    if (size >= kAlignFrom) {
        // Vectors are counted from the end. Loads that straddle cache lines would cost more than
        // one short call.
        const std::size_t tail = (reinterpret_cast<std::uintptr_t>(data) + size) % kVector;
        if (tail != 0)
            return crc32_pclmul(crc32_vpclmul_avx512(value, data, size - tail), data + size - tail,
                                tail);
    }
    const std::uint32_t crc = ~value;

    // The first vector holds what is no multiple of 64 bytes, or else 64; it and the second one
    // contain the register.
    const std::size_t head = size % kVector == 0 ? kVector : size % kVector;
    __m512i first = _mm512_xor_si512(load(data), low_word(crc));
    if (head != kVector) first = move_to_end(first, head);
    data += head;
    const __m512i second = _mm512_xor_si512(load(data), low_word(crc32_beyond(crc, head)));
    data += kVector;
    std::size_t vectors = (size - head) / kVector - 1;  // that are left

    __m512i sum = _mm512_setzero_si512();
    if (vectors <= kMaxDirect) {
        const std::uint64_t* factors = factors_for(vectors);
        for (std::size_t i = 0; i < vectors; ++i, data += kVector)
            sum = multiply_add(load(data), load(factors + 8 * i), sum);
        // Last, because these two wait for the previous call's result when calls are chained.
        sum = multiply_add(second, load(factors - 8), sum);
        sum = multiply_add(first, load(factors - 16), sum);
        return ~reduce(sum);
    }

    constexpr unsigned kWideBits = kWide * kVector * 8;
    const __m512i fold = _mm512_broadcast_i32x4(
        _mm_set_epi64x(static_cast<long long>(crc32_poly::fold_factor(kWideBits)),
                       static_cast<long long>(crc32_poly::fold_factor(kWideBits + 64))));
    __m512i wide[kWide] = {first, second};
    for (std::size_t i = 2; i < kWide; ++i, data += kVector) wide[i] = load(data);
    vectors -= kWide - 2;
    for (; vectors >= kWide; vectors -= kWide, data += kWide * kVector) {
        for (std::size_t i = 0; i < kWide; ++i)
            wide[i] = multiply_add(wide[i], fold, load(data + i * kVector));
    }
    const std::uint64_t* factors = factors_for(kWide + vectors);
    for (std::size_t i = 0; i < vectors; ++i)
        sum = multiply_add(load(data + i * kVector), load(factors + 8 * (kWide + i)), sum);
    for (std::size_t i = 0; i < kWide; ++i) sum = multiply_add(wide[i], load(factors + 8 * i), sum);
    return ~reduce(sum);
}

}  // namespace warpz::kernels

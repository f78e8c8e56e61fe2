// SPDX-License-Identifier: Zlib
// CRC-32 with carry-less multiplication on 128 bits. Short input is multiplied into the 96-bit
// reduce frame at once; longer input is first folded, eight vectors wide. A length that is no
// multiple of 16 is made one with zero bytes in front, which do not change a CRC.
#include <immintrin.h>

#include "kernels/crc32_head.hpp"
#include "kernels/kernels.hpp"
#include "kernels/x86/crc32_reduce.hpp"

#define WARPZ_TARGET gnu::target("pclmul,sse4.1")

namespace warpz::kernels {
namespace {

constexpr std::size_t kVector = 16;  // bytes
constexpr std::size_t kWide = 8;     // vectors that are folded side by side

/// Vectors after the first two that need no folding. More would be slower than to fold them:
/// without VEX coding each factor takes a load of its own.
constexpr std::size_t kMaxDirect = 2 * kWide - 2;
static_assert((kMaxDirect + 2) * kVector / 8 <= crc32_poly::kReduceWords);

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i load(const void* from) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// Both words times their factors, added to `sum`.
[[WARPZ_TARGET, gnu::always_inline]] inline __m128i multiply_add(__m128i words, __m128i factors,
                                                                 __m128i sum) noexcept {
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(words, factors, 0x00), sum),
                         _mm_clmulepi64_si128(words, factors, 0x11));
}

[[WARPZ_TARGET, gnu::always_inline]] inline __m128i low_word(std::uint32_t crc) noexcept {
    return _mm_cvtsi32_si128(static_cast<int>(crc));
}

/// Factors for a message's last `vectors` vectors.
inline const std::uint64_t* factors_for(std::size_t vectors) noexcept {
    return crc32_poly::kReduceFactors.data() + crc32_poly::kReduceWords - 2 * vectors;
}

}  // namespace

[[WARPZ_TARGET]] std::uint32_t x86::crc32_pclmul(std::uint32_t value, const std::uint8_t* data,
                                                 std::size_t size) noexcept {
    std::uint32_t crc = ~value;
    if (size < kVector) {
        if (size < 4) {
            for (; size != 0; ++data, --size)
                crc = (crc >> 8) ^ kCrc32ByteTable[(crc ^ *data) & 0xFF];
            return ~crc;
        }
        const unsigned __int128 message = crc32_short_message(crc, data, size);
        const __m128i only =
            _mm_set_epi64x(static_cast<long long>(message >> 64), static_cast<long long>(message));
        return ~crc32_reduce(multiply_add(only, load(factors_for(1)), _mm_setzero_si128()));
    }

    // The first vector holds size % 16 bytes, perhaps none; it and the second one contain the
    // register.
    const std::size_t head = size % kVector;
    const __m128i first =
        _mm_shuffle_epi8(_mm_xor_si128(load(data), low_word(crc)), load(kMoveToEnd.data() + head));
    data += head;
    const __m128i second = _mm_xor_si128(load(data), low_word(crc32_beyond(crc, head)));
    data += kVector;
    std::size_t vectors = size / kVector - 1;  // that are left

    __m128i sum = _mm_setzero_si128();
    if (vectors <= kMaxDirect) {
        const std::uint64_t* factors = factors_for(vectors);
        for (std::size_t i = 0; i < vectors; ++i, data += kVector)
            sum = multiply_add(load(data), load(factors + 2 * i), sum);
        // Last, because these two wait for the previous call's result when calls are chained.
        sum = multiply_add(second, load(factors - 2), sum);
        sum = multiply_add(first, load(factors - 4), sum);
        return ~crc32_reduce(sum);
    }

    constexpr unsigned kWideBits = kWide * kVector * 8;
    const __m128i fold =
        _mm_set_epi64x(static_cast<long long>(crc32_poly::fold_factor(kWideBits)),
                       static_cast<long long>(crc32_poly::fold_factor(kWideBits + 64)));
    __m128i wide[kWide] = {first, second};
    for (std::size_t i = 2; i < kWide; ++i, data += kVector) wide[i] = load(data);
    vectors -= kWide - 2;
    for (; vectors >= kWide; vectors -= kWide, data += kWide * kVector) {
        for (std::size_t i = 0; i < kWide; ++i)
            wide[i] = multiply_add(wide[i], fold, load(data + i * kVector));
    }
    const std::uint64_t* factors = factors_for(kWide + vectors);
    for (std::size_t i = 0; i < vectors; ++i)
        sum = multiply_add(load(data + i * kVector), load(factors + 2 * (kWide + i)), sum);
    for (std::size_t i = 0; i < kWide; ++i) sum = multiply_add(wide[i], load(factors + 2 * i), sum);
    return ~crc32_reduce(sum);
}

}  // namespace warpz::kernels

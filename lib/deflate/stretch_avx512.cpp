// SPDX-License-Identifier: Zlib
// The stretch kernels for AVX-512 with VBMI and BITALG (Ice Lake, Zen 4): the same choices as stretch_body.hpp makes.
#include <array>

#include "deflate/stretch.hpp"
#include "deflate/stretch_body.hpp"
#include "kernels/x86/intrinsics.hpp"

namespace warpz::deflate {
namespace {

#define WARPZ_AVX512 \
    gnu::target(     \
        "avx,avx2,bmi,bmi2,lzcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512bitalg")

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

/// In lane i of 32 bits: bytes i to i + 3.
alignas(64) constexpr std::array<std::uint8_t, 64> kWindowsOf4 = [] {
    std::array<std::uint8_t, 64> bytes{};
    for (unsigned i = 0; i < 64; ++i) bytes[i] = static_cast<std::uint8_t>(i / 4 + i % 4);
    return bytes;
}();
/// In lane i of 128 bits: bytes i / ways to i / ways + 15.
template <unsigned kWayCount>
alignas(64) constexpr std::array<std::uint8_t, 64> kWindowsOf16 = [] {
    std::array<std::uint8_t, 64> bytes{};
    for (unsigned i = 0; i < 64; ++i)
        bytes[i] = static_cast<std::uint8_t>(i / 16 / kWayCount + i % 16);
    return bytes;
}();
/// Index of the byte after each.
alignas(64) constexpr std::array<std::uint8_t, 64> kNextBytes = [] {
    std::array<std::uint8_t, 64> bytes{};
    for (unsigned i = 0; i < 64; ++i) bytes[i] = static_cast<std::uint8_t>((i + 1) % 64);
    return bytes;
}();
/// In lane i of 16 bits: i / ways.
template <unsigned kWayCount>
alignas(64) constexpr std::array<std::uint16_t, 32> kPositions = [] {
    std::array<std::uint16_t, 32> lanes{};
    for (unsigned i = 0; i < 32; ++i) lanes[i] = static_cast<std::uint16_t>(i / kWayCount);
    return lanes;
}();
/// In lane i of 16 bits: ways - 1 - i % ways.
template <unsigned kWayCount>
alignas(64) constexpr std::array<std::uint16_t, 32> kRanks = [] {
    std::array<std::uint16_t, 32> lanes{};
    for (unsigned i = 0; i < 32; ++i)
        lanes[i] = static_cast<std::uint16_t>(kWayCount - 1 - i % kWayCount);
    return lanes;
}();

[[WARPZ_AVX512, gnu::always_inline]] inline __m512i load32(const std::uint8_t* from) noexcept {
    return _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

[[gnu::always_inline]] inline __m128i load16(const std::uint8_t* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

[[WARPZ_AVX512, gnu::always_inline]] inline __m512i set16(u32 value) noexcept {
    return _mm512_set1_epi16(static_cast<short>(value));
}

/// A bit for each of 16 bytes that is equal at `here`, as `windows` arranges it in four lanes, and at each of four 16-bit
/// offsets into the window.
[[WARPZ_AVX512, gnu::always_inline]] inline u64 equal_4x16(__m512i windows,
                                                           const std::uint8_t* here,
                                                           const std::uint8_t* window,
                                                           u64 offsets) noexcept {
    __m512i there = _mm512_castsi128_si512(load16(window + static_cast<u16>(offsets)));
    there = _mm512_inserti32x4(there, load16(window + static_cast<u16>(offsets >> 16)), 1);
    there = _mm512_inserti32x4(there, load16(window + static_cast<u16>(offsets >> 32)), 2);
    there = _mm512_inserti32x4(there, load16(window + (offsets >> 48)), 3);
    return _cvtmask64_u64(
        _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(windows, load32(here)), there));
}

/// Hashes of `count` bytes at 64 positions, above `shift`.
[[WARPZ_AVX512, gnu::always_inline]] inline void hash_stretch(const std::uint8_t* here,
                                                              unsigned count, unsigned shift,
                                                              u32* hashes) noexcept {
    const __m512i windows = _mm512_load_si512(kWindowsOf4.data());
    const __m512i factor = _mm512_set1_epi32(static_cast<int>(stretch_body::kHashFactor));
    const __m512i factor5 = _mm512_set1_epi32(static_cast<int>(stretch_body::kHashFactor5));
    const __m128i unused = _mm_cvtsi32_si128(count == 3 ? 8 : 0);
    for (unsigned i = 0; i < kStretch; i += 16) {
        const __m512i words = _mm512_permutexvar_epi8(windows, load32(here + i));
        __m512i product = _mm512_mullo_epi32(_mm512_sll_epi32(words, unused), factor);
        if (count == 5) {
            const __m512i fifth = _mm512_permutexvar_epi8(windows, load32(here + i + 4));
            product = _mm512_add_epi32(product,
                                       _mm512_mullo_epi32(_mm512_slli_epi32(fifth, 24), factor5));
        }
        _mm512_store_si512(hashes + i,
                           _mm512_srl_epi32(product, _mm_cvtsi32_si128(static_cast<int>(shift))));
    }
}

[[WARPZ_AVX512]] void look_up_latest(const StretchIndex& index, u32 pos,
                                     StretchCandidates& found) noexcept {
    const std::uint8_t* const window = index.window;
    const std::uint8_t* const here = window + pos;
    u16* const latest = index.latest;
    alignas(64) u32 hashes[kStretch];
    hash_stretch(here, index.latest_hash_bytes, index.latest_shift, hashes);
    const __m512i windows = _mm512_load_si512(kWindowsOf16<1>.data());
    for (unsigned i = 0; i < kStretch; i += 4) {
        u64 candidates = 0;
#pragma GCC unroll 4
        for (unsigned k = 0; k < 4; ++k) {
            u16& head = latest[hashes[i + k]];
            candidates |= u64{head} << (16 * k);
            head = static_cast<u16>(pos + i + k);
        }
        const u64 equal = equal_4x16(windows, here + i, window, candidates);
        std::memcpy(found.position + i, &candidates, sizeof candidates);
        std::memcpy(found.equal + i, &equal, sizeof equal);
    }
}

template <Ways kWays>
[[WARPZ_AVX512]] void look_up_avx512(const StretchIndex& index, u32 pos,
                                     Stretch& stretch) noexcept {
    using Bucket = typename stretch_body::Bucket<kWays>::Type;
    constexpr unsigned kCount = stretch_body::kWayCount<kWays>;
    constexpr unsigned kStep = 4 / kCount;  // positions whose candidates fill a vector

    const std::uint8_t* const window = index.window;
    const std::uint8_t* const here = window + pos;
    auto* const buckets = static_cast<Bucket*>(index.buckets);
    alignas(64) u32 hashes[kStretch];
    hash_stretch(here, index.hash_bytes, index.bucket_shift, hashes);
    const __m512i windows = _mm512_load_si512(kWindowsOf16<kCount>.data());
    for (unsigned i = 0; i < kStretch; i += kStep) {
        u64 candidates = 0;
#pragma GCC unroll 4
        for (unsigned k = 0; k < kStep; ++k) {
            Bucket& bucket = buckets[hashes[i + k]];
            const u64 before = bucket;
            candidates |= before << (16 * kCount * k % 64);
            bucket = static_cast<Bucket>((kWays == Ways::kOne ? 0 : before << 16) | (pos + i + k));
        }
        const u64 equal = equal_4x16(windows, here + i, window, candidates);
        std::memcpy(stretch.candidate + i * kCount, &candidates, sizeof candidates);
        std::memcpy(stretch.equal + i * kCount, &equal, sizeof equal);
    }
    if (index.latest != nullptr) look_up_latest(index, pos, stretch.latest);
}

/// The rules by which candidates are accepted, one in each of 32 lanes.
struct Judge {
    __m512i floor, max_distance, min_length, min_length_far;

    [[WARPZ_AVX512, gnu::always_inline]] explicit Judge(const StretchIndex& index) noexcept
        : floor(set16(index.floor)),
          max_distance(set16(index.max_distance)),
          min_length(set16(index.min_length)),
          min_length_far(set16(std::max<u32>(index.min_length, 4))) {}

    struct Verdict {
        __m512i length;
        __mmask32 is_good;
    };
    [[WARPZ_AVX512, gnu::always_inline]] Verdict operator()(__m512i candidate, __m512i equal,
                                                            __m512i distance) const noexcept {
        const __m512i length =
            _mm512_popcnt_epi16(_mm512_andnot_si512(_mm512_add_epi16(equal, set16(1)), equal));
        const __m512i least = _mm512_mask_mov_epi16(
            min_length, _mm512_cmpgt_epu16_mask(distance, set16(kFarForThree)), min_length_far);
        __mmask32 is_good = _mm512_cmpgt_epu16_mask(candidate, floor);
        is_good = _mm512_mask_cmple_epu16_mask(is_good, distance, max_distance);
        is_good = _mm512_mask_cmpge_epu16_mask(is_good, length, least);
        return {length, is_good};
    }

    /// Takes a candidate of each position in place of the best one before when it is longer.
    [[WARPZ_AVX512, gnu::always_inline]] void consider(const StretchCandidates& found, u32 pos,
                                                       __m512i& lengths,
                                                       __m512i* distances) const noexcept {
        __m512i at = _mm512_add_epi16(set16(pos), _mm512_load_si512(kPositions<1>.data()));
#pragma GCC unroll 2
        for (unsigned i = 0; i < kStretch; i += 32) {
            const __m512i candidate = _mm512_load_si512(found.position + i);
            const __m512i distance = _mm512_sub_epi16(at, candidate);
            const auto [length, is_good] =
                (*this)(candidate, _mm512_load_si512(found.equal + i), distance);
            const __m256i before =
                i == 0 ? _mm512_castsi512_si256(lengths) : _mm512_extracti64x4_epi64(lengths, 1);
            const __mmask32 is_better =
                _mm512_mask_cmpgt_epu16_mask(is_good, length, _mm512_cvtepu8_epi16(before));
            distances[i / 32] = _mm512_mask_mov_epi16(distances[i / 32], is_better, distance);
            lengths =
                _mm512_mask_broadcast_i64x4(lengths, static_cast<__mmask8>(0xfU << (i / 8)),
                                            _mm512_mask_cvtepi16_epi8(before, is_better, length));
            at = _mm512_add_epi16(at, set16(32));
        }
    }
};

template <Ways kWays>
[[WARPZ_AVX512]] u64 judge_avx512(const StretchIndex& index, u32 pos, Stretch& stretch) noexcept {
    constexpr unsigned kCount = stretch_body::kWayCount<kWays>;
    constexpr unsigned kStep = 32 / kCount;  // positions in a vector
    const Judge judge(index);
    const __m512i ranks = _mm512_load_si512(kRanks<kCount>.data());
    __m512i at = _mm512_add_epi16(set16(pos), _mm512_load_si512(kPositions<kCount>.data()));
    __m512i lengths = _mm512_setzero_si512();
    __m512i distances[2] = {lengths, lengths};
#pragma GCC unroll 8
    for (unsigned i = 0; i < kStretch; i += kStep) {
        const __m512i candidate = _mm512_load_si512(stretch.candidate + i * kCount);
        const __m512i distance = _mm512_sub_epi16(at, candidate);
        const auto [length, is_good] =
            judge(candidate, _mm512_load_si512(stretch.equal + i * kCount), distance);
        if constexpr (kWays == Ways::kOne) {
            distances[i / 32] = distance;
            lengths = _mm512_mask_broadcast_i64x4(lengths, static_cast<__mmask8>(0xfU << (i / 8)),
                                                  _mm512_maskz_cvtepi16_epi8(is_good, length));
        } else {
            // The longest, of equals the one of the highest rank, in every lane of its position.
            constexpr int kRankBits = static_cast<int>(kWays);
            __m512i best = _mm512_maskz_mov_epi16(
                is_good, _mm512_or_si512(_mm512_slli_epi16(length, kRankBits), ranks));
            if constexpr (kWays == Ways::kTwo) {
                best = _mm512_max_epu16(best, _mm512_rol_epi32(best, 16));
                const __m512i key = _mm512_and_si512(best, _mm512_set1_epi32(0xffff));
                const __m512i way = _mm512_andnot_si512(key, _mm512_set1_epi32(1));
                distances[i / 32] = _mm512_mask_broadcast_i64x4(
                    distances[i / 32], static_cast<__mmask8>(0xfU << (i % 32 / 4)),
                    _mm512_cvtepi32_epi16(_mm512_srlv_epi32(distance, _mm512_slli_epi32(way, 4))));
                lengths = _mm512_mask_broadcast_i32x4(
                    lengths, static_cast<__mmask16>(0xfU << (i / 4)),
                    _mm512_cvtepi32_epi8(_mm512_srli_epi32(key, kRankBits)));
            } else {
                best = _mm512_max_epu16(best, _mm512_rol_epi64(best, 16));
                best = _mm512_max_epu16(best, _mm512_rol_epi64(best, 32));
                const __m512i key = _mm512_and_si512(best, _mm512_set1_epi64(0xffff));
                const __m512i way = _mm512_andnot_si512(key, _mm512_set1_epi64(3));
                distances[i / 32] = _mm512_mask_broadcast_i32x4(
                    distances[i / 32], static_cast<__mmask16>(0xfU << (i % 32 / 2)),
                    _mm512_cvtepi64_epi16(_mm512_srlv_epi64(distance, _mm512_slli_epi64(way, 4))));
                lengths = _mm512_mask_broadcastq_epi64(
                    lengths, static_cast<__mmask8>(1U << (i / 8)),
                    _mm512_cvtepi64_epi8(_mm512_srli_epi64(key, kRankBits)));
            }
        }
        at = _mm512_add_epi16(at, set16(kStep));
    }
    if (index.latest != nullptr) judge.consider(stretch.latest, pos, lengths, distances);
    _mm512_store_si512(stretch.distance, distances[0]);
    _mm512_store_si512(stretch.distance + 32, distances[1]);
    _mm512_store_si512(stretch.length, lengths);

    const __m512i shift = _mm512_load_si512(kNextBytes.data());
    const __m512i next = _mm512_maskz_permutexvar_epi8(~u64{0} >> 1, shift, lengths);
    __mmask64 begins =
        _mm512_mask_cmple_epu8_mask(_mm512_test_epi8_mask(lengths, lengths), next, lengths);
    if constexpr (kWays != Ways::kOne) {
        const __m512i after_next = _mm512_maskz_permutexvar_epi8(~u64{0} >> 1, shift, next);
        begins = _mm512_mask_cmple_epu8_mask(begins, after_next,
                                             _mm512_add_epi8(lengths, _mm512_set1_epi8(1)));
    }
    return _cvtmask64_u64(begins);
}

}  // namespace

StretchKernel stretch_kernel_avx512(Ways ways) noexcept {
    switch (ways) {
        case Ways::kOne:
            return {look_up_avx512<Ways::kOne>, judge_avx512<Ways::kOne>};
        case Ways::kTwo:
            return {look_up_avx512<Ways::kTwo>, judge_avx512<Ways::kTwo>};
        case Ways::kFour:
            break;
    }
    return {look_up_avx512<Ways::kFour>, judge_avx512<Ways::kFour>};
}

}  // namespace warpz::deflate

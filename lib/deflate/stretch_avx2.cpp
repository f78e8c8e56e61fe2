// SPDX-License-Identifier: Zlib
// The stretch kernels for AVX2: the same choices as stretch_body.hpp makes.
#include <array>

#include "deflate/stretch.hpp"
#include "deflate/stretch_body.hpp"
#include "kernels/x86/intrinsics.hpp"

namespace warpz::deflate {
namespace {

#define WARPZ_AVX2 gnu::target("avx,avx2,bmi,bmi2,lzcnt")

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

/// In lane i of 32 bits: bytes i to i + 3 of a vector that holds 16 bytes twice.
alignas(32) constexpr std::array<std::uint8_t, 32> kWindowsOf4 = [] {
    std::array<std::uint8_t, 32> bytes{};
    for (unsigned i = 0; i < 32; ++i) bytes[i] = static_cast<std::uint8_t>(i / 4 + i % 4);
    return bytes;
}();

/// 16 bits in which each run of four is another one, and for each run how far the bits were shifted to show it at the top.
constexpr u16 kDeBruijn = 0x09af;
alignas(32) constexpr std::array<std::uint8_t, 32> kShiftOfRun = [] {
    std::array<std::uint8_t, 32> shifts{};
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned run = static_cast<u16>(kDeBruijn << i) >> 12;
        shifts[run] = static_cast<std::uint8_t>(i);
        shifts[16 + run] = static_cast<std::uint8_t>(i);
    }
    return shifts;
}();

/// In lane i of 16 bits: i / ways, and ways - 1 - i % ways.
template <unsigned kWayCount>
alignas(32) constexpr std::array<u16, 16> kPositions = [] {
    std::array<u16, 16> lanes{};
    for (unsigned i = 0; i < 16; ++i) lanes[i] = static_cast<u16>(i / kWayCount);
    return lanes;
}();
template <unsigned kWayCount>
alignas(32) constexpr std::array<u16, 16> kRanks = [] {
    std::array<u16, 16> lanes{};
    for (unsigned i = 0; i < 16; ++i) lanes[i] = static_cast<u16>(kWayCount - 1 - i % kWayCount);
    return lanes;
}();

[[gnu::always_inline]] inline __m128i load16(const std::uint8_t* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
[[WARPZ_AVX2, gnu::always_inline]] inline __m256i load32(const void* from) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
[[WARPZ_AVX2, gnu::always_inline]] inline void store32(void* to, __m256i value) noexcept {
    _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}
[[WARPZ_AVX2, gnu::always_inline]] inline __m256i set16(u32 value) noexcept {
    return _mm256_set1_epi16(static_cast<short>(value));
}

/// Hashes of `count` bytes at 64 positions, above `shift`.
[[WARPZ_AVX2, gnu::always_inline]] inline void hash_stretch(const std::uint8_t* here,
                                                            unsigned count, unsigned shift,
                                                            u32* hashes) noexcept {
    const __m256i windows = load32(kWindowsOf4.data());
    const __m256i factor = _mm256_set1_epi32(static_cast<int>(stretch_body::kHashFactor));
    const __m256i factor5 = _mm256_set1_epi32(static_cast<int>(stretch_body::kHashFactor5));
    const __m128i unused = _mm_cvtsi32_si128(count == 3 ? 8 : 0);
    for (unsigned i = 0; i < kStretch; i += 8) {
        const __m256i words =
            _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load16(here + i)), windows);
        __m256i product = _mm256_mullo_epi32(_mm256_sll_epi32(words, unused), factor);
        if (count == 5) {
            const __m256i fifth =
                _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load16(here + i + 4)), windows);
            product = _mm256_add_epi32(product,
                                       _mm256_mullo_epi32(_mm256_slli_epi32(fifth, 24), factor5));
        }
        store32(hashes + i, _mm256_srl_epi32(product, _mm_cvtsi32_si128(static_cast<int>(shift))));
    }
}

/// A bit for each of 16 bytes that is equal at `a` and at `a_there`, and above them at `b` and `b_there`.
[[WARPZ_AVX2, gnu::always_inline]] inline u32 equal_2x16(const std::uint8_t* a,
                                                         const std::uint8_t* b,
                                                         const std::uint8_t* a_there,
                                                         const std::uint8_t* b_there) noexcept {
    const __m256i here = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(a)), load16(b), 1);
    const __m256i there =
        _mm256_inserti128_si256(_mm256_castsi128_si256(load16(a_there)), load16(b_there), 1);
    return static_cast<u32>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(here, there)));
}

/// The same for four candidates, in 16-bit offsets, of 4 / kWayCount positions.
template <unsigned kWayCount>
[[WARPZ_AVX2, gnu::always_inline]] inline u64 equal_4x16(const std::uint8_t* here,
                                                         const std::uint8_t* window,
                                                         u64 offsets) noexcept {
    const u32 low = equal_2x16(here, here + 1 / kWayCount, window + static_cast<u16>(offsets),
                               window + static_cast<u16>(offsets >> 16));
    const u32 high = equal_2x16(here + 2 / kWayCount, here + 3 / kWayCount,
                                window + static_cast<u16>(offsets >> 32), window + (offsets >> 48));
    return low | (u64{high} << 32);
}

[[WARPZ_AVX2]] void look_up_latest(const StretchIndex& index, u32 pos,
                                   StretchCandidates& found) noexcept {
    const std::uint8_t* const window = index.window;
    u16* const latest = index.latest;
    alignas(32) u32 hashes[kStretch];
    hash_stretch(window + pos, index.latest_hash_bytes, index.latest_shift, hashes);
    for (unsigned i = 0; i < kStretch; i += 4) {
        u64 candidates = 0;
#pragma GCC unroll 4
        for (unsigned k = 0; k < 4; ++k) {
            u16& head = latest[hashes[i + k]];
            candidates |= u64{head} << (16 * k);
            head = static_cast<u16>(pos + i + k);
        }
        const u64 equal = equal_4x16<1>(window + pos + i, window, candidates);
        std::memcpy(found.position + i, &candidates, sizeof candidates);
        std::memcpy(found.equal + i, &equal, sizeof equal);
    }
}

template <Ways kWays>
[[WARPZ_AVX2]] void look_up(const StretchIndex& index, u32 pos, Stretch& stretch) noexcept {
    using Bucket = typename stretch_body::Bucket<kWays>::Type;
    constexpr unsigned kCount = stretch_body::kWayCount<kWays>;
    constexpr unsigned kStep = 4 / kCount;

    const std::uint8_t* const window = index.window;
    auto* const buckets = static_cast<Bucket*>(index.buckets);
    alignas(32) u32 hashes[kStretch];
    hash_stretch(window + pos, index.hash_bytes, index.bucket_shift, hashes);
    for (unsigned i = 0; i < kStretch; i += kStep) {
        u64 candidates = 0;
#pragma GCC unroll 4
        for (unsigned k = 0; k < kStep; ++k) {
            Bucket& bucket = buckets[hashes[i + k]];
            const u64 before = bucket;
            candidates |= before << (16 * kCount * k % 64);
            bucket = static_cast<Bucket>((kWays == Ways::kOne ? 0 : before << 16) | (pos + i + k));
        }
        const u64 equal = equal_4x16<kCount>(window + pos + i, window, candidates);
        std::memcpy(stretch.candidate + i * kCount, &candidates, sizeof candidates);
        std::memcpy(stretch.equal + i * kCount, &equal, sizeof equal);
    }
    if (index.latest != nullptr) look_up_latest(index, pos, stretch.latest);
}

/// The rules by which candidates are accepted, one in each of 16 lanes.
struct Judge {
    __m256i floor, max_distance, min_length, min_length_far;

    [[WARPZ_AVX2, gnu::always_inline]] explicit Judge(const StretchIndex& index) noexcept
        : floor(set16(index.floor)),
          max_distance(set16(index.max_distance)),
          min_length(set16(index.min_length)),
          min_length_far(set16(std::max<u32>(index.min_length, 4))) {}

    /// Lengths, 0 where a candidate is not accepted.
    [[WARPZ_AVX2, gnu::always_inline]] __m256i operator()(__m256i candidate, __m256i equal,
                                                          __m256i distance) const noexcept {
        const __m256i zero = _mm256_setzero_si256();
        // a bit, or none
        const __m256i first_zero = _mm256_andnot_si256(equal, _mm256_add_epi16(equal, set16(1)));
        const __m256i run = _mm256_srli_epi16(_mm256_mullo_epi16(first_zero, set16(kDeBruijn)), 12);
        const __m256i length = _mm256_add_epi16(
            _mm256_shuffle_epi8(load32(kShiftOfRun.data()), _mm256_or_si256(run, set16(0x8000))),
            _mm256_and_si256(_mm256_cmpeq_epi16(first_zero, zero), set16(kComparedBytes)));
        const __m256i is_near =
            _mm256_cmpeq_epi16(_mm256_subs_epu16(distance, set16(kFarForThree)), zero);
        const __m256i least = _mm256_blendv_epi8(min_length_far, min_length, is_near);
        const __m256i is_old = _mm256_cmpeq_epi16(_mm256_subs_epu16(candidate, floor), zero);
        const __m256i is_in_reach =
            _mm256_cmpeq_epi16(_mm256_subs_epu16(distance, max_distance), zero);
        const __m256i is_bad = _mm256_or_si256(is_old, _mm256_cmpgt_epi16(least, length));
        return _mm256_and_si256(length, _mm256_andnot_si256(is_bad, is_in_reach));
    }
};

/// In the low 16 bits of each 16 * kWayCount: the greatest of its lanes.
template <Ways kWays>
[[WARPZ_AVX2, gnu::always_inline]] inline __m256i greatest(__m256i keys) noexcept {
    keys = _mm256_max_epu16(
        keys, _mm256_or_si256(_mm256_slli_epi32(keys, 16), _mm256_srli_epi32(keys, 16)));
    if constexpr (kWays == Ways::kTwo) return _mm256_and_si256(keys, _mm256_set1_epi32(0xffff));
    keys = _mm256_max_epu16(keys, _mm256_shuffle_epi32(keys, 0xb1));
    return _mm256_and_si256(keys, _mm256_set1_epi64x(0xffff));
}

template <Ways kWays>
[[WARPZ_AVX2]] u64 judge(const StretchIndex& index, u32 pos, Stretch& stretch) noexcept {
    constexpr unsigned kCount = stretch_body::kWayCount<kWays>;
    constexpr unsigned kStep = 16 / kCount;
    constexpr int kRankBits = static_cast<int>(kWays);
    const Judge judge(index);
    alignas(32) u16 lengths[kStretch];
    __m256i at = _mm256_add_epi16(set16(pos), load32(kPositions<kCount>.data()));
    for (unsigned i = 0; i < kStretch; i += kStep) {
        const __m256i candidate = load32(stretch.candidate + i * kCount);
        const __m256i distance = _mm256_sub_epi16(at, candidate);
        const __m256i length = judge(candidate, load32(stretch.equal + i * kCount), distance);
        if constexpr (kWays == Ways::kOne) {
            store32(stretch.distance + i, distance);
            store32(lengths + i, length);
        } else {
            // The longest, of equals the one of the highest rank. No length is no key.
            const __m256i is_none = _mm256_cmpeq_epi16(length, _mm256_setzero_si256());
            const __m256i key = greatest<kWays>(
                _mm256_andnot_si256(is_none, _mm256_or_si256(_mm256_slli_epi16(length, kRankBits),
                                                             load32(kRanks<kCount>.data()))));
            if constexpr (kWays == Ways::kTwo) {
                const __m256i way = _mm256_andnot_si256(key, _mm256_set1_epi32(1));
                const __m256i best =
                    _mm256_and_si256(_mm256_srlv_epi32(distance, _mm256_slli_epi32(way, 4)),
                                     _mm256_set1_epi32(0xffff));
                const __m256i both = _mm256_packus_epi32(best, _mm256_srli_epi32(key, kRankBits));
                const __m256i in_order = _mm256_permute4x64_epi64(both, 0xd8);
                _mm_storeu_si128(reinterpret_cast<__m128i*>(stretch.distance + i),
                                 _mm256_castsi256_si128(in_order));
                _mm_storeu_si128(reinterpret_cast<__m128i*>(lengths + i),
                                 _mm256_extracti128_si256(in_order, 1));
            } else {
                const __m256i way = _mm256_andnot_si256(key, _mm256_set1_epi64x(3));
                const __m256i best =
                    _mm256_and_si256(_mm256_srlv_epi64(distance, _mm256_slli_epi64(way, 4)),
                                     _mm256_set1_epi64x(0xffff));
                const __m256i both = _mm256_packus_epi32(best, _mm256_srli_epi64(key, kRankBits));
                // Words now: distance, 0, distance, 0, length, 0, length, 0 in each half.
                const __m256i words = _mm256_packus_epi32(both, both);
                const __m256i in_order =
                    _mm256_permutevar8x32_epi32(words, _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5));
                _mm_storel_epi64(reinterpret_cast<__m128i*>(stretch.distance + i),
                                 _mm256_castsi256_si128(in_order));
                _mm_storel_epi64(reinterpret_cast<__m128i*>(lengths + i),
                                 _mm_unpackhi_epi64(_mm256_castsi256_si128(in_order),
                                                    _mm256_castsi256_si128(in_order)));
            }
        }
        at = _mm256_add_epi16(at, set16(kStep));
    }
    if (index.latest != nullptr) {
        at = _mm256_add_epi16(set16(pos), load32(kPositions<1>.data()));
        for (unsigned i = 0; i < kStretch; i += 16) {
            const __m256i candidate = load32(stretch.latest.position + i);
            const __m256i distance = _mm256_sub_epi16(at, candidate);
            const __m256i length = judge(candidate, load32(stretch.latest.equal + i), distance);
            const __m256i before = load32(lengths + i);
            const __m256i is_better = _mm256_cmpgt_epi16(length, before);
            store32(stretch.distance + i,
                    _mm256_blendv_epi8(load32(stretch.distance + i), distance, is_better));
            store32(lengths + i, _mm256_max_epi16(length, before));
            at = _mm256_add_epi16(at, set16(16));
        }
    }
    for (unsigned i = 0; i < kStretch; i += 32) {
        const __m256i both = _mm256_packus_epi16(load32(lengths + i), load32(lengths + i + 16));
        store32(stretch.length + i, _mm256_permute4x64_epi64(both, 0xd8));
    }
    u64 begins = 0;
    for (unsigned i = 0; i < kStretch; i += 32) {
        const __m256i length = load32(stretch.length + i);
        const __m256i next = load32(stretch.length + i + 1);
        __m256i is_begin =
            _mm256_andnot_si256(_mm256_cmpeq_epi8(length, _mm256_setzero_si256()),
                                _mm256_cmpeq_epi8(_mm256_max_epu8(length, next), length));
        if constexpr (kWays != Ways::kOne) {
            const __m256i limit = _mm256_add_epi8(length, _mm256_set1_epi8(1));
            is_begin = _mm256_and_si256(
                is_begin,
                _mm256_cmpeq_epi8(_mm256_max_epu8(limit, load32(stretch.length + i + 2)), limit));
        }
        begins |= u64{static_cast<u32>(_mm256_movemask_epi8(is_begin))} << i;
    }
    return begins;
}

}  // namespace

StretchKernel stretch_kernel_avx2(Ways ways) noexcept {
    switch (ways) {
        case Ways::kOne:
            return {look_up<Ways::kOne>, judge<Ways::kOne>};
        case Ways::kTwo:
            return {look_up<Ways::kTwo>, judge<Ways::kTwo>};
        case Ways::kFour:
            break;
    }
    return {look_up<Ways::kFour>, judge<Ways::kFour>};
}

}  // namespace warpz::deflate

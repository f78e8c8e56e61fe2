// SPDX-License-Identifier: Zlib
// The portable body of the stretch kernels; the truth about what they choose. Compiled once for every CPU and once more
// where the compiler makes vectors of it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.hpp"
#include "deflate/stretch.hpp"

namespace warpz::deflate::stretch_body {

template <Ways kWays>
struct Bucket;
template <>
struct Bucket<Ways::kOne> {
    using Type = std::uint16_t;
};
template <>
struct Bucket<Ways::kTwo> {
    using Type = std::uint32_t;
};
template <>
struct Bucket<Ways::kFour> {
    using Type = std::uint64_t;
};

inline constexpr std::uint32_t kHashFactor = 0x9e3779b1;  ///< 2^32 / golden ratio
inline constexpr std::uint32_t kHashFactor5 = 0x85ebca6b;

template <Ways kWays>
inline constexpr unsigned kWayCount = 1U << static_cast<unsigned>(kWays);

/// Of the first `count` (3..5) of the bytes at a position, loaded little-endian; 32 bits of which the upper ones are good.
[[nodiscard]] [[gnu::always_inline]] inline std::uint32_t hash(const std::uint8_t* at,
                                                               unsigned count) noexcept {
    const auto bytes = load_le<std::uint32_t>(at);
    if (count == 3) return (bytes << 8) * kHashFactor;
    if (count == 4) return bytes * kHashFactor;
    return bytes * kHashFactor + (std::uint32_t{at[4]} << 24) * kHashFactor5;
}

/// Enters `pos` into the buckets and returns its candidates, the latest lowest.
template <Ways kWays>
[[gnu::always_inline]] inline typename Bucket<kWays>::Type enter(const StretchIndex& index,
                                                                 std::uint32_t pos) noexcept {
    using Type = typename Bucket<kWays>::Type;
    Type& bucket = static_cast<Type*>(
        index.buckets)[hash(index.window + pos, index.hash_bytes) >> index.bucket_shift];
    const Type candidates = bucket;
    if constexpr (kWays == Ways::kOne) {
        bucket = static_cast<Type>(pos);
    } else {
        bucket = (candidates << 16) | pos;
    }
    return candidates;
}

/// Enters `pos` into the table of latest positions and returns the one before it.
[[gnu::always_inline]] inline std::uint16_t enter_latest(const StretchIndex& index,
                                                         std::uint32_t pos) noexcept {
    std::uint16_t& latest =
        index.latest[hash(index.window + pos, index.latest_hash_bytes) >> index.latest_shift];
    const std::uint16_t before = latest;
    latest = static_cast<std::uint16_t>(pos);
    return before;
}

/// Enters `pos` everywhere.
template <Ways kWays>
inline void enter_all(const StretchIndex& index, std::uint32_t pos) noexcept {
    enter<kWays>(index, pos);
    if (index.latest != nullptr) enter_latest(index, pos);
}

/// A bit for each of the 16 bytes that is equal, or at least for those before the first that is not.
[[nodiscard]] [[gnu::always_inline]] inline std::uint16_t equal_bytes(
    const std::uint8_t* a, const std::uint8_t* b) noexcept {
#if defined(__SSE2__)
    const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
    const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
    return static_cast<std::uint16_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)));
#else
    const std::uint64_t low = load_le<std::uint64_t>(a) ^ load_le<std::uint64_t>(b);
    const std::uint64_t high = load_le<std::uint64_t>(a + 8) ^ load_le<std::uint64_t>(b + 8);
    const int count = low != 0 ? std::countr_zero(low) >> 3 : 8 + (std::countr_zero(high) >> 3);
    return static_cast<std::uint16_t>((1U << count) - 1);
#endif
}

template <Ways kWays>
[[gnu::always_inline]] inline void look_up(const StretchIndex& index, std::uint32_t pos,
                                           std::uint32_t count, Stretch& stretch) noexcept {
    constexpr unsigned kCount = kWayCount<kWays>;
    const StretchIndex in = index;
    const std::uint8_t* const here = in.window + pos;
#pragma GCC unroll 4
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto bucket = enter<kWays>(in, pos + i);
        for (unsigned way = 0; way < kCount; ++way) {
            const auto candidate = static_cast<std::uint16_t>(bucket >> (16 * way));
            stretch.candidate[i * kCount + way] = candidate;
            stretch.equal[i * kCount + way] = equal_bytes(here + i, in.window + candidate);
        }
    }
    if (in.latest == nullptr) return;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint16_t candidate = enter_latest(in, pos + i);
        stretch.latest.position[i] = candidate;
        stretch.latest.equal[i] = equal_bytes(here + i, in.window + candidate);
    }
}

/// Trailing ones of a 16-bit word, 0..16, in steps that vectors have.
[[nodiscard]] [[gnu::always_inline]] inline std::uint16_t trailing_ones(
    std::uint16_t word) noexcept {
    const auto low = static_cast<std::uint16_t>(word & ~(word + 1U));
    auto n = static_cast<std::uint16_t>(low - ((low >> 1) & 0x5555));
    n = static_cast<std::uint16_t>((n & 0x3333) + ((n >> 2) & 0x3333));
    n = static_cast<std::uint16_t>((n + (n >> 4)) & 0x0f0f);
    return static_cast<std::uint16_t>((n + (n >> 8)) & 0x1f);
}

template <Ways kWays>
[[gnu::always_inline]] inline std::uint64_t judge(const StretchIndex& index, std::uint32_t pos,
                                                  Stretch& stretch) noexcept {
    constexpr unsigned kCount = kWayCount<kWays>;
    const std::uint16_t floor = index.floor;
    const std::uint16_t max_distance = index.max_distance;
    const std::uint16_t min_length = index.min_length;
    const auto min_length_far = std::max<std::uint16_t>(min_length, 4);
    alignas(64) std::uint16_t length[kStretch] = {};
    alignas(64) std::uint16_t distance[kStretch] = {};
    auto consider = [&](unsigned i, std::uint16_t candidate, std::uint16_t equal) {
        const auto d = static_cast<std::uint16_t>(pos + i - candidate);
        const std::uint16_t n = trailing_ones(equal);
        const std::uint16_t least = d > kFarForThree ? min_length_far : min_length;
        const bool is_better =
            (candidate > floor) & (d <= max_distance) & (n >= least) & (n > length[i]);
        distance[i] = is_better ? d : distance[i];
        length[i] = is_better ? n : length[i];
    };
    for (unsigned way = 0; way < kCount; ++way) {
        for (unsigned i = 0; i < kStretch; ++i)
            consider(i, stretch.candidate[i * kCount + way], stretch.equal[i * kCount + way]);
    }
    if (index.latest != nullptr) {
        for (unsigned i = 0; i < kStretch; ++i)
            consider(i, stretch.latest.position[i], stretch.latest.equal[i]);
    }
    for (unsigned i = 0; i < kStretch; ++i) {
        stretch.length[i] = static_cast<std::uint8_t>(length[i]);
        stretch.distance[i] = distance[i];
    }
    std::uint64_t begins = 0;
    for (unsigned i = 0; i < kStretch; ++i) {
        const std::uint8_t* const here = stretch.length + i;
        const bool is_begin =
            (here[0] != 0) & (here[1] <= here[0]) & (kWays == Ways::kOne || here[2] <= here[0] + 1);
        begins |= std::uint64_t{is_begin} << i;
    }
    return begins;
}

}  // namespace warpz::deflate::stretch_body

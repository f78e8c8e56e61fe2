// SPDX-License-Identifier: Zlib
// Looking up 64 neighbouring positions at a time in a table of recent positions: what the fast levels' parser
// (strategy_stretch.cpp) is made of. Every position is entered, its candidates are compared over the next 16 bytes, and
// the best of them is chosen, all without a branch that depends on the data.
#pragma once

#include <cstdint>

namespace warpz::deflate {

/// Positions in a stretch.
inline constexpr std::uint32_t kStretch = 64;
/// Bytes that are compared at a position; a match of that length may be longer.
inline constexpr std::uint32_t kComparedBytes = 16;
/// Farthest distance at which a match of 3 bytes is shorter than three literals.
inline constexpr std::uint32_t kFarForThree = 16384;

/// Candidates per bucket, as a power of two.
enum class Ways : std::uint8_t { kOne, kTwo, kFour };

/// Where candidates come from, and which are accepted. Positions are 16 bits; 0 is none.
struct StretchIndex {
    const std::uint8_t* window;  ///< positions are offsets into it

    /// By hash of `hash_bytes` (3..5) bytes: the latest positions, the latest lowest in a word of 16 bits per way.
    void* buckets;
    unsigned hash_bytes;
    unsigned bucket_shift;  ///< 32 - log2 of their number
    /// By hash of fewer bytes (3 or 4): the latest position. Null for none, as with Ways::kOne.
    std::uint16_t* latest;
    unsigned latest_hash_bytes;
    unsigned latest_shift;

    std::uint16_t floor;  ///< candidates at or below it are not to be used
    std::uint16_t max_distance;
    std::uint16_t min_length;  ///< shortest match, 3..9
};

/// One candidate for each position of a stretch, with a bit for each of its first 16 bytes that is equal.
struct StretchCandidates {
    alignas(64) std::uint16_t position[kStretch];
    alignas(64) std::uint16_t equal[kStretch];
};

struct Stretch {
    // Of the buckets, position by position.
    alignas(64) std::uint16_t candidate[4 * kStretch];
    alignas(64) std::uint16_t equal[4 * kStretch];
    StretchCandidates latest;
    // The best candidate of each position. Length 0 is none; 16 may be more.
    alignas(64) std::uint16_t distance[kStretch];
    alignas(64) std::uint8_t length[kStretch + 64];  ///< zero beyond the stretch
};

/// Enters positions [pos, pos + 64) and compares their candidates. Reads 40 bytes beyond the last position.
using StretchLookUp = void (*)(const StretchIndex& index, std::uint32_t pos,
                               Stretch& stretch) noexcept;
/// Chooses the best candidates: the longest, of equals the first by order of Stretch. Returns a bit for each position that
/// should begin a match: that has one, while the next position has none that is longer, nor (except with Ways::kOne) the
/// one after it one that is longer by more than a byte.
using StretchJudge = std::uint64_t (*)(const StretchIndex& index, std::uint32_t pos,
                                       Stretch& stretch) noexcept;

struct StretchKernel {
    StretchLookUp look_up;
    StretchJudge judge;
};

/// The fastest kernel for this CPU. All choose the same matches.
[[nodiscard]] StretchKernel stretch_kernel(Ways ways) noexcept;

/// As look_up and judge, portably, where only `count` positions follow that can be hashed and `left` bytes in all.
std::uint64_t judge_tail(Ways ways, const StretchIndex& index, std::uint32_t pos,
                         std::uint32_t count, std::uint32_t left, Stretch& stretch) noexcept;

#if defined(__x86_64__)
[[nodiscard]] StretchKernel stretch_kernel_avx2(Ways ways) noexcept;
[[nodiscard]] StretchKernel stretch_kernel_avx512(Ways ways) noexcept;
#endif

}  // namespace warpz::deflate

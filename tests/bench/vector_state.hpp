// SPDX-License-Identifier: Zlib
// The upper halves of the vector registers. While they are in use, SSE code of the same thread runs slower, whoever
// left them so: they are cleared before every timed run, and the libraries that leave them in use are named.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#endif

namespace warpz::bench {

inline void clear_upper_vector_halves() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx")) asm volatile("vzeroupper" ::: "memory");
#endif
}

/// False as well where the CPU cannot tell: it takes XGETBV with ECX = 1 (Intel SDM volume 1, 13.2 and 13.6).
[[nodiscard]] inline bool upper_vector_halves_in_use() noexcept {
#if defined(__x86_64__)
    constexpr std::uint32_t kUpperHalves = 1U << 2 | 1U << 6;  // of YMM and ZMM 0-15
    static const bool can_tell = [] {
        unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
        if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_OSXSAVE) == 0) return false;
        return __get_cpuid_count(0xD, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & 1U << 2) != 0;
    }();
    if (!can_tell) return false;
    std::uint32_t in_use = 0;
    std::uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(in_use), "=d"(high) : "c"(1));
    return (in_use & kUpperHalves) != 0;
#else
    return false;
#endif
}

}  // namespace warpz::bench

// SPDX-License-Identifier: Zlib
// What the running CPU and its operating system offer, detected once per process. The names group
// instructions the way the kernels need them; WARPZ_CPU narrows the set (see cpu()).
#pragma once

#include <cstdint>

namespace warpz::kernels {

/// One bit per group of instructions. A bit is set only when the kernel also saves the registers
/// that the group uses.
struct Cpu {
    std::uint32_t detected : 1 = 0;  ///< detection has run; not a feature

    // x86-64
    std::uint32_t ssse3 : 1 = 0;
    std::uint32_t sse42 : 1 = 0;   ///< SSE4.1, SSE4.2 and POPCNT
    std::uint32_t pclmul : 1 = 0;  ///< PCLMULQDQ on 128 bits
    std::uint32_t avx2 : 1 = 0;
    std::uint32_t bmi2 : 1 = 0;      ///< BMI1, BMI2 and LZCNT
    std::uint32_t avx_vnni : 1 = 0;  ///< VPDPBUSD on 128 and 256 bits, VEX-coded
    std::uint32_t vpclmul : 1 = 0;   ///< VPCLMULQDQ on 256 bits; on 512 bits together with avx512
    std::uint32_t avx512 : 1 = 0;    ///< AVX-512 F, BW, DQ and VL
    std::uint32_t avx512_vbmi : 1 = 0;    ///< VPERMB
    std::uint32_t avx512_vnni : 1 = 0;    ///< VPDPBUSD on 512 bits
    std::uint32_t avx512_vbmi2 : 1 = 0;   ///< VPCOMPRESSB, VPEXPANDB
    std::uint32_t avx512_bitalg : 1 = 0;  ///< VPOPCNTW

    // AArch64
    std::uint32_t neon : 1 = 0;
    std::uint32_t arm_crc32 : 1 = 0;
    std::uint32_t pmull : 1 = 0;    ///< 64 x 64 -> 128 bit carry-less multiplication
    std::uint32_t dotprod : 1 = 0;  ///< UDOT

    std::uint32_t reserved : 15 = 0;
};
static_assert(sizeof(Cpu) == 4);

/// Features that code in this process may use. After the first call this is one atomic load; any
/// thread.
///
/// The environment variable WARPZ_CPU, read at the first call, keeps only the groups it lists,
/// separated by commas: the levels `generic`, `sse42`, `avx2`, `avx512`, each with everything below
/// it, and the single groups `avxvnni`, `vpclmul`, `vbmi`, `vnni`, `vbmi2`, `bitalg`, `neon`, `crc32`,
/// `pmull`, `dotprod`. It is a test aid: it adds nothing that the CPU lacks, unknown names are
/// ignored, and so is the variable itself in programs that run with raised privileges (AT_SECURE).
[[nodiscard]] Cpu cpu() noexcept;

/// `available` reduced to the groups that `list` names; the parsing half of cpu(), for tests.
[[nodiscard]] Cpu restrict_cpu(Cpu available, const char* list) noexcept;

}  // namespace warpz::kernels

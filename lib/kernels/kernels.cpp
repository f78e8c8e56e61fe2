// SPDX-License-Identifier: Zlib
// The lists of variants and the choice among them.
#include "kernels/kernels.hpp"

#include <array>

namespace warpz::kernels {
namespace {

constexpr bool always(Cpu) noexcept { return true; }

#if defined(__x86_64__)
/// Cores that have AVX-512 without VPCLMULQDQ (Skylake-X, Cascade Lake) lower their clock for
/// 512-bit multiplications, at the cost of everything that runs between two checksums; from Ice
/// Lake and Zen 4 on they do not.
constexpr bool fast_avx512(Cpu cpu) noexcept {
    return cpu.avx512 && cpu.vpclmul && cpu.avx512_vbmi && cpu.bmi2;
}
#endif

constexpr std::array kAdler32Variants {
#if defined(__x86_64__)
    // On Sapphire Rapids a stream that is inflated with this kernel runs 5 to 9 % slower, table
    // lookups and copies included, and one that is deflated 2 to 5 %. VPCLMULQDQ has no such effect.
    ChecksumVariant{"adler32_avx512_vnni",
                    [](Cpu cpu) noexcept { return fast_avx512(cpu) && cpu.avx512_vnni; },
                    x86::adler32_avx512_vnni, /*lowers_clock=*/true},
        ChecksumVariant{"adler32_avx_vnni",
                        [](Cpu cpu) noexcept { return cpu.avx2 && cpu.avx_vnni; },
                        x86::adler32_avx_vnni},
        ChecksumVariant{"adler32_avx2", [](Cpu cpu) noexcept -> bool { return cpu.avx2; },
                        x86::adler32_avx2},
        ChecksumVariant{"adler32_ssse3", [](Cpu cpu) noexcept -> bool { return cpu.ssse3; },
                        x86::adler32_ssse3},
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
    ChecksumVariant{"adler32_dotprod", [](Cpu cpu) noexcept { return cpu.neon && cpu.dotprod; },
                    arm::adler32_dotprod},
        ChecksumVariant{"adler32_neon", [](Cpu cpu) noexcept -> bool { return cpu.neon; },
                        arm::adler32_neon},
#endif
        ChecksumVariant{"adler32_generic", always, generic::adler32},
};

constexpr std::array kCrc32Variants {
#if defined(__x86_64__)
    ChecksumVariant{"crc32_vpclmul_avx512",
                    [](Cpu cpu) noexcept { return fast_avx512(cpu) && cpu.pclmul; },
                    x86::crc32_vpclmul_avx512},
        ChecksumVariant{"crc32_vpclmul_avx2",
                        [](Cpu cpu) noexcept { return cpu.avx2 && cpu.vpclmul && cpu.pclmul; },
                        x86::crc32_vpclmul_avx2},
        ChecksumVariant{"crc32_pclmul",
                        [](Cpu cpu) noexcept { return cpu.pclmul && cpu.ssse3 && cpu.sse42; },
                        x86::crc32_pclmul},
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
    ChecksumVariant{"crc32_pmull", [](Cpu cpu) noexcept { return cpu.neon && cpu.pmull; },
                    arm::crc32_pmull},
        ChecksumVariant{"crc32_armv8", [](Cpu cpu) noexcept -> bool { return cpu.arm_crc32; },
                        arm::crc32_armv8},
#endif
        ChecksumVariant{"crc32_generic", always, generic::crc32},
};

ChecksumFn choose(std::span<const ChecksumVariant> variants, bool keeps_clock) noexcept {
    const Cpu available = cpu();
    for (const ChecksumVariant& variant : variants) {
        if (keeps_clock && variant.lowers_clock) continue;
        if (variant.runs_on(available)) return variant.function;
    }
    return variants.back().function;
}

std::uint32_t resolve_adler32(std::uint32_t value, const std::uint8_t* data,
                              std::size_t size) noexcept {
    const ChecksumFn chosen = choose(kAdler32Variants, false);
    g_slots.adler32.store(chosen, std::memory_order_relaxed);
    return chosen(value, data, size);
}

std::uint32_t resolve_adler32_in_stream(std::uint32_t value, const std::uint8_t* data,
                                        std::size_t size) noexcept {
    const ChecksumFn chosen = choose(kAdler32Variants, true);
    g_slots.adler32_in_stream.store(chosen, std::memory_order_relaxed);
    return chosen(value, data, size);
}

std::uint32_t resolve_crc32(std::uint32_t value, const std::uint8_t* data,
                            std::size_t size) noexcept {
    const ChecksumFn chosen = choose(kCrc32Variants, false);
    g_slots.crc32.store(chosen, std::memory_order_relaxed);
    return chosen(value, data, size);
}

}  // namespace

constinit Slots g_slots{resolve_adler32, resolve_adler32_in_stream, resolve_crc32};

std::span<const ChecksumVariant> adler32_variants() noexcept { return kAdler32Variants; }
std::span<const ChecksumVariant> crc32_variants() noexcept { return kCrc32Variants; }

}  // namespace warpz::kernels

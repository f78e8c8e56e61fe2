// SPDX-License-Identifier: Zlib
// Detection of CPU features: CPUID and XGETBV on x86-64 (Intel SDM volume 2A "CPUID", volume 1
// chapter 13.3), the kernel's auxiliary vector on AArch64 (Linux
// Documentation/arch/arm64/elf_hwcaps.rst).
#include "kernels/cpu_features.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace warpz::kernels {
namespace {

constinit std::atomic<Cpu> g_cpu{Cpu{}};
static_assert(std::atomic<Cpu>::is_always_lock_free);

#if defined(__x86_64__)

struct CpuidLeaf {
    std::uint32_t eax, ebx, ecx, edx;
};

/// A leaf of CPUID, all zero when the CPU does not have it.
CpuidLeaf cpuid(std::uint32_t leaf, std::uint32_t subleaf) noexcept {
    CpuidLeaf result{};
    if (__get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx) == 0)
        return {};
    return result;
}

/// XCR0: which register sets the operating system saves. Valid only when CPUID reports OSXSAVE.
std::uint64_t read_xcr0() noexcept {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low | (std::uint64_t{high} << 32);
}

constexpr std::uint64_t kXcr0Ymm = 0b0000'0110;  // SSE and AVX state
constexpr std::uint64_t kXcr0Zmm = 0b1110'0110;  // and opmask, upper halves of ZMM0-15, ZMM16-31

constexpr bool has_all(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }
constexpr std::uint32_t bit(unsigned n) { return 1U << n; }

Cpu detect() noexcept {
    const CpuidLeaf basic = cpuid(1, 0);
    const CpuidLeaf extended = cpuid(7, 0);
    const CpuidLeaf extended1 = extended.eax >= 1 ? cpuid(7, 1) : CpuidLeaf{};
    const CpuidLeaf amd = cpuid(0x8000'0001, 0);

    const std::uint64_t xcr0 = has_all(basic.ecx, bit(27)) ? read_xcr0() : 0;
    const bool ymm = has_all(xcr0, kXcr0Ymm) && has_all(basic.ecx, bit(28));
    const bool zmm = has_all(xcr0, kXcr0Zmm);

    Cpu cpu{};
    cpu.ssse3 = has_all(basic.ecx, bit(9));
    cpu.sse42 = has_all(basic.ecx, bit(19) | bit(20) | bit(23));
    cpu.pclmul = has_all(basic.ecx, bit(1));
    cpu.bmi2 = has_all(extended.ebx, bit(3) | bit(8)) && has_all(amd.ecx, bit(5));
    cpu.avx2 = ymm && has_all(extended.ebx, bit(5));
    cpu.avx_vnni = cpu.avx2 && has_all(extended1.eax, bit(4));
    cpu.vpclmul = cpu.avx2 && has_all(extended.ecx, bit(10));
    cpu.avx512 = zmm && has_all(extended.ebx, bit(16) | bit(17) | bit(30) | bit(31));
    cpu.avx512_vbmi = cpu.avx512 && has_all(extended.ecx, bit(1));
    cpu.avx512_vbmi2 = cpu.avx512 && has_all(extended.ecx, bit(6));
    cpu.avx512_bitalg = cpu.avx512 && has_all(extended.ecx, bit(12));
    cpu.avx512_vnni = cpu.avx512 && has_all(extended.ecx, bit(11));
    return cpu;
}

#elif defined(__aarch64__) && defined(__linux__)

Cpu detect() noexcept {
    const unsigned long hwcap = getauxval(AT_HWCAP);
    Cpu cpu{};
    cpu.neon = (hwcap & HWCAP_ASIMD) != 0;
    cpu.arm_crc32 = (hwcap & HWCAP_CRC32) != 0;
    cpu.pmull = (hwcap & HWCAP_PMULL) != 0;
    cpu.dotprod = (hwcap & HWCAP_ASIMDDP) != 0;
    return cpu;
}

#else

Cpu detect() noexcept { return Cpu{}; }

#endif

struct Group {
    std::string_view name;
    Cpu features;
};

constexpr std::array kGroups{
    Group{"generic", {}},
    Group{"sse42", {.ssse3 = 1, .sse42 = 1, .pclmul = 1}},
    Group{"avx2", {.ssse3 = 1, .sse42 = 1, .pclmul = 1, .avx2 = 1, .bmi2 = 1}},
    Group{"avx512", {.ssse3 = 1, .sse42 = 1, .pclmul = 1, .avx2 = 1, .bmi2 = 1, .avx512 = 1}},
    Group{"avxvnni", {.avx_vnni = 1}},
    Group{"vpclmul", {.vpclmul = 1}},
    Group{"vbmi", {.avx512_vbmi = 1}},
    Group{"vnni", {.avx512_vnni = 1}},
    Group{"vbmi2", {.avx512_vbmi2 = 1}},
    Group{"bitalg", {.avx512_bitalg = 1}},
    Group{"neon", {.neon = 1}},
    Group{"crc32", {.arm_crc32 = 1}},
    Group{"pmull", {.pmull = 1}},
    Group{"dotprod", {.dotprod = 1}},
};

}  // namespace

Cpu restrict_cpu(Cpu available, const char* list) noexcept {
    std::uint32_t kept = 0;
    for (std::string_view rest{list}; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        const std::size_t length = comma == std::string_view::npos ? rest.size() : comma;
        const std::string_view name{rest.data(), length};
        for (const Group& group : kGroups) {
            if (group.name == name) kept |= std::bit_cast<std::uint32_t>(group.features);
        }
        rest.remove_prefix(length < rest.size() ? length + 1 : length);
    }
    return std::bit_cast<Cpu>(std::bit_cast<std::uint32_t>(available) & kept);
}

Cpu cpu() noexcept {
    Cpu known = g_cpu.load(std::memory_order_relaxed);
    if (known.detected) return known;
    // Threads that arrive here together compute and store the same value.
    known = detect();
    if (const char* list = secure_getenv("WARPZ_CPU"); list != nullptr && *list != '\0')
        known = restrict_cpu(known, list);
    known.detected = 1;
    g_cpu.store(known, std::memory_order_relaxed);
    return known;
}

}  // namespace warpz::kernels

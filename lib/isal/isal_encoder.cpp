// SPDX-License-Identifier: Zlib
// Pieces through ISA-L; see isal_encoder.hpp. What its releases get wrong is avoided by how it is called: a zeroed
// structure (2.30 leaves hist_bits alone), a fresh init per piece instead of its reset, small pieces (32-bit totals),
// no wrapper of its own.
#include "isal/isal_encoder.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/bytes.hpp"
#include "base/config.hpp"
#include "isal/isal_library.hpp"
#include "kernels/cpu_features.hpp"

#ifdef WARPZ_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif
#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace warpz::isal {

#ifdef WARPZ_HAVE_ISAL
namespace {

/// What ISA-L has during one encode().
struct Workspace {
    isal_zstream stream;
    // Tokens of one block, 4 bytes each. Half of ISA-L's "small" size: blocks of 8192 tokens gain 1 % on programs and
    // lose 6 % of speed.
    static constexpr std::size_t kTokenBytes = 8192 * 4;
    std::uint8_t level[std::max(ISAL_DEF_LVL2_REQ, ISAL_DEF_LVL3_REQ) + kTokenBytes];
};

constexpr std::size_t kWorkspaceAlignment = 64;

Workspace& aligned(void* memory) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    return *reinterpret_cast<Workspace*>((begin + kWorkspaceAlignment - 1) &
                                         ~std::uintptr_t{kWorkspaceAlignment - 1});
}

/// ISA-L's level for zlib's level 1 or 2, 0 for none. Raw streams of ten files of eight kinds, total ratio and that of
/// programs, the kind that suffers most where 3-byte matches are not looked for (release 2.30, one core of a Xeon with
/// AVX-512):
///
///   zlib 1.2.13 level 1   142 MB/s  3.131  2.672      zlib 1.2.13 level 2   130 MB/s  3.226  2.728
///   own engine level 1    314 MB/s  3.142  2.525      own engine level 2    179 MB/s  3.381  2.813
///   ISA-L level 2         475 MB/s  3.181  2.533      ISA-L level 3         351 MB/s  3.233  2.527
///
/// At level 1 ISA-L is faster than the own engine and its ratio is higher or within 0.2 % on every kind. At level 2 its
/// ratio is lower, so there it has to be asked for.
constexpr unsigned isal_level_for(int level) noexcept {
    return level == 1 ? 2 : level == 2 ? 3 : 0;
}

#ifdef __x86_64__
enum class Avx : std::uint8_t { kUnknown, kAbsent, kUsable };
constinit std::atomic<Avx> g_avx{Avx::kUnknown};

/// Asks the processor, not kernels::cpu(): WARPZ_CPU does not narrow what ISA-L uses. (__builtin_cpu_supports() would
/// bring code that runs when the library is loaded.)
[[gnu::target("xsave")]] Avx detect_avx() noexcept {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return Avx::kAbsent;
    constexpr unsigned kNeeded = bit_OSXSAVE | bit_AVX;
    constexpr unsigned long long kSavedRegisters = 6;  // XCR0: SSE and AVX state
    return (ecx & kNeeded) == kNeeded && (_xgetbv(0) & kSavedRegisters) == kSavedRegisters
               ? Avx::kUsable
               : Avx::kAbsent;
}
#endif

/// ISA-L's assembler leaves the upper halves of vector registers in use, which slows SSE code down afterwards.
void clear_upper_halves() noexcept {
#ifdef __x86_64__
    Avx avx = g_avx.load(std::memory_order_relaxed);
    if (avx == Avx::kUnknown) {  // all threads find the same
        avx = detect_avx();
        g_avx.store(avx, std::memory_order_relaxed);
    }
    if (avx == Avx::kUsable) asm volatile("vzeroupper" ::: "memory");
#endif
}

/// Whether the own encoder's level 1 is preferred on this CPU. On warpz_bench's ten files (Sapphire Rapids, gcc 12.2, 64 KiB
/// calls) it makes 3.0 times zlib's speed at a ratio of 3.255, 4 % above zlib's, with every kind of data at zlib's ratio or
/// 0.6 % below; ISA-L 2.30 in its place 3.4 times at 3.181, with binaries 5 % and images 2 % below. With AVX2 the own
/// encoder makes 2.4 times; without, 1.5 times, and ISA-L is better.
bool is_own_fast() noexcept { return kernels::cpu().avx2; }

}  // namespace

bool serves(int level, bool prefers_speed) noexcept {
    const Config& chosen = config();
    if (chosen.reproducible || chosen.engine == Engine::kOwn) return false;
    if (isal_level_for(level) == 0) return false;
    if (chosen.engine == Engine::kAuto && (level != 1 || (!prefers_speed && is_own_fast())))
        return false;
    return static_cast<bool>(functions());
}

std::size_t workspace_bytes() noexcept { return sizeof(Workspace) + kWorkspaceAlignment; }

std::size_t encode(void* workspace, int level, engine::Bytes history, engine::Bytes input,
                   std::uint8_t* out, std::size_t room) noexcept {
    const Functions isal = functions();
    Workspace& work = aligned(workspace);
    isal_zstream& stream = work.stream;
    std::memset(&stream, 0, sizeof stream);
    isal.init(&stream);
    stream.level = isal_level_for(level);
    stream.level_buf = work.level;
    stream.level_buf_size = static_cast<std::uint32_t>(
        (stream.level == 2 ? ISAL_DEF_LVL2_REQ : ISAL_DEF_LVL3_REQ) + Workspace::kTokenBytes);
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.flush = SYNC_FLUSH;
    if (history.avail != 0 && isal.set_dict(&stream, const_cast<std::uint8_t*>(history.next),
                                            static_cast<unsigned>(history.avail)) != COMP_OK) {
        clear_upper_halves();
        return 0;
    }
    stream.next_in = const_cast<std::uint8_t*>(input.next);
    stream.avail_in = static_cast<std::uint32_t>(input.avail);
    stream.next_out = out;
    stream.avail_out = static_cast<std::uint32_t>(room);
    const int result = isal.deflate(&stream);
    clear_upper_halves();
    // A full buffer means that stored blocks are shorter. The marker is what the flush has to end with.
    const std::size_t made = room - stream.avail_out;
    const bool is_complete = result == COMP_OK && stream.avail_in == 0 && stream.avail_out != 0 &&
                             made >= 5 && load_be<std::uint32_t>(out + made - 4) == 0x0000'ffff;
    return is_complete ? made : 0;
}

#else  // built without ISA-L's header

bool serves(int, bool) noexcept { return false; }
std::size_t workspace_bytes() noexcept { return 0; }
std::size_t encode(void*, int, engine::Bytes, engine::Bytes, std::uint8_t*, std::size_t) noexcept {
    return 0;
}

#endif

}  // namespace warpz::isal

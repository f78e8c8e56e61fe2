// SPDX-License-Identifier: Zlib
// Chunks through ISA-L; see isal_deflater.hpp. What its releases get wrong is avoided by how it is called: a zeroed
// structure (2.30 leaves hist_bits alone), a fresh init per chunk instead of its reset, small chunks (32-bit totals),
// no wrapper of its own.
#include "isal/isal_deflater.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

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

using engine::Bytes;
using engine::Check;
using engine::Space;

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

constexpr std::size_t total_bytes() noexcept {
    return sizeof(IsalDeflater) + kWorkspaceAlignment + sizeof(Workspace);
}

Workspace& workspace_of(IsalDeflater* deflater) noexcept {
    const auto end = reinterpret_cast<std::uintptr_t>(deflater + 1);
    return *reinterpret_cast<Workspace*>((end + kWorkspaceAlignment - 1) &
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

bool IsalDeflater::serves(int level) noexcept {
    const Config& chosen = config();
    if (chosen.reproducible || chosen.engine == Engine::kOwn) return false;
    if (isal_level_for(level) == 0) return false;
    if (chosen.engine == Engine::kAuto && (level != 1 || is_own_fast())) return false;
    return static_cast<bool>(functions());
}

IsalDeflater* IsalDeflater::create(int level) noexcept {
    void* memory = std::malloc(total_bytes());
    if (memory == nullptr) return nullptr;
    auto* deflater = ::new (memory) IsalDeflater;
    deflater->isal_level_ = isal_level_for(level);
    deflater->history_bytes_ = 0;
    deflater->taken_ = 0;
    deflater->skipped_ = 0;
    deflater->out_begin_ = 0;
    deflater->out_end_ = 0;
    deflater->first_bytes_ = {};
    return deflater;
}

engine::ChunkEncoder* IsalDeflater::clone() noexcept {
    void* copy = std::malloc(total_bytes());
    if (copy != nullptr) std::memcpy(copy, static_cast<const void*>(this), sizeof *this);
    return static_cast<IsalDeflater*>(copy);
}

/// Encodes kChunkBytes at `chunk`, which become the history. False when ISA-L fails; nothing has changed then.
bool IsalDeflater::encode(const std::uint8_t* chunk) noexcept {
    const Functions isal = functions();
    Workspace& work = workspace_of(this);
    isal_zstream& stream = work.stream;
    std::memset(&stream, 0, sizeof stream);
    isal.init(&stream);
    stream.level = isal_level_;
    stream.level_buf = work.level;
    stream.level_buf_size = static_cast<std::uint32_t>(
        (isal_level_ == 2 ? ISAL_DEF_LVL2_REQ : ISAL_DEF_LVL3_REQ) + Workspace::kTokenBytes);
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.flush = SYNC_FLUSH;
    if (history_bytes_ != 0 && isal.set_dict(&stream, buffer_ + kHistoryBytes - history_bytes_,
                                             static_cast<unsigned>(history_bytes_)) != COMP_OK) {
        clear_upper_halves();
        return false;
    }
    stream.next_in = const_cast<std::uint8_t*>(chunk);
    stream.avail_in = kChunkBytes;
    stream.next_out = out_;
    stream.avail_out = sizeof out_;
    const int result = isal.deflate(&stream);
    clear_upper_halves();
    if (result != COMP_OK) return false;

    out_begin_ = 0;
    out_end_ = sizeof out_ - stream.avail_out;
    // A full buffer means that stored blocks are shorter. The marker is what the flush has to end with.
    const bool is_complete = stream.avail_in == 0 && stream.avail_out != 0 && out_end_ >= 5 &&
                             load_be<std::uint32_t>(out_ + out_end_ - 4) == 0x0000'ffff;
    if (!is_complete) store(chunk);
    if (history_bytes_ == 0) first_bytes_ = byte_values(chunk, kHistoryBytes);
    std::memcpy(buffer_, chunk + kChunkBytes - kHistoryBytes, kHistoryBytes);
    history_bytes_ = kHistoryBytes;
    return true;
}

#else  // built without ISA-L's header

bool IsalDeflater::serves(int) noexcept { return false; }
IsalDeflater* IsalDeflater::create(int) noexcept { return nullptr; }
engine::ChunkEncoder* IsalDeflater::clone() noexcept { return nullptr; }
bool IsalDeflater::encode(const std::uint8_t*) noexcept { return false; }

#endif

void IsalDeflater::destroy() noexcept { std::free(this); }

/// Makes stored blocks of the chunk: what no encoder's output may exceed (zlib.h, deflateBound).
void IsalDeflater::store(const std::uint8_t* chunk) noexcept {
    std::uint8_t* out = out_;
    for (std::size_t done = 0; done < kChunkBytes; done += 65535) {
        *out++ = 0;  // BFINAL 0, BTYPE 00, at a byte boundary
        store_le<std::uint16_t>(out, 0xffff);
        store_le<std::uint16_t>(out + 2, 0);  // NLEN
        std::memcpy(out + 4, chunk + done, 65535);
        out += 4 + 65535;
    }
    out_begin_ = 0;
    out_end_ = sizeof out_;
}

bool IsalDeflater::deliver(Space& out) noexcept {
    const std::size_t count = std::min(out_end_ - out_begin_, out.avail);
    if (count != 0) {
        std::memcpy(out.next, out_ + out_begin_, count);
        out.advance(count);
        out_begin_ += count;
    }
    return out_begin_ == out_end_;
}

Status IsalDeflater::step(Bytes& in, Space& out, Check& check) noexcept {
    for (;;) {
        if (!deliver(out) || out.avail == 0) return Status::kNeedOutput;
        if (in.avail == 0) return Status::kNeedInput;
        if (taken_ == kChunkBytes) {
            if (!encode(buffer_ + kHistoryBytes)) return Status::kUnsupported;
            taken_ = 0;
        } else if (taken_ == 0 && in.avail > kChunkBytes && encode(in.next)) {
            check.update(in.next, kChunkBytes);
            in.advance(kChunkBytes);
        } else {
            const std::size_t count = std::min(kChunkBytes - taken_, in.avail);
            std::uint8_t* to = buffer_ + kHistoryBytes + taken_;
            std::memcpy(to, in.next, count);
            check.update(to, count);
            taken_ += count;
            in.advance(count);
        }
    }
}

Bytes IsalDeflater::dictionary() const noexcept {
    const std::size_t size = std::min(kHistoryBytes, history_bytes_ + taken_);
    return {buffer_ + kHistoryBytes + taken_ - size, size};
}

}  // namespace warpz::isal

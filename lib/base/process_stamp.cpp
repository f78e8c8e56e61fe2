// SPDX-License-Identifier: Zlib
// The stamp lives in a page that the kernel wipes in a forked child (MADV_WIPEONFORK); zero means "not stamped yet".
// The page is part of .bss: it comes and goes with the library, and no thread can find it unmapped at exit.
#include "base/process_stamp.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "base/clock.hpp"

namespace warpz {
namespace {

using Stamp = std::atomic<std::uint64_t>;
static_assert(Stamp::is_always_lock_free);

#if defined(__x86_64__) || defined(__i386__)
constexpr std::size_t kMaxPageBytes = 4096;
#else
constexpr std::size_t kMaxPageBytes = 65536;  // arm64 kernels have pages of 4, 16 or 64 KiB
#endif

struct alignas(kMaxPageBytes) StampPage {
    Stamp stamp{0};
    std::uint8_t rest[kMaxPageBytes - sizeof(Stamp)] = {};
};
static_assert(sizeof(StampPage) == kMaxPageBytes);

enum class Wiping : int { kUnknown, kWorks, kMissing };

constinit StampPage g_page;
constinit std::atomic<Wiping> g_wiping{Wiping::kUnknown};

bool is_page_wiped_on_fork() noexcept {
    Wiping wiping = g_wiping.load(std::memory_order_acquire);
    if (wiping == Wiping::kUnknown) {
        const bool works = madvise(&g_page, sizeof g_page, MADV_WIPEONFORK) == 0;
        wiping = works ? Wiping::kWorks : Wiping::kMissing;
        g_wiping.store(wiping, std::memory_order_release);
    }
    return wiping == Wiping::kWorks;
}

}  // namespace

std::uint64_t process_stamp() noexcept {
    // A stamp is stored only when the page is known to be wiped.
    std::uint64_t stamp = g_page.stamp.load(std::memory_order_relaxed);
    if (stamp != 0) return stamp;
    if (!is_page_wiped_on_fork()) return static_cast<std::uint64_t>(getpid()) << 1;
    // The time keeps apart processes that have the same id one after the other.
    const std::uint64_t made =
        (monotonic_ns() << 23 | 1ULL << 63) ^ static_cast<std::uint64_t>(getpid()) << 1;
    return g_page.stamp.compare_exchange_strong(stamp, made, std::memory_order_relaxed) ? made
                                                                                        : stamp;
}

}  // namespace warpz

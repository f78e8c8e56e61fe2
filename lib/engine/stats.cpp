// SPDX-License-Identifier: Zlib
// The page is part of .bss, as that of lib/base/process_stamp.cpp: it comes and goes with the library, its address never
// changes, and what is mapped in its place changes without anybody who counts knowing.
#include "engine/stats.hpp"

#include <sys/mman.h>

#include "base/process_stamp.hpp"

namespace warpz::engine {
namespace {

struct alignas(StatsPage::kBytes) Memory {
    StatsPage page;
};
static_assert(sizeof(Memory) == StatsPage::kBytes);

constinit Memory g_memory{};
constinit ProcessOwner g_owner{ProcessOwner::kNobody};
constinit std::atomic<bool> g_is_begun{false};

void begin_anew() noexcept {
    if (g_is_begun.load(std::memory_order_relaxed)) {
        // The parent's page may be mapped here, and shared.
        static_cast<void>(mmap(&g_memory, sizeof g_memory, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    }
    g_is_begun.store(true, std::memory_order_relaxed);
}

}  // namespace

StatsPage& stats_page() noexcept {
    g_owner.enter(begin_anew);
    return g_memory.page;
}

bool are_stats_own() noexcept {
    return !g_is_begun.load(std::memory_order_relaxed) || g_owner.is_here();
}

const char* name_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::kFaster:
            return "faster";
        case Reason::kForced:
            return "forced";
        case Reason::kOff:
            return "off";
        case Reason::kSmall:
            return "small";
        case Reason::kStored:
            return "stored";
        case Reason::kTuned:
            return "tuned";
        case Reason::kAllocator:
            return "allocator";
        case Reason::kParameters:
            return "parameters";
        case Reason::kDictionary:
            return "dictionary";
        case Reason::kFormat:
            return "format";
        case Reason::kStop:
            return "stop";
        case Reason::kHeldBits:
            return "held_bits";
        case Reason::kNoRoom:
            return "no_room";
        case Reason::kBusy:
            return "busy";
        case Reason::kSick:
            return "sick";
        case Reason::kJournalFull:
            return "journal_full";
        case Reason::kNoMemory:
            return "no_memory";
        case Reason::kCount:
            break;
    }
    return "";
}

}  // namespace warpz::engine

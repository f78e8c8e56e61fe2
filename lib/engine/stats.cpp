// SPDX-License-Identifier: Zlib
#include "engine/stats.hpp"

namespace warpz::engine {
namespace {

constinit Stats g_stats;

}  // namespace

Stats& stats() noexcept { return g_stats; }

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

// SPDX-License-Identifier: Zlib
// The two tables of route.hpp, in the order in which reasons count.
#include "engine/route.hpp"

namespace warpz::engine {
namespace {

constexpr Route stay(Reason reason) noexcept { return {Executor::kInline, reason}; }

Reason winning(const Executors& executors) noexcept {
    return executors.forced_bytes != 0 ? Reason::kForced : Reason::kFaster;
}

/// Why a device is not used, kFaster when it is.
Reason device_reason(const Executors& executors, std::size_t bytes) noexcept {
    switch (executors.device) {
        case DeviceState::kNone:
            return Reason::kOff;
        case DeviceState::kSick:
            return Reason::kSick;
        case DeviceState::kBusy:
            return Reason::kBusy;
        case DeviceState::kReady:
            break;
    }
    const std::size_t least =
        executors.forced_bytes != 0 ? executors.forced_bytes : executors.break_even_bytes;
    return bytes < least ? Reason::kSmall : Reason::kFaster;
}

}  // namespace

Route route_deflate(const DeflateFacts& facts, const Executors& executors) noexcept {
    if (!executors.has_pool && executors.device == DeviceState::kNone) return stay(Reason::kOff);
    if (facts.bytes < executors.min_bytes()) return stay(Reason::kSmall);
    if (facts.level == 0) return stay(Reason::kStored);
    if (facts.has_tuned_limits) return stay(Reason::kTuned);
    if (facts.has_foreign_allocator) return stay(Reason::kAllocator);

    // A device's distances reach as far as they like within 32 KiB, and it has one strategy. Its ratio is not what is
    // asked for at levels above zlib's.
    const bool is_plain = facts.window_bits == 15 && facts.strategy <= 1 && facts.level <= 9;
    const Reason device = !is_plain              ? Reason::kParameters
                          : facts.has_dictionary ? Reason::kDictionary
                                                 : device_reason(executors, facts.bytes);
    if (device == Reason::kFaster) return {Executor::kDevice, winning(executors)};
    if (executors.has_pool) {
        const std::size_t least =
            executors.forced_bytes != 0 ? executors.forced_bytes : executors.pool_bytes;
        return facts.bytes < least ? stay(Reason::kSmall)
                                   : Route{Executor::kPool, winning(executors)};
    }
    return stay(device);
}

Route route_inflate(const InflateFacts& facts, const Executors& executors) noexcept {
    if (executors.device == DeviceState::kNone) return stay(Reason::kOff);
    if (facts.stops_at_blocks) return stay(Reason::kStop);
    if (facts.has_held_bits) return stay(Reason::kHeldBits);
    if (!facts.is_format_supported) return stay(Reason::kFormat);
    if (facts.has_foreign_allocator) return stay(Reason::kAllocator);
    if (facts.out_bytes < facts.min_out_bytes) return stay(Reason::kNoRoom);
    if (facts.journal_bytes > facts.max_journal_bytes) return stay(Reason::kJournalFull);
    const Reason device = device_reason(executors, facts.in_bytes);
    if (device == Reason::kFaster) return {Executor::kDevice, winning(executors)};
    return stay(device);
}

}  // namespace warpz::engine

// SPDX-License-Identifier: Zlib
// What a queue pair remembers about a job in flight.
#pragma once

#include <cstdint>

#include "device/queue_pair.hpp"

namespace warpz::device {

struct QueuePair::Slot {
    Job job;
    ContextSlot*
        lent;  ///< the job's context in the window, or one of its own; null where it needs none
    std::uint32_t tag;  ///< in the descriptor; the caller's is in `job`
    std::uint64_t in_address;
    std::uint64_t out_address;
    WindowRing::Piece piece;    ///< bounce: input and output
    std::uint8_t* bounced_out;  ///< bounce: where the output is
};

}  // namespace warpz::device

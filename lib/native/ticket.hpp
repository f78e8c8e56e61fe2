// SPDX-License-Identifier: Zlib
// A job of the interface while it is under way: by its ticket it waits in the pool, lies on a device's queue, and comes back.
#pragma once

#include "offload/job.hpp"
#include "warpz/warpz.h"

namespace warpz::native {

struct Ticket {
    offload::Job job;  // for the pool, or a packet of the device
    warpz_job* user = nullptr;
    warpz_context* context = nullptr;
    std::uint8_t executor = WARPZ_POOL;
    bool is_done = true;  // false: a device's watcher gives it back for the pool
    Ticket* next = nullptr;
    Ticket* previous = nullptr;
    Ticket* below = nullptr;  // in the stack of what is done, or of what the watcher is given
};

}  // namespace warpz::native

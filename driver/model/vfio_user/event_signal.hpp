// SPDX-License-Identifier: Zlib
// Adding one to an eventfd without ever waiting. write(2) waits where the counter is full and the file is blocking, and
// whether it is blocking is up to each process that has the file. The kernel itself does not wait: a finished asynchronous
// read that has named an eventfd (IOCB_FLAG_RESFD) adds to it as far as there is room.
#pragma once

#include <linux/aio_abi.h>

#include "channel.hpp"

namespace warpz::vfio_user {

/// One thread at a time.
class EventSignal {
  public:
    EventSignal() noexcept;
    ~EventSignal();
    EventSignal(const EventSignal&) = delete;
    EventSignal& operator=(const EventSignal&) = delete;

    /// `eventfd` is one. Where the kernel has no asynchronous reads for us it is written to, and may wait after all.
    void raise(int eventfd) noexcept;

  private:
    aio_context_t context_ = 0;
    Fd nothing_;  // an empty file: reading it is over at once
};

}  // namespace warpz::vfio_user

// SPDX-License-Identifier: Zlib
#include "event_signal.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>

namespace warpz::vfio_user {

EventSignal::EventSignal() noexcept : nothing_(memfd_create("nothing", MFD_CLOEXEC)) {
    if (!nothing_.is_open() || syscall(SYS_io_setup, 1, &context_) != 0) context_ = 0;
}

EventSignal::~EventSignal() {
    if (context_ != 0) syscall(SYS_io_destroy, context_);
}

void EventSignal::raise(int eventfd) noexcept {
    iocb read{};
    read.aio_lio_opcode = IOCB_CMD_PREAD;
    read.aio_fildes = static_cast<std::uint32_t>(nothing_.get());
    read.aio_flags = IOCB_FLAG_RESFD;
    read.aio_resfd = static_cast<std::uint32_t>(eventfd);
    iocb* reads[] = {&read};
    if (context_ != 0 && syscall(SYS_io_submit, context_, 1, reads) == 1) {
        // It is over already; what it says makes room for the next one.
        io_event event;
        timespec none{};
        syscall(SYS_io_getevents, context_, 0, 1, &event, &none);
        return;
    }
    // One that has no room for another event has not been read: its reader is still to come.
    const std::uint64_t one = 1;
    static_cast<void>(!write(eventfd, &one, sizeof one));
}

}  // namespace warpz::vfio_user

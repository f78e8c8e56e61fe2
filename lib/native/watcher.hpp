// SPDX-License-Identifier: Zlib
// A thread that has the device side of a context with an event: queues of a device tell only who sleeps on them, so somebody
// has to, who then raises the eventfd. It exists from the first job for a device until the context's end.
#pragma once

#include <pthread.h>

#include <atomic>

#include "native/device_lane.hpp"
#include "native/ticket.hpp"

namespace warpz::native {

class Watcher {
  public:
    /// `hand_back` is called on the watcher's thread for each ticket; `is_done` tells whether the device did the job.
    Watcher(DeviceLane& lane, void (*hand_back)(Ticket& ticket) noexcept) noexcept
        : lane_(lane), hand_back_(hand_back) {}

    /// Gives it a job that DeviceLane::wants(). False: there is no thread to be had.
    [[nodiscard]] bool give(Ticket& ticket) noexcept;

    /// Ends the thread. All tickets have come back. Not in a child of fork().
    void stop() noexcept;

  private:
    static void* thread_main(void* watcher) noexcept;
    [[nodiscard]] bool start() noexcept;
    void work() noexcept;
    void take_new() noexcept;
    void hand_back_done() noexcept;

    DeviceLane& lane_;
    void (*hand_back_)(Ticket& ticket) noexcept;
    std::atomic<Ticket*> given_{nullptr};  // a stack, the newest on top
    std::atomic<std::uint32_t> calls_{0};  // counts what the thread should wake up for
    std::atomic<bool> is_stopping_{false};
    bool is_started_ = false;
    pthread_t thread_{};

    Ticket* first_ = nullptr;  // on the device; the thread's
};

}  // namespace warpz::native

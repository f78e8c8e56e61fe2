// SPDX-License-Identifier: Zlib
// The device side of a context: one-shot jobs become packets on a queue for each direction, and what the device made
// becomes whole streams, checked. A lane has one user at a time: the context's thread, or its watcher (watcher.hpp).
#pragma once

#include "native/inflate_queue.hpp"
#include "native/wrapper.hpp"
#include "offload/deflate_queue.hpp"

namespace warpz::native {

class DeviceLane {
  public:
    /// Whether a device is the place for the job at this moment. Any thread.
    [[nodiscard]] static bool wants(const warpz_job& user) noexcept;

    /// Gives the job, which wants() has accepted, to a queue. False when none takes it now.
    [[nodiscard]] bool submit(const warpz_job& user, offload::Job& job) noexcept;

    /// Looks for completions; with `waits`, sleeps until there is one.
    void poll(bool waits) noexcept;

    /// After poll() has taken a job out of kOnDevice: completes the user's job. False when the device has not done it: the job
    /// is as if nobody had begun it.
    [[nodiscard]] static bool finish(warpz_job& user, offload::Job& job) noexcept;

    /// As of the queue of this operation: see offload::DeflateQueue.
    [[nodiscard]] std::span<std::uint8_t> hold_window(int operation) noexcept {
        return operation == WARPZ_DEFLATE ? deflate_.hold_window() : inflate_.hold_window();
    }
    void release_window(int operation) noexcept {
        operation == WARPZ_DEFLATE ? deflate_.release_window() : inflate_.release_window();
    }
    [[nodiscard]] std::uint64_t copied_bytes() const noexcept {
        return deflate_.copied_bytes() + inflate_.copied_bytes();
    }

    [[nodiscard]] bool is_empty() const noexcept {
        return deflate_.is_empty() && inflate_.is_empty();
    }

  private:
    offload::DeflateQueue deflate_;
    InflateQueue inflate_;
};

}  // namespace warpz::native

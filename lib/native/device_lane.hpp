// SPDX-License-Identifier: Zlib
// The device side of a context: one-shot jobs become packets on a queue for each direction, and what the device made
// becomes whole streams, checked. A lane has one user at a time: the context's thread, or its watcher (watcher.hpp), who then
// holds `in_use`.
#pragma once

#include "base/mutex.hpp"
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

    /// For as long as it takes.
    static constexpr std::uint32_t kForever = offload::PacketQueue::kForever;
    /// Takes completions; where there is none, sleeps until there is one, at most for so long.
    void wait(std::uint32_t most_us) noexcept;

    /// After wait() has taken a job out of kOnDevice: completes the user's job. False when the device has not done it: the job
    /// is as if nobody had begun it.
    [[nodiscard]] static bool finish(warpz_job& user, offload::Job& job) noexcept;

    /// As of the queue of this operation: see offload::PacketQueue.
    [[nodiscard]] std::span<std::uint8_t> hold_window(int operation) noexcept;
    /// The same, at the next give_back_released(). Also for who has not got `in_use`.
    void release_window(int operation) noexcept {
        is_released_[operation].store(true, std::memory_order_relaxed);
    }
    void give_back_released() noexcept;

    [[nodiscard]] std::uint64_t copied_bytes() const noexcept {
        return deflate_.copied_bytes() + inflate_.copied_bytes();
    }

    [[nodiscard]] bool is_empty() const noexcept {
        return deflate_.is_empty() && inflate_.is_empty();
    }

    Mutex in_use;

  private:
    [[nodiscard]] offload::PacketQueue& queue(int operation) noexcept {
        if (operation == WARPZ_DEFLATE) return deflate_;
        return inflate_;
    }

    offload::DeflateQueue deflate_;
    InflateQueue inflate_;
    std::atomic<bool> is_released_[2] = {};  // by operation: a window whose queue is still held
};

}  // namespace warpz::native

// SPDX-License-Identifier: Zlib
// One stream's use of a deflate queue: jobs become packets, completions become finished jobs, and a packet that failed
// becomes a job that nobody has begun. A queue is leased while packets are in flight.
#pragma once

#include "device/queue_pool.hpp"
#include "offload/devices.hpp"
#include "offload/held_window.hpp"
#include "offload/job.hpp"
#include "offload/verify.hpp"

namespace warpz::offload {

class DeflateQueue {
  public:
    DeflateQueue() noexcept = default;
    /// A copy of a stream has a queue of its own.
    DeflateQueue(const DeflateQueue&) noexcept {}
    DeflateQueue& operator=(const DeflateQueue&) = delete;

    /// Gives the job to the device, after completions of others where its queue is full. False when it cannot take it now;
    /// the job is as before.
    [[nodiscard]] bool submit(Job& job) noexcept;

    /// Looks for completions; with `waits`, sleeps until there is one. Jobs change from kOnDevice to kDone or kIdle.
    void poll(bool waits) noexcept;

    [[nodiscard]] bool is_empty() const noexcept { return jobs_ == 0; }

    /// Memory of a device's window: jobs with input and output in it are not copied. Empty where all memory is as good, and when
    /// there is none to be had. A queue is kept from here on until release_window().
    [[nodiscard]] std::span<std::uint8_t> hold_window() noexcept;
    void release_window() noexcept;

    /// Bytes that were copied into and out of windows. Any thread.
    [[nodiscard]] std::uint64_t copied_bytes() const noexcept {
        return copied_bytes_.load(std::memory_order_relaxed);
    }

    /// What the queue that was leased last takes as one job; no limit is known before the first.
    [[nodiscard]] std::size_t max_job_bytes() const noexcept { return max_job_bytes_; }

  private:
    Status try_submit(Devices& devices, Job& job) noexcept;
    void release_if_empty() noexcept;
    void complete(Job& job, const device::Completion& completion) noexcept;

    [[nodiscard]] Status take_queue(Devices& devices) noexcept;
    void note_copies(std::uint64_t before) noexcept;

    device::QueueLease lease_;
    HeldWindow held_;
    std::atomic<std::uint64_t> copied_bytes_{0};
    std::size_t jobs_ = 0;
    std::size_t max_job_bytes_ = device::kMaxPacketBytes;
    ProofRoom proof_room_;
};

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// A context's use of an inflate queue: each packet is a whole stream. As offload::DeflateQueue, it leases a queue while
// packets are in flight, and a packet that failed becomes a job that nobody has begun.
#pragma once

#include "device/queue_pool.hpp"
#include "offload/devices.hpp"
#include "offload/held_window.hpp"
#include "offload/job.hpp"
#include "warpz/warpz.h"

namespace warpz::native {

class InflateQueue {
  public:
    [[nodiscard]] static device::Format format_of(const warpz_job& user) noexcept;

    /// Gives the stream behind the header to the device. False when it cannot take it now.
    [[nodiscard]] bool submit(const warpz_job& user, offload::Job& job) noexcept;

    /// Looks for completions; with `waits`, sleeps until there is one. Jobs change from kOnDevice to kDone, with input_bytes and
    /// output_bytes being what was consumed and produced, or to kIdle.
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

  private:
    Status try_submit(offload::Devices& devices, const warpz_job& user, offload::Job& job) noexcept;
    void release_if_empty() noexcept;
    void complete(offload::Job& job, const device::Completion& completion) noexcept;

    [[nodiscard]] Status take_queue(offload::Devices& devices) noexcept;
    void note_copies(std::uint64_t before) noexcept;

    device::QueueLease lease_;
    offload::HeldWindow held_;
    std::atomic<std::uint64_t> copied_bytes_{0};
    std::size_t jobs_ = 0;
};

}  // namespace warpz::native

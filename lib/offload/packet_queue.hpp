// SPDX-License-Identifier: Zlib
// One user's jobs on a device: jobs become packets, completions become finished jobs, and a packet that failed becomes a
// job that nobody has begun. A queue is leased while packets are in flight. What a packet of each operation holds, and what
// its answer is worth, is deflate_queue.hpp's and native/inflate_queue.hpp's.
#pragma once

#include "device/queue_pool.hpp"
#include "offload/devices.hpp"
#include "offload/held_window.hpp"
#include "offload/job.hpp"

namespace warpz::offload {

class PacketQueue {
  public:
    /// For as long as it takes: the queue's own time-out comes before.
    static constexpr std::uint32_t kForever = ~std::uint32_t{0};

    PacketQueue& operator=(const PacketQueue&) = delete;

    /// Takes completions that are there: jobs change from kOnDevice to kDone or kIdle. returns how many
    std::size_t poll() noexcept { return wait(0); }
    /// As poll(), and sleeps until there is one, at most for so long.
    std::size_t wait(std::uint32_t most_us) noexcept;

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

  protected:
    explicit PacketQueue(device::Operation operation) noexcept : operation_(operation) {}
    /// A copy of a user has a queue of its own.
    PacketQueue(const PacketQueue& other) noexcept : operation_(other.operation_) {}
    ~PacketQueue() = default;

    /// Gives the job to the device as `packet`, after completions of others where its queue is full. False when it cannot take
    /// it now; the job is as before.
    [[nodiscard]] bool submit(Job& job, device::Job packet) noexcept;

  private:
    /// Notes what the device made of the job. False: it has not done it.
    [[nodiscard]] virtual bool accept(Job& job, const device::Completion& completion) noexcept {
        static_cast<void>(job);
        static_cast<void>(completion);
        return false;
    }

    [[nodiscard]] Status take_queue(Devices& devices) noexcept;
    [[nodiscard]] Status start(Devices& devices, Job& job, device::Job& packet) noexcept;
    void complete(Job& job, const device::Completion& completion) noexcept;
    void note_copies(std::uint64_t before) noexcept;
    void release_if_empty() noexcept;

    device::Operation operation_;
    device::QueueLease lease_;
    HeldWindow held_;
    std::atomic<std::uint64_t> copied_bytes_{0};
    std::size_t jobs_ = 0;
    std::size_t max_job_bytes_ = device::kMaxPacketBytes;
};

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// A submission and a completion ring on a channel: jobs in, completions out, in order, many in flight. What comes from
// the device is bounded before it is used; a device that hangs, disappears, resets or answers nonsense ends in kLost
// completions and a stopped queue, never in an error of another kind. No allocation and no system call per job.
//
// A queue pair has one user at a time (see queue_pool.hpp). It belongs to the process that opened it: in a forked child
// each job in flight is kLost and the rings are not touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/process_stamp.hpp"
#include "base/result.hpp"
#include "device/device_job.hpp"
#include "device/stream_context.hpp"
#include "device/transport.hpp"
#include "device/window_ring.hpp"

namespace warpz::device {

/// The kernel's own words for a queue's life (uacce).
enum class QueueState : std::uint8_t {
    kInit,     ///< being opened
    kStarted,  ///< takes jobs
    kZombie,   ///< stopped: hands out what is left as kLost and takes nothing more
};

/// Why a queue was stopped.
enum class Fault : std::uint8_t {
    kNone,
    kTimeout,        ///< no completion for QueueOptions::job_timeout_us
    kReset,          ///< the status words say that the kernel resets or has stopped the device
    kRemoved,        ///< the device is gone
    kBadCompletion,  ///< wrong tag, ring index, or counts outside of the job's spans
    kForked,         ///< this is a child of the process that owns the queue
    kStopped,        ///< by stop()
};

struct QueueOptions {
    std::uint32_t job_timeout_us = 10'000'000;  ///< bound on the wait for the oldest job
    std::uint32_t spin_us = 20;                 ///< time spent looking before sleeping
    /// Most jobs in flight; 0 is what the ring holds (entries less one). Also bounds memory for contexts.
    std::uint16_t max_in_flight = 64;
};

class QueuePair {
  public:
    /// Opens a queue on `device`. Errors are those of Device::open_channel(), and kNoMemory.
    [[nodiscard]] static Result<QueuePair*> open(Device& device, Operation operation,
                                                 const QueueOptions& options) noexcept;
    /// Stops and frees. Jobs in flight are forgotten; their memory is the caller's when this returns.
    static void close(QueuePair* queue) noexcept;

    /// Whether the device can do this operation on this format with these sizes at all; what submit() calls
    /// kUnsupported otherwise.
    [[nodiscard]] bool supports(const Job& job) const noexcept;
    /// Largest input and output of one job: kMaxPacketBytes, or what fits into the bounce window.
    [[nodiscard]] std::size_t max_job_bytes() const noexcept;

    /// Sets a half of the bounce window aside for buffers of the caller's: jobs whose input and output both lie there are not
    /// copied. The memory stays mapped as long as the queue is open, and the device may write to it as long as it is not
    /// stopped. Empty with shared addresses and while jobs are in flight.
    [[nodiscard]] std::span<std::uint8_t> set_aside() noexcept;
    /// The whole window is for the queue's own use again. Nothing is in flight.
    void end_aside() noexcept;
    /// Bytes that were copied into and out of the window.
    [[nodiscard]] std::uint64_t copied_bytes() const noexcept { return copied_bytes_; }

    /// Starts a job.
    ///
    /// returns kOk           in flight: a completion with the job's tag will come from reap() or wait()
    ///         kBusy         no slot, no window memory, or the context has a packet in flight: reap first
    ///         kUnsupported  the job breaks a limit of device_job.hpp or of the device
    ///         kNoMemory     no memory for the context of a packet
    ///         kNoDevice     the queue is stopped: see fault()
    [[nodiscard]] Status submit(const Job& job) noexcept;

    /// Takes completions that are there, oldest first; never sleeps.
    ///
    /// returns how many of `done` were written; 0 when none is ready
    std::size_t reap(std::span<Completion> done) noexcept;

    /// As reap(), and waits for the first one: it looks for spin_us and then sleeps in poll(2). A queue whose oldest job
    /// has waited for job_timeout_us is stopped here.
    ///
    /// returns 0 only when nothing is in flight or `timeout_us` is over
    std::size_t wait(std::span<Completion> done, std::uint32_t timeout_us) noexcept;

    /// Stops the queue. When it returns the device touches no memory of any job; jobs in flight come out of reap() as
    /// kLost.
    void stop() noexcept;

    [[nodiscard]] QueueState state() const noexcept { return state_; }
    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    /// False in a forked child of the process that opened the queue.
    [[nodiscard]] bool is_mine() const noexcept { return owner_.is_here(); }
    /// Submitted and not handed out.
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    /// Jobs that submit() has a slot for.
    [[nodiscard]] std::size_t free_slots() const noexcept { return max_in_flight_ - in_flight_; }
    [[nodiscard]] const DeviceInfo& device() const noexcept { return info_; }
    /// Where it was opened.
    [[nodiscard]] Device& home() const noexcept { return *home_; }
    [[nodiscard]] Operation operation() const noexcept { return operation_; }

    /// Time spent sleeping or spinning in wait(), for counters.
    [[nodiscard]] std::uint64_t waited_us() const noexcept { return waited_ns_ / 1000; }

  private:
    struct Slot;
    QueuePair() = default;
    ~QueuePair() = default;

    Status start(Channel& channel) noexcept;
    void divide_window() noexcept;
    [[nodiscard]] bool is_aside(const Job& job) const noexcept;
    Status place(const Job& job, Slot& slot) noexcept;
    void unplace(Slot& slot) noexcept;
    std::size_t take(std::span<Completion> done) noexcept;
    bool take_one(const Slot& slot, Completion& completion) noexcept;
    std::size_t hand_out_lost(std::span<Completion> done) noexcept;
    void retire(const Slot& slot, Outcome outcome) noexcept;
    void fail(Fault fault) noexcept;
    void ring_completions(bool wants_event) noexcept;
    [[nodiscard]] std::uint32_t status_word(std::size_t offset) const noexcept;
    [[nodiscard]] std::uint64_t remaining_ns(std::uint64_t now_ns,
                                             std::uint64_t deadline_ns) noexcept;

    Channel* channel_ = nullptr;
    Slot* slots_ = nullptr;  // by ring index
    Sqe* sq_ = nullptr;
    Cqe* cq_ = nullptr;
    ProcessOwner owner_;
    std::uint32_t sq_entries_ = 0;
    std::uint32_t cq_entries_ = 0;
    std::uint32_t sq_tail_ = 0;  // where the next descriptor goes
    std::uint32_t sq_head_ = 0;  // the oldest in flight
    std::uint32_t cq_head_ = 0;
    std::uint32_t max_in_flight_ = 0;
    std::uint32_t in_flight_ = 0;
    std::uint32_t next_tag_ = 0;
    std::uint16_t phase_ = WARPZ_ZIP_CQE_PHASE;  // of a completion that is new
    QueueState state_ = QueueState::kInit;
    Fault fault_ = Fault::kNone;
    Operation operation_ = Operation::kDeflate;
    Device* home_ = nullptr;
    DeviceInfo info_{};
    QueueOptions options_;

    ContextSlots contexts_;
    WindowRing ring_;  // of the bounce window; its pieces go back in the order of the jobs
    std::span<std::uint8_t> aside_;  // behind what the ring has
    std::uint64_t copied_bytes_ = 0;
    std::uint64_t progress_ = 0;          // completions taken so far
    std::uint64_t watched_progress_ = 0;  // what it was when watched_since_ns_ was noted
    std::uint64_t watched_since_ns_ = 0;  // 0: not watching
    std::uint64_t waited_ns_ = 0;
};

}  // namespace warpz::device

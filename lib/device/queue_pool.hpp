// SPDX-License-Identifier: Zlib
// The queues of this process, shared by its threads: a queue pair is leased, used by one holder, and returned for the
// next one. Opening costs system calls, so returned queues are kept, unless their device has no other left: then some
// process may be waiting for one. A device whose queues are all taken is not asked again for a while.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/mutex.hpp"
#include "base/process_stamp.hpp"
#include "base/result.hpp"
#include "device/queue_pair.hpp"
#include "device/transport.hpp"

namespace warpz::device {

class QueuePool;

/// A queue pair in exclusive use. Whoever holds the lease may change from thread to thread, one at a time. Returned at
/// destruction: jobs still in flight make the queue stop first, so their memory is free then; a healthy, empty queue
/// goes back to the pool. In a forked child the queue is let go of without harm to the parent.
class QueueLease {
  public:
    QueueLease() noexcept = default;
    QueueLease(QueueLease&& other) noexcept;
    QueueLease& operator=(QueueLease&& other) noexcept;
    ~QueueLease() { release(); }

    [[nodiscard]] explicit operator bool() const noexcept { return queue_ != nullptr; }
    [[nodiscard]] QueuePair* operator->() const noexcept { return queue_; }
    [[nodiscard]] QueuePair& operator*() const noexcept { return *queue_; }
    void release() noexcept;

  private:
    friend class QueuePool;
    QueueLease(QueuePool* pool, QueuePair* queue) noexcept : pool_(pool), queue_(queue) {}

    QueuePool* pool_ = nullptr;
    QueuePair* queue_ = nullptr;
};

struct PoolOptions {
    QueueOptions queue{};
    std::uint16_t max_queues = 16;  ///< kept open by this process, both operations together
    /// First pause after "every queue is taken"; doubles up to 1 s
    std::uint32_t backoff_us = 10'000;
    std::uint32_t revive_us = 1'000'000;  ///< pause after a device was lost
};

/// Queues over a set of devices, nearest first.
class QueuePool {
  public:
    /// `devices` in order of preference; they and the span outlive the pool.
    [[nodiscard]] static Result<QueuePool*> create(std::span<Device* const> devices,
                                                   const PoolOptions& options) noexcept;
    /// Closes the queues that are not leased. No lease may be held by a running thread of this process.
    static void destroy(QueuePool* pool) noexcept;

    /// A queue for the operation, from those returned or newly opened. Any thread.
    ///
    /// only     on this device; null: on any
    /// wait_us  how long to wait for a queue that this process uses elsewhere; 0: never waits
    /// returns  the lease; kBusy when all queues are taken or were a moment ago; kNoDevice when no device is usable
    [[nodiscard]] Result<QueueLease> lease(Operation operation, const Device* only = nullptr,
                                           std::uint32_t wait_us = 0) noexcept;

    /// Closes the queues that are not leased; they are opened again when wanted. Any thread.
    void close_idle() noexcept;

    struct Counters {
        std::uint64_t opened;  ///< queues opened since the process began
        std::uint64_t busy;    ///< leases refused because all queues were taken
        std::uint64_t lost;    ///< queues that came back stopped by a fault
    };
    [[nodiscard]] Counters counters() noexcept;

  private:
    friend class QueueLease;
    struct Source;
    QueuePool() = default;
    ~QueuePool() = default;

    void adopt_process() noexcept;
    bool evict_idle() noexcept;
    QueuePair* take_idle(std::size_t index) noexcept;
    Result<QueueLease> try_lease(Operation operation, const Device* only) noexcept;
    Result<QueuePair*> open_queue(Operation operation, const Device* only) noexcept;
    [[nodiscard]] bool may_come(std::uint32_t seen) noexcept;
    void give_back(QueuePair* queue) noexcept;
    [[nodiscard]] bool keep(QueuePair* queue) noexcept;
    [[nodiscard]] Source* source_of(const Device& device) noexcept;
    [[nodiscard]] bool is_scarce(const Device& device) noexcept;

    ProcessOwner owner_;
    PoolOptions options_;
    Source* sources_ = nullptr;
    std::size_t source_count_ = 0;

    Mutex mutex_;                 // of all below, and of what the sources have answered
    QueuePair** idle_ = nullptr;  // max_queues entries; the one returned last at the end
    std::size_t idle_count_ = 0;
    std::size_t open_count_ = 0;  // idle, leased, and being opened
    Counters counters_{};

    std::atomic<std::uint32_t> returns_{
        0};  // queues given back; changes under the mutex, with the counts
    std::atomic<std::uint32_t> waiters_{0};
};

}  // namespace warpz::device

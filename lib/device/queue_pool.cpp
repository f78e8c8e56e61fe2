// SPDX-License-Identifier: Zlib
// A list of idle queues under one lock, and for each device the time before which it is not asked again.
#include "device/queue_pool.hpp"

#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/futex.hpp"
#include "base/quiet_scope.hpp"

namespace warpz::device {
namespace {

constexpr std::uint64_t kMaxBackoffUs = 1'000'000;
/// How often a device is asked whether it has free queues.
constexpr std::uint64_t kLookUs = 10'000;

std::uint64_t now_us() noexcept { return monotonic_ns() / 1000; }

}  // namespace

/// How a device has answered of late.
struct QueuePool::Source {
    Device* device;
    std::uint64_t ask_after_us;
    std::uint64_t backoff_us;     // the pause in force; 0 after a success
    std::uint64_t look_after_us;  // no sooner is it asked what is free
    bool is_busy;                 // the last answer was "every queue is taken"
};

QueueLease::QueueLease(QueueLease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), queue_(std::exchange(other.queue_, nullptr)) {}

QueueLease& QueueLease::operator=(QueueLease&& other) noexcept {
    if (this == &other) return *this;
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    queue_ = std::exchange(other.queue_, nullptr);
    return *this;
}

void QueueLease::release() noexcept {
    if (queue_ != nullptr) pool_->give_back(std::exchange(queue_, nullptr));
    pool_ = nullptr;
}

Result<QueuePool*> QueuePool::create(std::span<Device* const> devices,
                                     const PoolOptions& options) noexcept {
    void* memory = malloc(sizeof(QueuePool) + devices.size() * sizeof(Source) +
                          options.max_queues * sizeof(QueuePair*));
    if (memory == nullptr) return Status::kNoMemory;
    auto* pool = ::new (memory) QueuePool;
    pool->options_ = options;
    pool->sources_ = reinterpret_cast<Source*>(pool + 1);
    pool->source_count_ = devices.size();
    for (std::size_t i = 0; i < devices.size(); ++i) {
        std::construct_at(pool->sources_ + i, Source{devices[i], 0, 0, 0, false});
    }
    pool->idle_ = reinterpret_cast<QueuePair**>(pool->sources_ + devices.size());
    return pool;
}

void QueuePool::destroy(QueuePool* pool) noexcept {
    if (pool == nullptr) return;
    pool->adopt_process();
    for (std::size_t i = 0; i < pool->idle_count_; ++i) QueuePair::close(pool->idle_[i]);
    free(pool);
}

/// In a forked child the idle queues are the parent's: they are let go of, and the devices may be asked at once.
void QueuePool::adopt_process() noexcept {
    owner_.enter([this]() noexcept {
        ::new (&mutex_) Mutex;
        // The list may have been changing when the process was forked: see take_idle() and give_back().
        for (std::size_t i = 0; i < idle_count_; ++i) QueuePair::close(idle_[i]);
        idle_count_ = 0;
        open_count_ = 0;
        counters_ = {};
        waiters_.store(0);
        for (std::size_t i = 0; i < source_count_; ++i) {
            sources_[i].ask_after_us = 0;
            sources_[i].backoff_us = 0;
        }
    });
}

Result<QueueLease> QueuePool::lease(Operation operation, const Device* only,
                                    std::uint32_t wait_us) noexcept {
    adopt_process();
    std::uint64_t deadline_ns = 0;
    for (;;) {
        const std::uint32_t seen = returns_.load();
        Result<QueueLease> lease = try_lease(operation, only);
        if (lease.status() != Status::kBusy) return lease;
        if (deadline_ns == 0) deadline_ns = (now_us() + wait_us) * 1000;
        bool is_waited_for = wait_us != 0 && may_come(seen);
        if (is_waited_for) {
            const QuietScope quiet;
            waiters_.fetch_add(1);
            is_waited_for = futex_wait_until(returns_, seen, deadline_ns);
            waiters_.fetch_sub(1);
        }
        if (is_waited_for) continue;
        const MutexLock lock(mutex_);
        ++counters_.busy;
        return lease;
    }
}

/// Whether a queue was returned since `seen` was read, or is leased and so will be.
bool QueuePool::may_come(std::uint32_t seen) noexcept {
    const MutexLock lock(mutex_);
    return returns_.load() != seen || open_count_ > idle_count_;
}

Result<QueueLease> QueuePool::try_lease(Operation operation, const Device* only) noexcept {
    {
        const MutexLock lock(mutex_);
        for (std::size_t i = idle_count_; i-- > 0;) {
            if (idle_[i]->operation() != operation) continue;
            if (only != nullptr && only != &idle_[i]->home()) continue;
            return QueueLease(this, take_idle(i));
        }
        if (open_count_ >= options_.max_queues && !evict_idle()) return Status::kBusy;
        ++open_count_;  // a place for the one to be opened
    }
    // Opening sleeps in the kernel; other threads may lease in the meantime.
    const Result<QueuePair*> queue = open_queue(operation, only);
    if (queue) return QueueLease(this, *queue);
    const MutexLock lock(mutex_);
    --open_count_;
    return queue.status();
}

/// Makes room for a queue of another kind. The mutex is held.
bool QueuePool::evict_idle() noexcept {
    if (idle_count_ == 0) return false;
    QueuePair::close(take_idle(0));
    --open_count_;
    return true;
}

void QueuePool::close_idle() noexcept {
    adopt_process();
    const MutexLock lock(mutex_);
    while (evict_idle()) {
    }
}

/// Removes an entry of the list. The mutex is held; a fork between any two stores leaves the child a list without
/// duplicates.
QueuePair* QueuePool::take_idle(std::size_t index) noexcept {
    QueuePair* queue = idle_[index];
    const std::size_t last = idle_count_ - 1;
    idle_count_ = last;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    idle_[index] = idle_[last];
    return queue;
}

/// Asks the devices in their order, except those that said no a moment ago.
Result<QueuePair*> QueuePool::open_queue(Operation operation, const Device* only) noexcept {
    Status answer = Status::kNoDevice;
    for (std::size_t i = 0; i < source_count_; ++i) {
        Source& source = sources_[i];
        if (only != nullptr && only != source.device) continue;
        {
            const MutexLock lock(mutex_);
            if (source.backoff_us != 0 && now_us() < source.ask_after_us) {
                if (source.is_busy) answer = Status::kBusy;
                continue;
            }
        }
        const Result<QueuePair*> queue = QueuePair::open(*source.device, operation, options_.queue);
        const MutexLock lock(mutex_);
        if (queue) {
            source.backoff_us = 0;
            ++counters_.opened;
            return queue;
        }
        source.is_busy = queue.status() == Status::kBusy;
        if (source.is_busy) {
            answer = Status::kBusy;
            source.backoff_us = source.backoff_us == 0
                                    ? std::max<std::uint64_t>(options_.backoff_us, 1)
                                    : std::min(source.backoff_us * 2, kMaxBackoffUs);
        } else {
            source.backoff_us = std::max<std::uint64_t>(options_.revive_us, 1);
        }
        source.ask_after_us = now_us() + source.backoff_us;
    }
    return answer;
}

QueuePool::Source* QueuePool::source_of(const Device& device) noexcept {
    return std::find_if(sources_, sources_ + source_count_,
                        [&](const Source& source) { return source.device == &device; });
}

/// Whether every queue of the device is taken, as far as it was looked at.
bool QueuePool::is_scarce(const Device& device) noexcept {
    Source& source = *source_of(device);
    {
        const MutexLock lock(mutex_);
        const std::uint64_t now = now_us();
        if (now < source.look_after_us) return false;
        source.look_after_us = now + kLookUs;
    }
    const QuietScope quiet;
    return source.device->available_queues() == 0;
}

void QueuePool::give_back(QueuePair* queue) noexcept {
    adopt_process();
    const Fault fault = queue->fault();
    const bool is_healthy = queue->state() == QueueState::kStarted && queue->is_mine() &&
                            queue->in_flight() == 0 &&
                            (waiters_.load() != 0 || !is_scarce(queue->home()));
    const bool is_kept = is_healthy && keep(queue);
    if (!is_kept) {
        const bool is_mine = queue->is_mine();
        Source& source = *source_of(queue->home());
        QueuePair::close(queue);
        const MutexLock lock(mutex_);
        if (is_mine) --open_count_;  // one of the parent process was never counted here
        if (fault != Fault::kNone && fault != Fault::kStopped && fault != Fault::kForked) {
            ++counters_.lost;
        }
        if (source.is_busy) source.backoff_us = 0;  // that answer holds no longer
        returns_.fetch_add(1);
    }
    if (waiters_.load() != 0) futex_wake(returns_, 1);
}

/// Adds the queue to the idle ones; false when there are enough.
bool QueuePool::keep(QueuePair* queue) noexcept {
    const MutexLock lock(mutex_);
    if (idle_count_ == options_.max_queues) return false;
    idle_[idle_count_] = queue;
    std::atomic_signal_fence(std::memory_order_seq_cst);  // first the entry, then the count
    ++idle_count_;
    returns_.fetch_add(1);
    return true;
}

QueuePool::Counters QueuePool::counters() noexcept {
    adopt_process();
    const MutexLock lock(mutex_);
    return counters_;
}

}  // namespace warpz::device

// SPDX-License-Identifier: Zlib
// The queue, its threads and their end; see core_pool.hpp.
#include "offload/core_pool.hpp"

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/clock.hpp"
#include "base/futex.hpp"
#include "base/log.hpp"
#include "base/process_stamp.hpp"
#include "offload/break_even.hpp"

namespace warpz::offload {
namespace {

// The encoder lives in a workspace and its deepest call takes a few KiB of stack; what is added is for thread-local
// storage of the program's libraries, which glibc takes from the stack.
constexpr std::size_t kStackBytes = std::size_t{256} << 10;

constinit std::atomic<CorePool*> g_pool{nullptr};
constinit std::atomic<bool> g_is_closed{false};
constinit std::atomic<bool> g_is_first_taken{false};
alignas(CorePool) constinit std::byte g_first[sizeof(CorePool)] = {};

void encode(Workspace& workspace, Job& job) noexcept {
    const std::uint64_t start_ns = monotonic_ns();
    workspace.encode(job);
    deflate_break_even().observe_software(job.settings.level, job.input_bytes,
                                          monotonic_ns() - start_ns);
}

}  // namespace

/// What happens to the pool from outside: its making, and its end with the library's.
struct PoolOwner {
    static CorePool* make(CorePool* stale, unsigned threads) noexcept {
        // The first pool of a process that loads the library needs no memory that dlclose() would have to give back while
        // a caller may still wait.
        void* memory = stale == nullptr && !g_is_first_taken.exchange(true)
                           ? g_first
                           : std::malloc(sizeof(CorePool));
        if (memory == nullptr) return nullptr;
        auto* pool = ::new (memory) CorePool;
        pool->stamp_ = process_stamp();
        pool->cores_ = std::clamp(threads, 1U, CorePool::kMaxThreads);
        pool->wanted_ = pool->cores_ - 1;
        pool->is_stopping_ = g_is_closed.load(std::memory_order_relaxed);
        // A parent's pool stays where it is: its lock may be held by a thread that the child does not have.
        pool->inherited_ = stale;
        if (g_pool.compare_exchange_strong(stale, pool, std::memory_order_acq_rel)) {
            if (pool->inherited_ != nullptr) pool->adopt_workspaces(*pool->inherited_);
            return pool;
        }
        if (memory != g_first) std::free(memory);
        return stale;
    }

    /// dlclose() and exit(). Callers that still wait do their jobs themselves from now on; the pool's memory stays,
    /// since at exit() other threads may still run.
    [[gnu::destructor]] static void close() {
        g_is_closed.store(true, std::memory_order_relaxed);
        CorePool* pool = g_pool.load(std::memory_order_acquire);
        if (pool != nullptr && !pool->is_foreign()) pool->stop();
    }
};

CorePool* CorePool::of_process(unsigned threads) noexcept {
    CorePool* pool = g_pool.load(std::memory_order_acquire);
    if (pool != nullptr && !pool->is_foreign()) return pool;
    return PoolOwner::make(pool, threads);
}

bool CorePool::is_foreign() const noexcept { return stamp_ != process_stamp(); }

bool CorePool::submit(Job& job, bool is_urgent) noexcept {
    job.pool = this;
    job.state.store(Job::kQueued, std::memory_order_relaxed);
    bool wakes = false;
    bool has_threads = false;
    {
        const MutexLock lock(mutex_);
        job.previous = is_urgent ? last_urgent_ : last_;
        job.next = !is_urgent ? nullptr : last_urgent_ != nullptr ? last_urgent_->next : first_;
        if (is_urgent) last_urgent_ = &job;
        (job.previous != nullptr ? job.previous->next : first_) = &job;
        (job.next != nullptr ? job.next->previous : last_) = &job;
        calls_.fetch_add(1, std::memory_order_relaxed);
        // Who is being woken takes further jobs without another call.
        wakes = idle_ > waking_;
        if (wakes) ++waking_;
        if (++queued_ > idle_ && started_ < wanted_ && !is_stopping_) start_thread();
        has_threads = started_ != 0;
    }
    if (wakes) futex_wake(calls_, 1);
    return has_threads;
}

void CorePool::unlink(Job& job) noexcept {
    --queued_;
    // Before an urgent job there are only others of its kind.
    if (last_urgent_ == &job) last_urgent_ = job.previous;
    (job.previous != nullptr ? job.previous->next : first_) = job.next;
    (job.next != nullptr ? job.next->previous : last_) = job.previous;
}

bool CorePool::withdraw(Job& job) noexcept {
    const MutexLock lock(mutex_);
    if (job.state.load(std::memory_order_relaxed) != Job::kQueued) return false;
    unlink(job);
    job.state.store(Job::kIdle, std::memory_order_relaxed);
    return true;
}

void CorePool::wait(Job& job) noexcept {
    for (;;) {
        std::uint32_t state = job.state.load(std::memory_order_acquire);
        if (state == Job::kDone) return;
        if (state == Job::kRunning &&
            !job.state.compare_exchange_strong(state, Job::kAwaited, std::memory_order_acquire)) {
            continue;
        }
        futex_wait(job.state, Job::kAwaited);
    }
}

void CorePool::run(Job& job) noexcept {
    Workspace* workspace = take_workspace();
    if (workspace != nullptr) {
        encode(*workspace, job);
        give_workspace(workspace);
    } else {
        store(job);
    }
    job.state.store(Job::kDone, std::memory_order_release);
}

/// A parent's threads are not in this process, and what they worked in is nobody's.
void CorePool::adopt_workspaces(CorePool& of_parent) noexcept {
    for (auto& held : of_parent.held_) {
        Workspace* workspace = held.exchange(nullptr, std::memory_order_relaxed);
        if (workspace != nullptr) give_workspace(workspace);
    }
}

Workspace* CorePool::take_workspace() noexcept {
    {
        const MutexLock lock(mutex_);
        if (Workspace* workspace = workspaces_; workspace != nullptr) {
            workspaces_ = workspace->next;
            return workspace;
        }
    }
    return Workspace::create();
}

void CorePool::give_workspace(Workspace* workspace) noexcept {
    const MutexLock lock(mutex_);
    workspace->next = workspaces_;
    workspaces_ = workspace;
}

/// Under the lock. A thread that cannot be had is not asked for again.
void CorePool::start_thread() noexcept {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setstacksize(&attributes, kStackBytes);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&threads_[started_], &attributes, thread_main, this) == 0) {
        pthread_setname_np(threads_[started_], "warpz");
        ++started_;
    } else {
        wanted_ = started_;
        log_once(Event::kThreads, LogLevel::kWarning, "a thread could not be made");
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
}

void* CorePool::thread_main(void* pool) noexcept {
    static_cast<CorePool*>(pool)->work();
    return nullptr;
}

void CorePool::work() noexcept {
    Workspace* workspace = nullptr;
    mutex_.lock();
    std::atomic<Workspace*>& held = held_[arrived_++];
    mutex_.unlock();
    for (;;) {
        Job* job = nullptr;
        std::uint32_t seen = 0;
        {
            const MutexLock lock(mutex_);
            if (is_stopping_) break;
            job = first_;
            if (job != nullptr) {
                unlink(*job);
                job->state.store(Job::kRunning, std::memory_order_relaxed);
            } else {
                seen = calls_.load(std::memory_order_relaxed);
                ++idle_;
            }
        }
        if (job == nullptr) {
            futex_wait(calls_, seen);
            const MutexLock lock(mutex_);
            --idle_;
            if (waking_ != 0) --waking_;
            continue;
        }
        if (job->task != nullptr) {
            job->task(*job);
            continue;
        }
        if (workspace == nullptr) {
            workspace = take_workspace();
            held.store(workspace, std::memory_order_relaxed);
        }
        if (workspace != nullptr) {
            encode(*workspace, *job);
        } else {
            store(*job);
        }
        // The owner may free the job as soon as it sees this.
        if (job->state.exchange(Job::kDone, std::memory_order_acq_rel) == Job::kAwaited) {
            futex_wake(job->state, 1);
        }
    }
    held.store(nullptr, std::memory_order_relaxed);
    Workspace::destroy(workspace);
}

void CorePool::stop() noexcept {
    unsigned count = 0;
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
        count = started_;
        started_ = wanted_ = 0;
        calls_.fetch_add(1, std::memory_order_relaxed);
    }
    futex_wake(calls_, static_cast<int>(kMaxThreads));
    for (unsigned i = 0; i < count; ++i) pthread_join(threads_[i], nullptr);
    const MutexLock lock(mutex_);
    while (workspaces_ != nullptr) {
        Workspace* workspace = workspaces_;
        workspaces_ = workspace->next;
        Workspace::destroy(workspace);
    }
}

}  // namespace warpz::offload

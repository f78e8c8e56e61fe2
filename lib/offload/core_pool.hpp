// SPDX-License-Identifier: Zlib
// N cores as an accelerator: N - 1 threads and the one that waits. Jobs wait in one queue for all streams of the process;
// a caller that needs a job which no thread has begun takes it back and does it itself, so that nobody depends on a
// thread being there: not without memory for one, not in a forked child, not while the process ends.
//
// Threads exist from the first moment a job would have to wait until the library is unloaded or the process ends. They
// take no signals.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "base/mutex.hpp"
#include "offload/job.hpp"

namespace warpz::offload {

class CorePool {
  public:
    static constexpr unsigned kMaxThreads = 256;

    /// The pool of this process; a forked child has another than its parent. Any thread.
    ///
    /// threads  cores to use, the caller's own included
    /// returns  null when there is no memory for one
    [[nodiscard]] static CorePool* of_process(unsigned threads) noexcept;

    /// Puts the job in the queue, before all that are not urgent if it is, and starts a thread where all are busy and fewer
    /// than N - 1 exist.
    ///
    /// returns  false when there is no thread that would come to it: it is the caller's to withdraw
    bool submit(Job& job, bool is_urgent = false) noexcept;

    /// Takes the job back when no thread has begun it. False when one has.
    [[nodiscard]] bool withdraw(Job& job) noexcept;

    /// Sleeps until a thread has done the job, which withdraw() refused.
    static void wait(Job& job) noexcept;

    /// Does the job here and now. Without memory for a workspace it stores.
    void run(Job& job) noexcept;

    /// Cores that jobs may use, the waiting caller's included.
    [[nodiscard]] unsigned cores() const noexcept { return cores_; }
    /// True when this is not (any more) the process that the job was submitted in: no thread will ever do it.
    [[nodiscard]] bool is_foreign() const noexcept;

  private:
    CorePool() noexcept = default;
    friend struct PoolOwner;

    void start_thread() noexcept;
    static void* thread_main(void* pool) noexcept;
    void work() noexcept;
    void stop() noexcept;
    void unlink(Job& job) noexcept;
    void adopt_workspaces(CorePool& of_parent) noexcept;
    [[nodiscard]] Workspace* take_workspace() noexcept;
    void give_workspace(Workspace* workspace) noexcept;

    std::uint64_t stamp_ = 0;  // of the process
    unsigned cores_ = 1;
    CorePool* inherited_ = nullptr;  // the parent process's, whose jobs this process still has

    Mutex mutex_;  // guards what follows
    Job* first_ = nullptr;
    Job* last_ = nullptr;
    Job* last_urgent_ = nullptr;  // behind which the next one goes
    Workspace* workspaces_ = nullptr;
    unsigned queued_ = 0;   // jobs
    unsigned wanted_ = 0;   // threads, beside the callers'
    unsigned started_ = 0;  // threads
    unsigned idle_ = 0;
    unsigned waking_ = 0;  // of the idle ones, whom submit() has called
    bool is_stopping_ = false;
    std::atomic<std::uint32_t> calls_{0};  // counts what an idle thread should wake up for
    pthread_t threads_[kMaxThreads];
    unsigned arrived_ = 0;                            // threads that have a place in what follows
    std::atomic<Workspace*> held_[kMaxThreads] = {};  // each thread's, written by it alone
};

}  // namespace warpz::offload

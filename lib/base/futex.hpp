// SPDX-License-Identifier: Zlib
// Waiting between threads without the C++ runtime and without a cancellation point: a mutex and the two calls it is
// made of. pthread_mutex_t would do for the lock; pthread_cond_wait() would not, because pthread_cancel() ends a thread
// in it, and zlib's functions are no place where a thread ends. errno stays as it was.
#pragma once

#include <atomic>
#include <cstdint>

namespace warpz {

/// Sleeps while `word` holds `expected`, until futex_wake(). May return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept;
/// Wakes up to `count` sleepers. The word's memory may be gone: only its address counts.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

/// Not recursive, not fair, for short sections. Zero-initialised is unlocked. A child of fork() that inherits a locked
/// mutex must not use it.
class Mutex {
  public:
    void lock() noexcept {
        std::uint32_t free = kFree;
        if (!word_.compare_exchange_strong(free, kHeld, std::memory_order_acquire)) lock_slowly();
    }
    void unlock() noexcept {
        if (word_.exchange(kFree, std::memory_order_release) == kAwaited) futex_wake(word_, 1);
    }

  private:
    void lock_slowly() noexcept;

    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kAwaited = 2;  // held, and somebody may be asleep
    std::atomic<std::uint32_t> word_{kFree};
};

class MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

}  // namespace warpz

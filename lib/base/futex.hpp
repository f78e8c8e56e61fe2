// SPDX-License-Identifier: Zlib
// Waiting for another thread without the C++ runtime and without a cancellation point: pthread_cond_wait() is one, and
// zlib's functions are no place where pthread_cancel() may end a thread. errno stays as it was.
#pragma once

#include <atomic>
#include <cstdint>

namespace warpz {

/// Sleeps while `word` holds `expected`, until futex_wake(). May return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept;
/// As futex_wait(), and not longer than until CLOCK_MONOTONIC shows `deadline_ns`. False when that is why it returns.
bool futex_wait_until(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                      std::uint64_t deadline_ns) noexcept;
/// Wakes up to `count` sleepers. The word's memory may be gone: only its address counts.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

}  // namespace warpz

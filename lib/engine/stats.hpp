// SPDX-License-Identifier: Zlib
// Counters of the process, for those who want to know what was offloaded and why not. A stream that cannot leave the
// calling thread because nothing is configured counts nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/route.hpp"

namespace warpz::engine {

/// One number, added to by any thread.
class Counter {
  public:
    void add(std::uint64_t amount = 1) noexcept {
        value_.fetch_add(amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint64_t> value_{0};
};

struct Stats {
    struct PerExecutor {
        Counter jobs;      ///< done, and their output used
        Counter in_bytes;  ///< of those
        Counter out_bytes;
    };
    PerExecutor pool;  ///< on threads of the pool, or taken back by callers
    PerExecutor deflate_queue;
    PerExecutor inflate_queue;

    Counter deflate_streams;  ///< stretches of streams that left the own encoder
    Counter inflate_streams;
    Counter helped;   ///< pool jobs that a waiting caller did
    Counter retries;  ///< jobs that a device failed and software did
    Counter replays;  ///< inflate journals decoded again
    Counter replayed_bytes;
    Counter verify_failures;  ///< WARPZ_VERIFY: what a device made did not decode
    Counter faults;           ///< queues lost
    Counter wait_us;          ///< callers waiting for devices

    Counter reasons[static_cast<std::size_t>(Reason::kCount)];  ///< answers of route.hpp

    void count(const Route& route) noexcept {
        reasons[static_cast<std::size_t>(route.reason)].add();
    }
};

[[nodiscard]] Stats& stats() noexcept;
/// The reason as a word, as in "small".
[[nodiscard]] const char* name_of(Reason reason) noexcept;

}  // namespace warpz::engine

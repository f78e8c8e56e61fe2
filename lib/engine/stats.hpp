// SPDX-License-Identifier: Zlib
// Counters of the process, for those who want to know what was offloaded and why not. A stream that cannot leave the
// calling thread because nothing is configured counts nothing. They lie in a page of their own, so that other programs
// may be shown it (lib/offload/stats_page.hpp); a forked child begins with zeros on a page that is not its parent's.
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

/// The page with the counters, as it is in memory and in the file that shows it.
struct StatsPage {
    static constexpr std::uint64_t kMagic = 0x31'7a70'7261'77ULL;  // "warpz1", little endian
#if defined(__x86_64__) || defined(__i386__)
    static constexpr std::size_t kBytes = 4096;
#else
    static constexpr std::size_t kBytes = 65536;  // arm64 kernels have pages of 4, 16 or 64 KiB
#endif

    std::uint64_t magic;       ///< kMagic when the page is shown
    std::uint32_t size_bytes;  ///< sizeof(StatsPage); differs where a page has other counters
    std::uint32_t pid;
    std::uint64_t start_ticks;  ///< the process's beginning, as in /proc/<pid>/stat; 0 is unknown
    char program[32];           ///< ends with a zero byte
    Stats stats;
};
static_assert(sizeof(StatsPage) <= 4096);

/// The process's page, at a page's start and alone there. In a forked child the first call begins with zeros, on memory
/// that the parent does not see. Any thread.
[[nodiscard]] StatsPage& stats_page() noexcept;
[[nodiscard]] inline Stats& stats() noexcept { return stats_page().stats; }
/// False in a forked child that has counted nothing yet: what it could read is its parent's.
[[nodiscard]] bool are_stats_own() noexcept;

/// The reason as a word, as in "small".
[[nodiscard]] const char* name_of(Reason reason) noexcept;

/// Calls `visit(prefix, name, value)` for each counter: "pool.", "jobs", 3. The names are words of the interface to users.
template <class Visit>
void for_each_counter(const Stats& stats, Visit visit) noexcept {
    visit("", "deflate_streams", stats.deflate_streams.value());
    visit("", "inflate_streams", stats.inflate_streams.value());
    const auto visit_executor = [&](const char* prefix, const Stats::PerExecutor& executor) {
        visit(prefix, "jobs", executor.jobs.value());
        visit(prefix, "in_bytes", executor.in_bytes.value());
        visit(prefix, "out_bytes", executor.out_bytes.value());
    };
    visit_executor("pool.", stats.pool);
    visit_executor("deflate_queue.", stats.deflate_queue);
    visit_executor("inflate_queue.", stats.inflate_queue);
    visit("", "helped", stats.helped.value());
    visit("", "retries", stats.retries.value());
    visit("", "replays", stats.replays.value());
    visit("", "replayed_bytes", stats.replayed_bytes.value());
    visit("", "verify_failures", stats.verify_failures.value());
    visit("", "faults", stats.faults.value());
    visit("", "wait_us", stats.wait_us.value());
    for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::kCount); ++i) {
        visit("reason.", name_of(static_cast<Reason>(i)), stats.reasons[i].value());
    }
}

}  // namespace warpz::engine

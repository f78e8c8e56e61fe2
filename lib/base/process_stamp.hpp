// SPDX-License-Identifier: Zlib
// Tells a process from the one it was forked from, at the price of a load: queues, threads and mappings belong to one
// process, and each use of them has to know whether it is still that one.
#pragma once

#include <atomic>
#include <cstdint>

namespace warpz {

/// An even number, never 0, that is the same in all threads of a process and differs from that of its parent and
/// children.
/// The first call of a process makes system calls, later ones none (on kernels before 4.14, one). Any thread; not in a
/// child of vfork(), which runs in its parent's memory.
[[nodiscard]] std::uint64_t process_stamp() noexcept;

/// Whose an object is that belongs to one process at a time: a forked child finds its parent's, with locks that nobody
/// will release and threads that are not there, and has to begin anew.
class ProcessOwner {
  public:
    enum Nobody { kNobody };

    ProcessOwner() noexcept : owner_(process_stamp()) {}
    /// For objects that exist before anything runs: the first enter() makes an owner of the process.
    constexpr explicit ProcessOwner(Nobody) noexcept : owner_(0) {}

    [[nodiscard]] bool is_here() const noexcept {
        return owner_.load(std::memory_order_acquire) == process_stamp();
    }
    /// The first call in a process other than the last owner calls `begin_anew` once; all others return when it is done.
    template <class Function>
    void enter(Function begin_anew) noexcept {
        const std::uint64_t stamp = process_stamp();
        // Odd while a thread of this process is at it; a fork just then leaves the child a number of the parent's.
        const std::uint64_t changing = stamp | 1;
        std::uint64_t owner = owner_.load(std::memory_order_acquire);
        while (owner != stamp) {
            if (owner != changing &&
                owner_.compare_exchange_weak(owner, changing, std::memory_order_acq_rel)) {
                begin_anew();
                owner_.store(stamp, std::memory_order_release);
                return;
            }
            owner = owner_.load(std::memory_order_acquire);
        }
    }

  private:
    std::atomic<std::uint64_t> owner_;
};

}  // namespace warpz

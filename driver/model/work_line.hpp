// SPDX-License-Identifier: Zlib
// How much of its host an accelerator may use: so many workers at once, so many bytes a second. Workers that have
// something to do stand in line; who is served goes to the end of it, so that no queue waits for ever behind another.
#pragma once

#include <cstdint>
#include <deque>

namespace warpz::accelerator {

class QueueWorker;

/// The front end's lock is held in every function here.
class WorkLine {
  public:
    /// threads           workers at once; 0: no limit
    /// bytes_per_second  read and written together; 0: no limit. What has been saved up is an eighth of a second's worth,
    ///                   what a job is over the limit is paid for before the next
    WorkLine(unsigned threads, std::uint64_t bytes_per_second) noexcept
        : threads_(threads), rate_(static_cast<double>(bytes_per_second)), budget_(rate_ / 8) {}

    /// True: it is the worker's turn, until it calls exit(). False: it stands in line and is woken when it may ask again,
    /// unless there is a deadline().
    [[nodiscard]] bool enter(QueueWorker& worker);
    void exit(std::uint64_t bytes);
    /// The worker has nothing to do any more. It does not stand in line when it is destroyed.
    void leave(const QueueWorker& worker);
    /// When the first in line is to ask again without being woken, in ns of CLOCK_MONOTONIC; 0: not known.
    [[nodiscard]] std::uint64_t deadline() const noexcept;

  private:
    void refill() noexcept;
    void wake_first();

    const unsigned threads_;
    const double rate_;
    double budget_;
    std::uint64_t filled_ns_ = 0;
    unsigned busy_ = 0;
    std::deque<QueueWorker*> line_;
};

}  // namespace warpz::accelerator

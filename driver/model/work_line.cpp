// SPDX-License-Identifier: Zlib
#include "work_line.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "queue_worker.hpp"

namespace warpz::accelerator {

bool WorkLine::enter(QueueWorker& worker) {
    if (threads_ == 0 && rate_ == 0) return true;
    if (std::ranges::find(line_, &worker) == line_.end()) line_.push_back(&worker);
    refill();
    const bool has_budget = rate_ == 0 || budget_ > 0;
    const bool has_thread = threads_ == 0 || busy_ < threads_;
    if (line_.front() != &worker || !has_budget || !has_thread) return false;
    line_.pop_front();
    ++busy_;
    wake_first();
    return true;
}

void WorkLine::exit(std::uint64_t bytes) {
    if (threads_ == 0 && rate_ == 0) return;
    --busy_;
    budget_ -= static_cast<double>(bytes);
    wake_first();
}

void WorkLine::leave(const QueueWorker& worker) {
    const auto place = std::ranges::find(line_, &worker);
    if (place == line_.end()) return;
    const bool was_first = place == line_.begin();
    line_.erase(place);
    if (was_first) wake_first();
}

std::uint64_t WorkLine::deadline() const noexcept {
    if (rate_ == 0 || budget_ > 0) return 0;
    const double seconds = std::min((1 - budget_) / rate_, 1.0);
    return filled_ns_ + static_cast<std::uint64_t>(seconds * 1e9) + 1;
}

void WorkLine::refill() noexcept {
    if (rate_ == 0) return;
    const std::uint64_t now = monotonic_ns();
    budget_ += static_cast<double>(now - filled_ns_) * 1e-9 * rate_;
    budget_ = std::min(budget_, rate_ / 8);
    filled_ns_ = now;
}

void WorkLine::wake_first() {
    if (!line_.empty()) line_.front()->wake();
}

}  // namespace warpz::accelerator

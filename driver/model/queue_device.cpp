// SPDX-License-Identifier: Zlib
#include "queue_device.hpp"

#include <algorithm>
#include <utility>

#include "queue_worker.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::accelerator {

QueueDevice::QueueDevice(unsigned queues, unsigned level, device::Generation generation,
                         const warpz_host& host, WorkLine work_line,
                         std::shared_ptr<Backing> backing)
    : level_(std::clamp(level, 1U, 9U)),
      generation_(generation),
      host_(host),
      key_(device::model::SealKey::random()),
      queues_(std::clamp(queues, 1U, kMaxQueues)),
      work_line_(std::move(work_line)),
      backing_(std::move(backing)) {}

void QueueDevice::renew() {
    cancel_workers();
    for (Queue& queue : queues_) queue = {};
    key_ = device::model::SealKey::random();
    counters_ = {};
    ++resets_;
}

bool QueueDevice::launch(unsigned number) {
    Queue& queue = queues_[number];
    queue.sq_head = queue.sq_tail = queue.cq_head = queue.cq_tail = 0;
    queue.descriptors = 0;
    queue.is_hung = queue.is_stuck = false;
    queue.cause = QueueCause::kNone;
    queue.worker = QueueWorker::start(shared_from_this(), number);
    if (queue.worker == nullptr) return false;
    queue.state = QueueState::kRunning;
    return true;
}

bool QueueDevice::ring(unsigned number, std::uint64_t value) {
    Queue& queue = queues_[number];
    const std::uint64_t command = (value & WARPZ_ZIP_DB_COMMAND_MASK) >> WARPZ_ZIP_DB_COMMAND_SHIFT;
    const std::uint64_t index = (value & WARPZ_ZIP_DB_INDEX_MASK) >> WARPZ_ZIP_DB_INDEX_SHIFT;
    const std::uint64_t flag = value >> WARPZ_ZIP_DB_FLAG_SHIFT;
    constexpr std::uint64_t kReserved = 0xc00 | 0xffff0000;
    const bool is_sq = command == WARPZ_ZIP_DB_COMMAND_SQ;
    const bool is_known = is_sq || command == WARPZ_ZIP_DB_COMMAND_CQ;
    const std::uint64_t entries = is_sq ? queue.sq_entries() : queue.cq_entries();
    if ((value & WARPZ_ZIP_DB_QUEUE_MASK) != number || (value & kReserved) != 0 || !is_known ||
        index >= entries || flag > (is_sq ? 0U : 1U)) {
        return false;
    }
    if (is_sq) {
        queue.sq_tail = static_cast<std::uint16_t>(index);
    } else {
        queue.cq_head = static_cast<std::uint16_t>(index);
        queue.is_armed = flag != 0;
        notify(queue);
    }
    queue.worker->wake();
    return true;
}

void QueueDevice::count(Counter counter, std::uint64_t more) noexcept {
    counters_[static_cast<std::size_t>(counter)] += more;
    totals_[static_cast<std::size_t>(counter)] += more;
}

void QueueDevice::count_backing(bool is_by_backing, std::uint64_t bytes,
                                unsigned failures) noexcept {
    Done& done = is_by_backing ? by_backing_ : by_cores_;
    ++done.jobs;
    done.bytes += bytes;
    backing_failures_ += failures;
}

void QueueDevice::cancel_workers() {
    for (Queue& queue : queues_) {
        if (queue.worker != nullptr) queue.worker->cancel();
        queue.worker.reset();
    }
}

void QueueDevice::wake_workers() {
    for (Queue& queue : queues_) {
        if (queue.worker != nullptr) queue.worker->wake();
    }
}

void QueueDevice::vanish() {
    is_gone_ = true;
    cancel_workers();
}

bool QueueDevice::set_fault(std::string_view text) {
    if (!faults_.set(text)) return false;
    if (text == "none") is_gone_ = false;
    return true;
}

std::string QueueDevice::describe() const {
    const auto total = [this](Counter counter) {
        return std::to_string(totals_[static_cast<std::size_t>(counter)]);
    };
    const auto busy = std::ranges::count_if(
        queues_, [](const Queue& queue) { return queue.state != QueueState::kIdle; });
    std::string text =
        "descriptors=" + total(Counter::kDescriptors) + " in=" + total(Counter::kIn) +
        " out=" + total(Counter::kOut) + " failed=" + total(Counter::kFailed) +
        " bad_doorbells=" + total(Counter::kBadDoorbells) +
        " page_requests=" + total(Counter::kPageRequests) + " refused=" + total(Counter::kRefused) +
        " faults=" + std::to_string(faults_.struck()) + " resets=" + std::to_string(resets_) +
        " busy_queues=" + std::to_string(busy);
    if (backing_ != nullptr) {
        text += " device_jobs=" + std::to_string(by_backing_.jobs) +
                " device_bytes=" + std::to_string(by_backing_.bytes) +
                " device_failures=" + std::to_string(backing_failures_) +
                " core_jobs=" + std::to_string(by_cores_.jobs) +
                " core_bytes=" + std::to_string(by_cores_.bytes);
    }
    return text;
}

}  // namespace warpz::accelerator

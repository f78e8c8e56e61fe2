// SPDX-License-Identifier: Zlib
// The mailbox: contexts that software writes and reads back, and queues that come and go by them.
#include <algorithm>

#include "device/sqe.hpp"
#include "hisi/queue_manager.hpp"
#include "queue_worker.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::hisi {

using accelerator::Queue;
using accelerator::QueueState;

namespace {

constexpr unsigned kSqeBytesLog2 = 7;
constexpr unsigned kCqeBytesLog2 = 4;
static_assert(1U << kSqeBytesLog2 == WARPZ_ZIP_SQE_BYTES);
static_assert(1U << kCqeBytesLog2 == WARPZ_ZIP_CQE_BYTES);

constexpr std::uint64_t base_of(const Context& context) noexcept {
    return context[kBaseLow] | std::uint64_t{context[kBaseHigh]} << 32;
}

constexpr std::uint32_t entries_of(const Context& context) noexcept {
    return (context[kGeometry] & kRingEntriesMask) + 1;
}

bool is_ring_good(const Context& context, unsigned entry_bytes_log2) noexcept {
    return context[kGeometry] >> kRingSizeShift == entry_bytes_log2 && entries_of(context) >= 2 &&
           base_of(context) % (1U << entry_bytes_log2) == 0;
}

}  // namespace

void QueueManager::take_mailbox() {
    const std::uint32_t head = mailbox_[0];
    const MailboxStatus status =
        carry_out(head & kMailboxCommandMask, head >> 16, (head & kMailboxIsRead) != 0);
    mailbox_[0] = (head & ~(kMailboxBusy | kMailboxStatusMask)) | static_cast<std::uint32_t>(status)
                                                                      << kMailboxStatusShift;
}

/// A stop is over when the entry in hand is; everything else at once.
bool QueueManager::is_mailbox_busy() const {
    if (!stopping_) return false;
    const auto is_stopping = [](const Queue& queue) {
        return queue.state == QueueState::kStopping;
    };
    return *stopping_ == kMaxQueues ? std::ranges::any_of(queues_, is_stopping)
                                    : is_stopping(queues_[*stopping_]);
}

MailboxStatus QueueManager::carry_out(std::uint32_t command, std::uint32_t number, bool reads) {
    stopping_.reset();
    switch (command) {
        case kSqContext:
        case kCqContext:
            if (number >= queue_count()) return MailboxStatus::kBadQueue;
            return access_context(command, number, reads);
        case kEqContext:
        case kAeqContext:
            return access_context(command, number, reads);
        case kSqContextTable:
        case kCqContextTable:
            return MailboxStatus::kDone;
        case kVft:
            mailbox_[1] = static_cast<std::uint32_t>(vft_);
            mailbox_[2] = static_cast<std::uint32_t>(vft_ >> 32);
            return MailboxStatus::kDone;
        case kStopQueue:
            if (number >= queue_count()) return MailboxStatus::kBadQueue;
            stop_queue(number);
            stopping_ = number;
            return MailboxStatus::kDone;
        case kFlushAll:
            for (unsigned i = 0; i < queues_.size(); ++i) stop_queue(i);
            stopping_ = kMaxQueues;
            return MailboxStatus::kDone;
        default:
            return MailboxStatus::kBadCommand;
    }
}

MailboxStatus QueueManager::access_context(std::uint32_t command, std::uint32_t number,
                                           bool reads) {
    const std::uint64_t address = mailbox_[1] | std::uint64_t{mailbox_[2]} << 32;
    Context context{};
    if (reads) {
        context = this->context(command, number);
        return copy(address, context, true) ? MailboxStatus::kDone : MailboxStatus::kBusError;
    }
    if (!copy(address, context, false)) return MailboxStatus::kBusError;
    return set_context(command, number, context) ? MailboxStatus::kDone
                                                 : MailboxStatus::kBadContext;
}

bool QueueManager::copy(std::uint64_t address, Context& context, bool writes) {
    const auto swap = [&context] {
        for (std::uint32_t& word : context) word = device::to_le(word);
    };
    if (writes) swap();
    const bool is_done = host_.copy(host_.front_end, WARPZ_NO_PASID, address, context.data(),
                                    sizeof context, writes) == WARPZ_ACCESS_OK;
    if (!writes) swap();
    return is_done;
}

/// A queue's SQ context comes first and begins it anew; its CQ context lets it run.
bool QueueManager::set_context(std::uint32_t command, std::uint32_t number,
                               const Context& context) {
    switch (command) {
        case kSqContext:
            forget_queue(number);
            if (!is_ring_good(context, kSqeBytesLog2) || (context[kSettings] & 0xffff) != number ||
                (context[kSettings] >> kSqTypeShift & kSqTypeMask) > WARPZ_QC_TYPE_DECOMPRESS) {
                return false;
            }
            contexts_[number].sq = context;
            return true;
        case kCqContext: {
            const std::optional<Context> sq = contexts_[number].sq;
            forget_queue(number);
            if (!sq || !is_ring_good(context, kCqeBytesLog2)) return false;
            contexts_[number] = {sq, context};
            return start_queue(number);
        }
        case kEqContext:
            return events_.set(context);
        default:
            return async_events_.set(context);
    }
}

/// As it was written, with the indexes as they are. Drivers of version 2 wait until both tails are equal: the one is what
/// was submitted, the other what was completed, and of a queue that has ended nothing is under way.
Context QueueManager::context(std::uint32_t command, std::uint32_t number) {
    if (command == kEqContext) return events_.context();
    if (command == kAeqContext) return async_events_.context();
    const Queue& queue = queues_[number];
    const bool is_sq = command == kSqContext;
    Context context = (is_sq ? contexts_[number].sq : contexts_[number].cq).value_or(Context{});
    const bool is_alive =
        queue.state == QueueState::kRunning || queue.state == QueueState::kStopping;
    const std::uint32_t tail = is_sq && is_alive ? queue.sq_tail : queue.sq_head;
    context[kIndexes] = (is_sq ? queue.sq_head : queue.cq_head) | tail << 16;
    return context;
}

void QueueManager::forget_queue(unsigned number) {
    Queue& queue = queues_[number];
    if (queue.worker != nullptr) queue.worker->cancel();
    queue = {};
    contexts_[number] = {};
}

bool QueueManager::start_queue(unsigned number) {
    const Context& sq = *contexts_[number].sq;
    const Context& cq = *contexts_[number].cq;
    Queue& queue = queues_[number];
    // Without a PASID addresses are the bus's own, all of them: what there is lies behind the IOMMU.
    queue.window_length = ~std::uint64_t{0};
    queue.sq_address = base_of(sq);
    queue.cq_address = base_of(cq);
    queue.depth = entries_of(sq) | entries_of(cq) << 16;
    queue.type = sq[kSettings] >> kSqTypeShift & kSqTypeMask;
    queue.phase = (cq[kSettings] & kCqPhase) != 0 ? WARPZ_ZIP_CQE_PHASE : 0;
    queue.is_armed = (cq[kSettings] & kCqFlag) != 0;
    // Version 2 has one switch for all queues.
    const bool has_pasid =
        is_v3() ? (sq[kPasid] & kSqHasPasid) != 0 : (word(kDataReadUser) & kSubstreamValid) != 0;
    if (has_pasid) queue.pasid = (sq[kPasid] & 0xffff) | accelerator::kPasidValid;
    const bool can_share = host_.has_pasid != nullptr && host_.has_pasid(host_.front_end);
    return !has_failed_ && (!has_pasid || can_share) && host_.is_master(host_.front_end) &&
           launch(number);
}

void QueueManager::stop_queue(unsigned number) {
    Queue& queue = queues_[number];
    queue.is_armed = false;
    if (queue.state == QueueState::kError) {
        queue.state = QueueState::kIdle;
    } else if (queue.state == QueueState::kRunning) {
        queue.state = QueueState::kStopping;
        queue.worker->wake();
    }
}

}  // namespace warpz::hisi

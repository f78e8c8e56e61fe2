// SPDX-License-Identifier: Zlib
#include "hisi/queue_manager.hpp"

#include <algorithm>

#include "queue_worker.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::hisi {

using accelerator::Counter;
using accelerator::Queue;
using accelerator::QueueCause;
using accelerator::QueueState;

namespace {

constexpr bool is_in(std::uint32_t offset, std::uint32_t block, std::uint32_t bytes) noexcept {
    return offset >= block && offset - block < bytes;
}

}  // namespace

QueueManager::QueueManager(device::Generation version, unsigned queues, unsigned level,
                           const warpz_host& host)
    : QueueDevice(queues, level, version, host),
      words_(kRegisterBytes / 4),
      contexts_(queues_.size()),
      events_(host, kEventVector),
      async_events_(host, kAsyncVector) {}

void QueueManager::reset() {
    renew();
    reset_memory();
    std::ranges::fill(words_, 0);
    qm_errors_ = {};
    core_errors_ = {};
    cores_ = {};
    mailbox_ = {};
    has_failed_ = false;
}

/// What the device remembers of queues and functions.
void QueueManager::reset_memory() {
    for (unsigned number = 0; number < queues_.size(); ++number) forget_queue(number);
    events_.reset();
    async_events_.reset();
    stopping_.reset();
    vft_ = 0;
}

std::uint64_t QueueManager::read(std::uint64_t offset, unsigned size) {
    if (is_gone_) return ~std::uint64_t{0};
    if ((size != 4 && size != 8) || offset % size != 0 || offset > kRegisterBytes - size) return 0;
    const auto at = static_cast<std::uint32_t>(offset);
    const std::uint64_t low = read_word(at);
    return size == 4 ? low : low | std::uint64_t{read_word(at + 4)} << 32;
}

std::uint32_t QueueManager::read_word(std::uint32_t offset) {
    if (is_in(offset, kMailbox, kMailboxBytes)) {
        const std::uint32_t value = mailbox_[(offset - kMailbox) / 4];
        return offset != kMailbox || !is_mailbox_busy() ? value : value | kMailboxBusy;
    }
    if (is_in(offset, kQmErrors, kErrorBlockBytes)) return qm_errors_.read(offset - kQmErrors);
    if (is_in(offset, kCoreErrors, kErrorBlockBytes)) {
        return core_errors_.read(offset - kCoreErrors);
    }
    if (is_in(offset, kCompressCore, kCoreCounterEnd)) {
        return read_core(cores_[WARPZ_QC_TYPE_COMPRESS], offset - kCompressCore);
    }
    if (is_in(offset, kDecompressCore, kCoreCounterEnd)) {
        return read_core(cores_[WARPZ_QC_TYPE_DECOMPRESS], offset - kDecompressCore);
    }
    switch (offset) {
        case kDoorbellIsolation:
            return is_v3() ? 1 : 0;
        case kQueueNumbers:
            return is_v3() ? static_cast<std::uint32_t>(queues_.size() | queues_.size() << 11) : 0;
        case kAsyncEventMask:
            return async_events_.is_masked() ? 1 : 0;
        case kEventMask:
            return events_.is_masked() ? 1 : 0;
        case kCacheWriteBackDone:
        case kMemoryInitDone:
        case kVftReady:
            return 1;
        case kMasterTransactions:
            return 3;
        default:
            return word(offset);
    }
}

/// Reading clears while software wants it so.
std::uint32_t QueueManager::read_core(Core& core, std::uint32_t offset) {
    const std::uint32_t value = core[offset / 4];
    if ((word(kCounterControl) & kCountersClear) != 0) core[offset / 4] = 0;
    return value;
}

void QueueManager::write(std::uint64_t offset, std::uint64_t value, unsigned size) {
    if (is_gone_ || (size != 4 && size != 8) || offset % size != 0 ||
        offset > kRegisterBytes - size) {
        return;
    }
    const auto at = static_cast<std::uint32_t>(offset);
    if (at == kEventDoorbells || at == kQueueDoorbells) {
        if (size != 8) return;
        if (at == kEventDoorbells) ring_events(value);
        if (at == kQueueDoorbells && !is_v3()) {
            ring_queue(static_cast<unsigned>(value & WARPZ_ZIP_DB_QUEUE_MASK), value);
        }
        return;
    }
    write_word(at, static_cast<std::uint32_t>(value));
    if (size == 8) write_word(at + 4, static_cast<std::uint32_t>(value >> 32));
}

void QueueManager::write_word(std::uint32_t offset, std::uint32_t value) {
    if (is_in(offset, kMailbox, kMailboxBytes)) {
        if (is_mailbox_busy()) return;
        mailbox_[(offset - kMailbox) / 4] = value;
        if (offset == kMailbox + kMailboxBytes - 4) take_mailbox();
        return;
    }
    if (is_in(offset, kQmErrors, kErrorBlockBytes)) {
        if (qm_errors_.write(offset - kQmErrors, value)) raise_abnormal();
        return;
    }
    if (is_in(offset, kCoreErrors, kErrorBlockBytes)) {
        if (core_errors_.write(offset - kCoreErrors, value)) raise_abnormal();
        return;
    }
    switch (offset) {
        case kAsyncEventMask:
            async_events_.set_masked((value & 1) != 0);
            break;
        case kEventMask:
            events_.set_masked((value & 1) != 0);
            break;
        case kMemoryInit:
            if ((value & 1) != 0) reset_memory();
            break;
        case kVftEnable:
            if ((value & 1) != 0) access_vft();
            break;
        default:
            word(offset) = value;
            break;
    }
}

/// The table's entry of the physical function, the only one. Queues that it does not have any more are gone.
void QueueManager::access_vft() {
    if (word(kVftType) != kVftTypeSq || word(kVftFunction) != 0) return;
    if ((word(kVftIsRead) & 1) != 0) {
        word(kVftDataLow) = static_cast<std::uint32_t>(vft_);
        word(kVftDataHigh) = static_cast<std::uint32_t>(vft_ >> 32);
        return;
    }
    vft_ = word(kVftDataLow) | std::uint64_t{word(kVftDataHigh)} << 32;
    for (unsigned number = queue_count(); number < queues_.size(); ++number) forget_queue(number);
}

/// Queues of the physical function, which begin at 0.
std::uint32_t QueueManager::queue_count() const noexcept {
    const std::uint64_t base = vft_ >> kVftBaseShift & kVftBaseMask;
    const std::uint64_t count = (vft_ >> kVftCountShift & kVftCountMask) + 1;
    const bool is_good = (vft_ & kVftValid) != 0 && base == 0 && count <= queues_.size();
    return is_good ? static_cast<std::uint32_t>(count) : 0;
}

void QueueManager::write_window(std::uint64_t offset, std::uint64_t value, unsigned size) {
    const std::uint64_t number = offset / kWindowBytes;
    if (is_gone_ || !is_v3() || size != 8 || number >= queues_.size() ||
        offset % kWindowBytes != WARPZ_ZIP_DOORBELL_OFFSET) {
        return;
    }
    ring_queue(static_cast<unsigned>(number), value);
}

/// Doorbells of queues that do not run are dropped: they may come from programs whose device was reset.
void QueueManager::ring_queue(unsigned number, std::uint64_t value) {
    if (number >= queues_.size() || queues_[number].state != QueueState::kRunning) return;
    if (!ring(number, value)) report_bad_doorbell();
}

void QueueManager::ring_events(std::uint64_t value) {
    const std::uint64_t command = (value & WARPZ_ZIP_DB_COMMAND_MASK) >> WARPZ_ZIP_DB_COMMAND_SHIFT;
    const auto head =
        static_cast<std::uint32_t>((value & WARPZ_ZIP_DB_INDEX_MASK) >> WARPZ_ZIP_DB_INDEX_SHIFT);
    const bool is_clean = (value & ~(WARPZ_ZIP_DB_COMMAND_MASK | WARPZ_ZIP_DB_INDEX_MASK)) == 0 &&
                          (command == kDoorbellEq || command == kDoorbellAeq);
    EventRing& ring = command == kDoorbellEq ? events_ : async_events_;
    if (!is_clean || !ring.ring(head)) report_bad_doorbell();
}

void QueueManager::report_bad_doorbell() {
    count(Counter::kBadDoorbells);
    if (qm_errors_.set(kQmBadDoorbell)) raise_abnormal();
}

void QueueManager::raise_abnormal() { host_.raise(host_.front_end, kAbnormalVector); }

/// Where there is no ring or no room the event is lost, as in hardware.
void QueueManager::post_async(AsyncEvent type, unsigned number) {
    static_cast<void>(async_events_.post(type << kAsyncTypeShift | number));
}

void QueueManager::end_queue(unsigned number, QueueCause cause) {
    Queue& queue = queues_[number];
    queue.state = QueueState::kError;
    queue.cause = cause;
    queue.is_armed = false;
    if (queue.worker != nullptr) queue.worker->cancel();
    queue.worker.reset();
}

void QueueManager::stop_queue_with(unsigned number, QueueCause cause) {
    end_queue(number, cause);
    post_async(kCqeError, number);
}

void QueueManager::on_full_ring(unsigned number) {
    end_queue(number, QueueCause::kNone);
    post_async(kCqOverflow, number);
}

void QueueManager::fail() {
    has_failed_ = true;
    for (unsigned number = 0; number < queues_.size(); ++number) {
        const QueueState state = queues_[number].state;
        if (state == QueueState::kRunning || state == QueueState::kStopping) {
            end_queue(number, QueueCause::kNone);
        }
    }
    if (qm_errors_.set(kQmFatal)) raise_abnormal();
}

void QueueManager::report_bus_error() {
    if (core_errors_.set(kCoreReadResponse | kCoreWriteResponse)) raise_abnormal();
}

void QueueManager::notify(Queue& queue) {
    if (!queue.is_armed || queue.cq_head == queue.cq_tail) return;
    queue.is_armed = false;
    const auto number = static_cast<unsigned>(&queue - queues_.data());
    if (!events_.post(number)) post_async(kEqOverflow, 0);
}

void QueueManager::on_answer(const Queue& queue, std::uint32_t consumed, std::uint32_t produced,
                             bool is_success) {
    Core& core = cores_[queue.type];
    const auto add = [&core](std::uint32_t offset, std::uint32_t more) {
        const std::uint64_t sum = std::uint64_t{core[offset / 4]} + more;
        core[offset / 4] = static_cast<std::uint32_t>(sum);
        return static_cast<std::uint32_t>(sum >> 32);
    };
    add(kCoreTaken, 1);
    add(is_success ? kCoreRight : kCoreWrong, 1);
    add(kCoreDone, 1);
    add(kCoreConsumed + 4, add(kCoreConsumed, consumed));
    add(kCoreProduced + 4, add(kCoreProduced, produced));
}

}  // namespace warpz::hisi

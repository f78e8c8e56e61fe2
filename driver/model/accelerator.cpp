// SPDX-License-Identifier: Zlib
#include "accelerator.hpp"

#include <algorithm>

#include "queue_worker.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::accelerator {
namespace {

constexpr std::uint32_t kMaxRingEntries = 4096;
// Of one packet of 8 MiB on a busy host under an emulator; what hangs ends at once.
constexpr std::uint32_t kStopMs = 10000;

constexpr std::uint64_t low_half(std::uint64_t word, std::uint32_t value) noexcept {
    return (word & ~std::uint64_t{0xffffffff}) | value;
}
constexpr std::uint64_t high_half(std::uint64_t word, std::uint32_t value) noexcept {
    return (word & 0xffffffff) | std::uint64_t{value} << 32;
}

}  // namespace

Accelerator::Accelerator(const warpz_accelerator_options& options, const warpz_host& host)
    : QueueDevice(options.queues, options.level, device::Generation::kV3, host,
                  WorkLine(options.threads, options.bytes_per_second),
                  options.backing != nullptr ? options.backing->backing : nullptr),
      options_(options) {
    options_.backing = nullptr;  // the caller's
    options_.queues = static_cast<unsigned>(queues_.size());
    options_.vectors = std::clamp(options.vectors, 2U, 2047U);
}

void Accelerator::reset() {
    renew();
    control_ = 0;
    status_ = kStatusReady;
    error_status_ = 0;
    error_mask_ = ~0U;
    error_queue_ = 0;
}

std::uint64_t Accelerator::read_control(std::uint64_t offset, unsigned size) {
    if (is_gone_) return ~std::uint64_t{0};
    if (size != 4 || offset % 4 != 0 || offset >= kControlBytes) return 0;
    const auto at = static_cast<std::uint32_t>(offset);
    if (at < kContexts) return read_register(at);
    const std::uint32_t number = (at - kContexts) / kContextBytes;
    return number < queues_.size() ? read_context(queues_[number], at % kContextBytes) : 0;
}

std::uint32_t Accelerator::read_register(std::uint32_t offset) const {
    switch (offset) {
        case kId:
            return kIdValue;
        case kVersion:
            return kVersionValue;
        case kCapQueues:
            return options_.queues | options_.vectors << 16;
        case kCapFeatures:
            return kFeatureFormats | kFeatureBounce | kFeatureLists | kFeatureContexts |
                   (options_.has_sva ? kFeatureSva : 0);
        case kCapRings:
            return kMaxRingEntries;
        case kCapPacket:
            return WARPZ_ZIP_MAX_BYTES;
        case kCapStop:
            return kStopMs;
        case kControl:
            return control_;
        case kStatus:
            return status_;
        case kErrorStatus:
            return error_status_;
        case kErrorMask:
            return error_mask_;
        case kErrorQueue:
            return error_queue_;
        default:
            break;
    }
    if (offset < kCounters || offset >= kCounters + 8 * kCounterCount) return 0;
    const std::uint64_t counter = counters_[(offset - kCounters) / 8];
    return static_cast<std::uint32_t>(offset % 8 == 0 ? counter : counter >> 32);
}

std::uint32_t Accelerator::read_context(const Queue& queue, std::uint32_t offset) const {
    switch (offset) {
        case kQueueState:
            return static_cast<std::uint32_t>(queue.state) | static_cast<std::uint32_t>(queue.cause)
                                                                 << 8;
        case kQueueBaseLow:
            return static_cast<std::uint32_t>(queue.base);
        case kQueueBaseHigh:
            return static_cast<std::uint32_t>(queue.base >> 32);
        case kQueueLength:
            return queue.length;
        case kQueueDepth:
            return queue.depth;
        case kQueueWindowOffset:
            return queue.window_offset;
        case kQueueWindowLength:
            return static_cast<std::uint32_t>(queue.window_length);
        case kQueuePasid:
            return queue.pasid;
        case kQueueType:
            return queue.type;
        case kQueueVector:
            return queue.vector;
        case kQueueSq:
            return queue.sq_head | std::uint32_t{queue.sq_tail} << 16;
        case kQueueCq:
            return queue.cq_tail | std::uint32_t{queue.cq_head} << 16;
        case kQueueDescriptors:
            return queue.descriptors;
        default:
            return 0;
    }
}

void Accelerator::write_control(std::uint64_t offset, std::uint64_t value, unsigned size) {
    if (is_gone_ || size != 4 || offset % 4 != 0 || offset >= kControlBytes) return;
    const auto at = static_cast<std::uint32_t>(offset);
    if (at < kContexts) {
        write_register(at, static_cast<std::uint32_t>(value));
        return;
    }
    const std::uint32_t number = (at - kContexts) / kContextBytes;
    if (number < queues_.size()) {
        write_context(number, at % kContextBytes, static_cast<std::uint32_t>(value));
    }
}

void Accelerator::write_register(std::uint32_t offset, std::uint32_t value) {
    switch (offset) {
        case kControl:
            if ((value & kControlReset) != 0) {
                reset();
                return;
            }
            control_ = value & kControlEnable;
            wake_workers();
            break;
        case kErrorStatus:
            error_status_ &= ~value;
            break;
        case kErrorMask: {
            const std::uint32_t hidden = error_status_ & error_mask_;
            error_mask_ = value;
            raise_errors(hidden);
            break;
        }
        default:
            break;
    }
}

void Accelerator::write_context(unsigned number, std::uint32_t offset, std::uint32_t value) {
    Queue& queue = queues_[number];
    if (offset == kQueueCommand) {
        if (value == kCommandStart) start(number);
        if (value == kCommandStop) stop(number);
        return;
    }
    if (queue.state != QueueState::kIdle) return;
    switch (offset) {
        case kQueueBaseLow:
            queue.base = low_half(queue.base, value);
            break;
        case kQueueBaseHigh:
            queue.base = high_half(queue.base, value);
            break;
        case kQueueLength:
            queue.length = value;
            break;
        case kQueueDepth:
            queue.depth = value;
            break;
        case kQueueWindowOffset:
            queue.window_offset = value;
            break;
        case kQueueWindowLength:
            queue.window_length = value;
            break;
        case kQueuePasid:
            queue.pasid = value & (kPasidValid | kPasidMask);
            break;
        case kQueueType:
            queue.type = value;
            break;
        case kQueueVector:
            queue.vector = value & 0x7ff;
            break;
        default:
            break;
    }
}

bool Accelerator::is_context_good(const Queue& queue) const {
    constexpr std::uint32_t kPageMask = 4095;
    const std::uint64_t sq = queue.sq_entries();
    const std::uint64_t cq = queue.cq_entries();
    const std::uint64_t rings = WARPZ_ZIP_SQE_BYTES * sq + WARPZ_ZIP_CQE_BYTES * cq;
    if ((queue.base & kPageMask) != 0 || (queue.length & kPageMask) != 0) return false;
    if (sq < 2 || cq < 2 || sq > kMaxRingEntries || cq > kMaxRingEntries) return false;
    if (rings + 8 > queue.length) return false;
    if (queue.window_length != 0) {
        const std::uint64_t end = std::uint64_t{queue.window_offset} + queue.window_length;
        if (queue.window_offset % 64 != 0 || queue.window_length % 64 != 0 ||
            queue.window_offset < rings || end > queue.length - 8) {
            return false;
        }
    }
    if (queue.has_pasid()) {
        if (!options_.has_sva || host_.has_pasid == nullptr || !host_.has_pasid(host_.front_end)) {
            return false;
        }
    }
    return queue.type <= 1 && queue.vector < options_.vectors && host_.is_master(host_.front_end);
}

void Accelerator::start(unsigned number) {
    Queue& queue = queues_[number];
    if (queue.state != QueueState::kIdle || !is_enabled() || (status_ & kStatusFailed) != 0) return;
    if (!is_context_good(queue)) {
        stop_queue_with(number, QueueCause::kBadContext);
        return;
    }
    queue.sq_address = queue.base;
    queue.cq_address = queue.base + WARPZ_ZIP_DUS_CQ_OFFSET(std::uint64_t{queue.sq_entries()});
    queue.phase = WARPZ_ZIP_CQE_PHASE;
    queue.is_armed = false;
    if (!launch(number)) stop_queue_with(number, QueueCause::kRingAccess);
}

void Accelerator::stop(unsigned number) {
    Queue& queue = queues_[number];
    queue.is_armed = false;
    if (queue.state == QueueState::kError) {
        queue.state = QueueState::kIdle;
        queue.cause = QueueCause::kNone;
    } else if (queue.state == QueueState::kRunning) {
        queue.state = QueueState::kStopping;
        queue.worker->wake();
    }
}

void Accelerator::write_window(std::uint64_t offset, std::uint64_t value, unsigned size) {
    const std::uint64_t number = offset / kWindowBytes;
    if (is_gone_ || size != 8 || number >= queues_.size() ||
        offset % kWindowBytes != WARPZ_ZIP_DOORBELL_OFFSET) {
        return;
    }
    if (queues_[number].state != QueueState::kRunning) return;
    if (!ring(static_cast<unsigned>(number), value)) count(Counter::kBadDoorbells);
}

void Accelerator::notify(Queue& queue) {
    if (!queue.is_armed || queue.cq_head == queue.cq_tail) return;
    queue.is_armed = false;
    host_.raise(host_.front_end, queue.vector);
}

void Accelerator::stop_queue_with(unsigned number, QueueCause cause) {
    Queue& queue = queues_[number];
    queue.state = QueueState::kError;
    queue.cause = cause;
    if (queue.is_armed) host_.raise(host_.front_end, queue.vector);
    queue.is_armed = false;
    if (queue.worker != nullptr) queue.worker->cancel();
    queue.worker.reset();
    if ((error_status_ & kErrorQueueBit) == 0) error_queue_ = number;
    report(kErrorQueueBit);
}

void Accelerator::report(std::uint32_t error_bits) {
    const std::uint32_t fresh = error_bits & ~error_status_;
    error_status_ |= error_bits;
    raise_errors(fresh);
}

void Accelerator::raise_errors(std::uint32_t fresh) {
    if ((fresh & ~error_mask_) != 0) host_.raise(host_.front_end, 0);
}

void Accelerator::fail() {
    status_ |= kStatusFailed;
    for (unsigned number = 0; number < queues_.size(); ++number) {
        const QueueState state = queues_[number].state;
        if (state == QueueState::kRunning || state == QueueState::kStopping) {
            stop_queue_with(number, QueueCause::kNone);
        }
    }
    report(kErrorFatalBit);
}

}  // namespace warpz::accelerator

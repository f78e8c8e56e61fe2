// SPDX-License-Identifier: Zlib
#include "queue_worker.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstring>

#include "base/clock.hpp"
#include "base/futex.hpp"
#include "device/model/answer_faults.hpp"
#include "device/sqe.hpp"

namespace warpz::accelerator {
namespace {

using device::Cqe;
using device::Sqe;
using device::model::FaultKind;

constexpr std::size_t kStackBytes = 512 * 1024;  // ten times what the codec needs
constexpr std::uint64_t kPageBytes = 4096;

constexpr std::uint16_t after(std::uint16_t index, std::uint32_t entries) noexcept {
    return static_cast<std::uint16_t>(index + 1U == entries ? 0U : index + 1U);
}

bool is_success(std::uint32_t status) noexcept {
    return status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_NEGATIVE ||
           status == WARPZ_ZIP_STATUS_END;
}

/// What an answered entry has moved; one that failed counts as what it asked for, since it may have kept its worker as long.
std::uint64_t work_of(const Sqe& sqe) noexcept {
    const std::uint32_t in = device::from_le(sqe.input_length);
    const std::uint32_t out = device::from_le(sqe.output_length);
    if (is_success(device::from_le(sqe.dw3) & WARPZ_ZIP_DW3_STATUS_MASK)) {
        return std::uint64_t{device::from_le(sqe.consumed)} + device::from_le(sqe.produced);
    }
    return std::uint64_t{std::min(in, WARPZ_ZIP_MAX_BYTES)} + std::min(out, WARPZ_ZIP_MAX_BYTES);
}

class HostLock {
  public:
    explicit HostLock(const warpz_host& host) noexcept : host_(host) { host_.lock(); }
    ~HostLock() { host_.unlock(); }
    HostLock(const HostLock&) = delete;
    HostLock& operator=(const HostLock&) = delete;

  private:
    const warpz_host& host_;
};

}  // namespace

QueueWorker::QueueWorker(std::shared_ptr<QueueDevice> device, unsigned number)
    : device_(std::move(device)),
      host_(device_->host()),
      number_(number),
      engine_(device_->backing() != nullptr ? device_->backing()->open() : nullptr) {
    const Queue& queue = device_->queue(number);
    operation_ = queue.type == WARPZ_QC_TYPE_COMPRESS ? device::Operation::kDeflate
                                                      : device::Operation::kInflate;
    sq_ = queue.sq_address;
    cq_ = queue.cq_address;
    base_ = queue.base;
    window_offset_ = queue.window_offset;
    window_length_ = queue.window_length;
    if (queue.has_pasid()) pasid_ = queue.pasid & kPasidMask;
    executor_.create({device_->generation(), static_cast<int>(device_->level())},
                     device_->seal_key());
    if (engine_ != nullptr) executor_.use_engine(*engine_);
}

QueueWorker::~QueueWorker() { executor_.destroy(); }

std::shared_ptr<QueueWorker> QueueWorker::start(std::shared_ptr<QueueDevice> device,
                                                unsigned number) {
    auto worker = std::make_shared<QueueWorker>(std::move(device), number);
    auto* handle = new std::shared_ptr<QueueWorker>(worker);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // Signals are the front end's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, thread_main, handle);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        delete handle;
        return nullptr;
    }
    return worker;
}

void QueueWorker::wake() noexcept {
    wakes_.fetch_add(1, std::memory_order_release);
    futex_wake(wakes_, 1);
}

void QueueWorker::cancel() noexcept {
    is_cancelled_ = true;
    wake();
}

void* QueueWorker::thread_main(void* handle) {
    const std::unique_ptr<std::shared_ptr<QueueWorker>> owned(
        static_cast<std::shared_ptr<QueueWorker>*>(handle));
    (*owned)->run();
    return nullptr;
}

/// Lets go of the lock until somebody has called wake() since `seen`, or until the deadline if there is one.
void QueueWorker::sleep(std::uint32_t seen, std::uint64_t deadline_ns) {
    host_.unlock();
    if (deadline_ns == 0) {
        futex_wait(wakes_, seen);
    } else {
        futex_wait_until(wakes_, seen, deadline_ns);
    }
    host_.lock();
}

bool QueueWorker::is_due(const Queue& queue) const {
    return !queue.is_hung && device_->is_enabled() && queue.has_entries() && queue.has_room();
}

void QueueWorker::run() {
    if (host_.enter_thread != nullptr) host_.enter_thread();
    host_.lock();
    WorkLine& line = device_->work_line();
    while (!is_cancelled_) {
        Queue& queue = device_->queue(number_);
        const std::uint32_t seen = wakes_.load(std::memory_order_acquire);
        if (queue.state == QueueState::kStopping && !queue.is_stuck) {
            queue.state = QueueState::kIdle;
            queue.worker.reset();
            break;
        }
        if (queue.state != QueueState::kRunning || !is_due(queue)) {
            line.leave(*this);
            if (queue.state == QueueState::kRunning && queue.has_entries() && !queue.has_room()) {
                device_->on_full_ring(number_);
            }
            sleep(seen);
        } else if (line.enter(*this)) {
            line.exit(serve());
        } else {
            sleep(seen, line.deadline());
        }
    }
    line.leave(*this);
    host_.unlock();
    if (host_.leave_thread != nullptr) host_.leave_thread();
}

/// One entry, with the lock held at both ends. After each spell without it the worker may have been cancelled.
std::uint64_t QueueWorker::serve() {
    Queue& queue = device_->queue(number_);
    const Fault fault = device_->next_fault();
    switch (fault.device) {
        case DeviceFault::kStuck:
            queue.is_hung = queue.is_stuck = true;
            return 0;
        case DeviceFault::kRing:
            device_->stop_queue_with(number_, QueueCause::kRingAccess);
            return 0;
        case DeviceFault::kFatal:
            device_->fail();
            return 0;
        case DeviceFault::kGone:
            device_->vanish();
            return 0;
        case DeviceFault::kNone:
            break;
    }
    if (fault.answer.kind == FaultKind::kHang) {
        queue.is_hung = true;
        return 0;
    }
    Sqe sqe;
    if (!access_ring(sq_ + std::uint64_t{WARPZ_ZIP_SQE_BYTES} * queue.sq_head, &sqe, sizeof sqe,
                     false)) {
        break_queue(QueueCause::kRingAccess);
        return 0;
    }
    bool is_answered = true;
    has_bus_error_ = has_page_failure_ = false;
    host_.unlock();
    execute(sqe, fault, is_answered);
    host_.lock();
    const std::uint64_t work = work_of(sqe);
    if (engine_ != nullptr) {
        device_->count_backing(executor_.is_by_engine(), work, engine_->take_failures());
    }
    if (fault.answer.kind == FaultKind::kLate && !wait_until_late(fault.answer.detail)) return work;
    if (is_cancelled_) return work;
    if (has_page_failure_) {
        break_queue(QueueCause::kPageFailure);
        return work;
    }
    if (has_bus_error_) device_->report_bus_error();
    if (is_answered && !answer(sqe, fault)) {
        break_queue(QueueCause::kRingAccess);
        return work;
    }
    queue.sq_head = after(queue.sq_head, queue.sq_entries());
    ++queue.descriptors;
    device_->count(Counter::kDescriptors);
    device_->notify(queue);
    return work;
}

/// What the bus did with our access is of no interest to a queue that is not ours any more.
void QueueWorker::break_queue(QueueCause cause) {
    if (!is_cancelled_) device_->stop_queue_with(number_, cause);
}

/// Without the lock: the part that takes time.
void QueueWorker::execute(Sqe& sqe, const Fault& fault, bool& is_answered) {
    if (fault.answer.kind == FaultKind::kStatus) {
        sqe.consumed = sqe.produced = 0;
        sqe.dw3 = device::to_le(
            static_cast<std::uint32_t>(fault.answer.detail & WARPZ_ZIP_DW3_STATUS_MASK));
        return;
    }
    is_answered = executor_.execute(sqe, operation_, *this);
    if (has_bus_error_) {
        sqe.consumed = sqe.produced = 0;
        sqe.dw3 = device::to_le(WARPZ_ZIP_STATUS_BUS);
    }
    if (is_answered) spoil_answer(sqe, fault.answer, *this);
}

/// A late device writes at the latest when its queue is being stopped. False: cancelled meanwhile.
bool QueueWorker::wait_until_late(std::uint64_t delay_us) {
    const std::uint64_t deadline = monotonic_ns() + delay_us * 1000;
    while (!is_cancelled_ && device_->queue(number_).state == QueueState::kRunning &&
           monotonic_ns() < deadline) {
        const std::uint32_t seen = wakes_.load(std::memory_order_acquire);
        host_.unlock();
        futex_wait_until(wakes_, seen, deadline);
        host_.lock();
    }
    return !is_cancelled_;
}

/// Writes the entry's words for the submitter, then the completion, its phase last.
bool QueueWorker::answer(const Sqe& sqe, const Fault& fault) {
    Queue& queue = device_->queue(number_);
    const std::uint64_t at = sq_ + std::uint64_t{WARPZ_ZIP_SQE_BYTES} * queue.sq_head;
    Sqe copy = sqe;
    auto* bytes = reinterpret_cast<std::uint8_t*>(&copy);
    struct Range {
        std::size_t offset;
        std::size_t size;
    };
    constexpr Range kAnswers[] = {
        {offsetof(Sqe, consumed), 16}, {offsetof(Sqe, ctx_dw0), 4}, {offsetof(Sqe, ctx_dw1), 16}};
    constexpr Range kTags[] = {{offsetof(Sqe, tag_type0), 4}, {offsetof(Sqe, tag_type3), 8}};
    for (const Range& range : kAnswers) {
        if (!access_ring(at + range.offset, bytes + range.offset, range.size, true)) return false;
    }
    if (fault.answer.kind == FaultKind::kWrongTag) {
        for (const Range& range : kTags) {
            if (!access_ring(at + range.offset, bytes + range.offset, range.size, true))
                return false;
        }
    }

    Cqe cqe{};
    std::uint16_t index = queue.sq_head;
    if (fault.answer.kind == FaultKind::kWrongIndex) index = after(index, queue.sq_entries());
    std::uint16_t phase = queue.phase;
    if (fault.answer.kind == FaultKind::kStuckPhase) phase ^= WARPZ_ZIP_CQE_PHASE;
    cqe.sq_head = device::to_le(index);
    cqe.sq_number = device::to_le(static_cast<std::uint16_t>(number_));
    cqe.phase = device::to_le(phase);
    const std::uint64_t cq = cq_ + std::uint64_t{WARPZ_ZIP_CQE_BYTES} * queue.cq_tail;
    constexpr std::size_t kPhaseAt = offsetof(Cqe, phase);
    std::atomic_thread_fence(std::memory_order_release);
    if (!access_ring(cq, &cqe, kPhaseAt, true)) return false;
    std::atomic_thread_fence(std::memory_order_release);
    if (!access_ring(cq + kPhaseAt, &cqe.phase, sizeof cqe.phase, true)) return false;

    const std::uint32_t status = device::from_le(sqe.dw3) & WARPZ_ZIP_DW3_STATUS_MASK;
    const std::uint32_t consumed = device::from_le(sqe.consumed);
    const std::uint32_t produced = device::from_le(sqe.produced);
    if (!is_success(status)) device_->count(Counter::kFailed);
    device_->count(Counter::kIn, consumed);
    device_->count(Counter::kOut, produced);
    device_->on_answer(queue, consumed, produced, is_success(status));
    queue.cq_tail = after(queue.cq_tail, queue.cq_entries());
    if (queue.cq_tail == 0) queue.phase ^= WARPZ_ZIP_CQE_PHASE;
    return true;
}

/// Rings are accessed without a PASID in both modes. The lock is held. False as well when the worker was cancelled meanwhile.
bool QueueWorker::access_ring(std::uint64_t address, void* bytes, std::size_t size,
                              bool writes) noexcept {
    return host_.copy(host_.front_end, WARPZ_NO_PASID, address, bytes, size, writes) ==
               WARPZ_ACCESS_OK &&
           !is_cancelled_;
}

bool QueueWorker::read(std::uint64_t address, std::span<std::uint8_t> to) noexcept {
    return to.empty() || reach(address, to.data(), to.size(), false);
}

bool QueueWorker::write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept {
    return from.empty() ||
           reach(address, const_cast<std::uint8_t*>(from.data()), from.size(), true);
}

/// Section 6: bounds are those of the whole buffer, of which an output may need less.
bool QueueWorker::admits(std::uint64_t address, std::size_t size) noexcept {
    if (pasid_ != WARPZ_NO_PASID) return true;
    const HostLock lock(host_);
    return is_in_window(address, size);
}

/// Counts a refusal. The lock is held.
bool QueueWorker::is_in_window(std::uint64_t address, std::size_t size) noexcept {
    const std::uint64_t offset = address - window_offset_;
    if (address >= window_offset_ && offset <= window_length_ && size <= window_length_ - offset) {
        return true;
    }
    device_->count(Counter::kRefused);
    return false;
}

/// Section 6: in bounce mode an address is an offset into the region and lies in the window with all of its bytes.
bool QueueWorker::reach(std::uint64_t address, void* bytes, std::size_t size,
                        bool writes) noexcept {
    if (pasid_ != WARPZ_NO_PASID) {
        return reach_shared(address, static_cast<std::uint8_t*>(bytes), size, writes);
    }
    const HostLock lock(host_);
    if (is_cancelled_) return false;
    if (!is_in_window(address, size)) return false;
    const warpz_access access =
        host_.copy(host_.front_end, WARPZ_NO_PASID, base_ + address, bytes, size, writes);
    if (access != WARPZ_ACCESS_OK) has_bus_error_ = true;
    return access == WARPZ_ACCESS_OK;
}

/// Page by page; a page that is not there yet is asked for once.
bool QueueWorker::reach_shared(std::uint64_t address, std::uint8_t* bytes, std::size_t size,
                               bool writes) noexcept {
    if (address + size < address) return false;
    while (size != 0) {
        const std::size_t part = std::min<std::uint64_t>(size, kPageBytes - address % kPageBytes);
        const HostLock lock(host_);
        warpz_access access = WARPZ_ACCESS_REFUSED;
        for (int attempt = 0; attempt < 2 && access == WARPZ_ACCESS_REFUSED; ++attempt) {
            if (is_cancelled_) return false;
            if (attempt != 0) {
                if (host_.request_page == nullptr) return false;
                device_->count(Counter::kPageRequests);
                // The lock is not held while the request is under way.
                const warpz_access asked =
                    host_.request_page(host_.front_end, pasid_, address, writes);
                has_page_failure_ = asked == WARPZ_ACCESS_FAILURE;
                if (asked != WARPZ_ACCESS_OK || is_cancelled_) return false;
            }
            access = host_.copy(host_.front_end, pasid_, address, bytes, part, writes);
        }
        if (access == WARPZ_ACCESS_ERROR) has_bus_error_ = true;
        if (access != WARPZ_ACCESS_OK) return false;
        address += part;
        bytes += part;
        size -= part;
    }
    return true;
}

}  // namespace warpz::accelerator

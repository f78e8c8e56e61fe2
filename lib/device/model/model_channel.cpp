// SPDX-License-Identifier: Zlib
#include "device/model/model_channel.hpp"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/clock.hpp"
#include "device/device_order.hpp"
#include "device/model/answer_faults.hpp"

namespace warpz::device::model {
namespace {

// Not zero, so that a submitter who mixes up offsets and addresses is found out.
constexpr std::uint64_t kWindowAddress = 0x100000;
constexpr std::uint64_t kMaxSleepNs = 1'000'000;

std::size_t round_up(std::size_t size, std::size_t unit) noexcept {
    return (size + unit - 1) / unit * unit;
}

void sleep_ns(std::uint64_t duration) noexcept {
    const timespec time{0, static_cast<long>(std::min(duration, kMaxSleepNs))};
    nanosleep(&time, nullptr);
}

std::uint32_t after(std::uint32_t index, std::uint32_t entries) noexcept {
    return index + 1 == entries ? 0 : index + 1;
}

}  // namespace

ModelChannel* ModelChannel::create(ModelDevice& device, Operation operation,
                                   std::uint16_t number) noexcept {
    const ModelOptions& options = device.options_;
    const std::size_t entries = options.ring_entries;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t object = sizeof(ModelChannel) + entries * sizeof(std::uint64_t);
    const std::size_t rings = round_up(entries * (sizeof(Sqe) + sizeof(Cqe)), page);
    const bool is_bounce = options.address_mode == AddressMode::kBounce;
    const std::size_t window = is_bounce ? round_up(options.window_bytes, page) : 0;
    const std::size_t dus = rings + window + page;

    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void* memory = mmap(nullptr, object, protection, flags, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    void* shared = mmap(nullptr, dus, protection, flags, -1, 0);
    if (shared == MAP_FAILED) {
        munmap(memory, object);
        return nullptr;
    }
    // A forked child finds nothing here, as with a uacce device.
    madvise(shared, dus, MADV_DONTFORK);

    auto* channel = ::new (memory) ModelChannel(device);
    channel->mapped_bytes_ = object;
    channel->ready_ns_ = reinterpret_cast<std::uint64_t*>(channel + 1);
    channel->operation_ = operation;
    channel->executor_.create({options.generation, options.level}, device.key_);
    auto* bytes = static_cast<std::uint8_t*>(shared);
    channel->regions_ = {.dus = bytes,
                         .dus_bytes = dus,
                         .sq_entries = options.ring_entries,
                         .cq_entries = options.ring_entries,
                         .queue_number = number,
                         .window = {bytes + rings, window},
                         .window_address = kWindowAddress};
    return channel;
}

void ModelChannel::destroy() noexcept {
    executor_.destroy();
    munmap(this, mapped_bytes_);
}

std::uint8_t* ModelChannel::map(std::uint64_t address, std::size_t size) noexcept {
    if (device_.options_.address_mode == AddressMode::kShared) {
        constexpr std::uint64_t kNothingBelow = 4096;
        if (address < kNothingBelow || address + size < address) return nullptr;
        return reinterpret_cast<std::uint8_t*>(static_cast<std::uintptr_t>(address));
    }
    const std::uint64_t offset = address - regions_.window_address;
    if (address < regions_.window_address || offset > regions_.window.size() ||
        size > regions_.window.size() - offset) {
        return nullptr;
    }
    return regions_.window.data() + offset;
}

void ModelChannel::ring_doorbell(std::uint64_t value) noexcept {
    const auto command = (value & WARPZ_ZIP_DB_COMMAND_MASK) >> WARPZ_ZIP_DB_COMMAND_SHIFT;
    const auto index =
        static_cast<std::uint32_t>((value & WARPZ_ZIP_DB_INDEX_MASK) >> WARPZ_ZIP_DB_INDEX_SHIFT);
    const auto flag = value >> WARPZ_ZIP_DB_FLAG_SHIFT;
    constexpr std::uint64_t kKnownBits = WARPZ_ZIP_DB_QUEUE_MASK | WARPZ_ZIP_DB_COMMAND_MASK |
                                         WARPZ_ZIP_DB_INDEX_MASK | 1ULL << WARPZ_ZIP_DB_FLAG_SHIFT;
    const bool is_sq = command == WARPZ_ZIP_DB_COMMAND_SQ;
    const bool is_valid = (value & WARPZ_ZIP_DB_QUEUE_MASK) == regions_.queue_number &&
                          (value & ~kKnownBits) == 0 && command <= WARPZ_ZIP_DB_COMMAND_CQ &&
                          index < regions_.sq_entries && !(is_sq && flag != 0);
    if (!is_valid) {
        device_.bad_doorbells_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (is_sq) {
        if (device_.options_.is_simulated()) plan(index);
        sq_tail_.store(index, std::memory_order_release);
    } else {
        cq_head_.store(index, std::memory_order_release);
    }
    if (!device_.options_.has_thread) return;
    if (is_sq) device_.notify_thread();
    if (flag != 0) armed_events_ = events_.load(std::memory_order_acquire);
}

/// Gives the new descriptors their time. An answer never comes before that of an earlier descriptor.
void ModelChannel::plan(std::uint32_t tail) noexcept {
    const std::uint64_t now = device_.now_ns();
    for (std::uint32_t i = sq_tail_.load(std::memory_order_relaxed); i != tail;
         i = after(i, regions_.sq_entries)) {
        Sqe sqe;
        std::memcpy(&sqe, sq() + i, sizeof sqe);
        const std::uint64_t in = from_le(sqe.input_length);
        const std::uint64_t bytes = operation_ == Operation::kDeflate
                                        ? in
                                        : std::max<std::uint64_t>(in, from_le(sqe.output_length));
        last_ready_ns_ = std::max(last_ready_ns_, device_.schedule(bytes, now));
        ready_ns_[i] = last_ready_ns_;
    }
}

ModelChannel::Step ModelChannel::step(std::uint64_t now_ns) noexcept {
    if (is_stuck_ || is_stopped_.load(std::memory_order_acquire)) return Step::kNothing;
    if (sq_head_ == sq_tail_.load(std::memory_order_acquire)) return Step::kNothing;
    const std::uint32_t cq_next = after(cq_tail_, regions_.cq_entries);
    if (cq_next == cq_head_.load(std::memory_order_acquire)) return Step::kNothing;
    const bool has_time = is_late_ || device_.options_.is_simulated();
    if (has_time && ready_ns_[sq_head_] > now_ns) return Step::kNotYet;

    ModelFault fault;
    if (!is_late_) {
        const auto number = device_.next_descriptor_.fetch_add(1, std::memory_order_relaxed);
        fault = device_.options_.faults.at(number);
        if (fault.kind != FaultKind::kNone) device_.faults_.fetch_add(1, std::memory_order_relaxed);
    }
    is_late_ = false;
    switch (fault.kind) {
        case FaultKind::kHang:
            is_stuck_ = true;
            return Step::kNothing;
        case FaultKind::kLate:
            is_late_ = true;
            ready_ns_[sq_head_] = device_.now_ns() + fault.detail * 1000;
            return Step::kNotYet;
        case FaultKind::kReset:
        case FaultKind::kRemoval:
            device_.stop_all(fault.kind == FaultKind::kRemoval);
            return Step::kNothing;
        default:
            break;
    }
    Sqe sqe;
    std::memcpy(&sqe, sq() + sq_head_, sizeof sqe);
    if (run(sqe, fault)) answer(sqe, fault);
    sq_head_ = after(sq_head_, regions_.sq_entries);
    return Step::kDone;
}

bool ModelChannel::run(Sqe& sqe, const ModelFault& fault) noexcept {
    if (fault.kind == FaultKind::kStatus) {
        sqe.dw3 = to_le(static_cast<std::uint32_t>(fault.detail & WARPZ_ZIP_DW3_STATUS_MASK));
        return true;
    }
    if (device_.options_.is_null) {
        run_null(sqe);
    } else if (!executor_.execute(sqe, operation_, *this)) {
        return false;
    }
    spoil_answer(sqe, fault, *this);
    return true;
}

void ModelChannel::run_null(Sqe& sqe) const noexcept {
    const std::uint32_t in = from_le(sqe.input_length);
    const bool is_last = (from_le(sqe.dw7) & WARPZ_ZIP_DW7_FINISH) != 0;
    sqe.consumed = sqe.input_length;
    if (operation_ == Operation::kDeflate) {
        sqe.produced = to_le(std::min(in / 4 + 1, from_le(sqe.output_length)));
    } else {
        sqe.produced = sqe.output_length;
        if (is_last) sqe.dw3 = to_le(WARPZ_ZIP_STATUS_END | WARPZ_ZIP_DW3_LAST_BLOCK);
    }
}

/// Writes the descriptor back and the completion after it, its phase last.
void ModelChannel::answer(const Sqe& sqe, const ModelFault& fault) noexcept {
    std::memcpy(sq() + sq_head_, &sqe, sizeof sqe);
    Cqe& cqe = cq()[cq_tail_];
    std::uint32_t index = sq_head_;
    if (fault.kind == FaultKind::kWrongIndex) index = after(index, regions_.sq_entries);
    cqe.command = 0;
    cqe.sq_head = to_le(static_cast<std::uint16_t>(index));
    cqe.sq_number = to_le(regions_.queue_number);
    std::uint16_t phase = phase_;
    if (fault.kind == FaultKind::kStuckPhase) phase ^= WARPZ_ZIP_CQE_PHASE;
    std::atomic_ref<std::uint16_t>(cqe.phase).store(to_le(phase), std::memory_order_release);
    cq_tail_ = after(cq_tail_, regions_.cq_entries);
    if (cq_tail_ == 0) phase_ ^= WARPZ_ZIP_CQE_PHASE;
}

void ModelChannel::advance() noexcept {
    const ModelOptions& options = device_.options_;
    if (options.has_thread) return;
    const bool is_slow = !options.is_null && !options.is_simulated();
    const std::uint64_t now = is_late_ || options.is_simulated() ? device_.now_ns() : 0;
    while (step(now) == Step::kDone && !is_slow) {
    }
}

Status ModelChannel::wait_event(std::uint32_t timeout_us) noexcept {
    const std::uint64_t now = device_.now_ns();
    const std::uint64_t deadline = now + timeout_us * std::uint64_t{1000};
    if (device_.options_.has_thread) {
        bool is_over = false;
        while (events_.load(std::memory_order_acquire) == armed_events_ && !is_over) {
            is_over = !futex_wait_until(events_, armed_events_, deadline);
        }
        if (device_.is_removed_.load(std::memory_order_relaxed)) return Status::kNoDevice;
        return is_over ? Status::kBusy : Status::kOk;
    }
    const Step done = step(now);
    if (device_.is_removed_.load(std::memory_order_relaxed)) return Status::kNoDevice;
    if (done == Step::kDone || is_stopped_.load(std::memory_order_acquire)) return Status::kOk;
    // In short pieces: another thread may stop the device.
    const std::uint64_t until =
        done == Step::kNotYet ? std::min(deadline, ready_ns_[sq_head_]) : deadline;
    if (device_.options_.clock != nullptr) {
        device_.options_.clock->sleep_until(until);
    } else if (until > now) {
        sleep_ns(until - now);
    }
    return Status::kOk;
}

void ModelChannel::go_dead() noexcept {
    is_stopped_.store(true, std::memory_order_release);
    const auto set = [this](std::size_t offset) noexcept {
        auto* word = reinterpret_cast<std::uint32_t*>(regions_.dus + offset);
        std::atomic_ref<std::uint32_t>(*word).store(to_le(1U), std::memory_order_release);
    };
    set(WARPZ_ZIP_DUS_TX_STATUS(regions_.dus_bytes));
    set(WARPZ_ZIP_DUS_RX_STATUS(regions_.dus_bytes));
    signal();
}

void ModelChannel::signal() noexcept {
    events_.fetch_add(1, std::memory_order_release);
    futex_wake(events_, 1);
}

void ModelChannel::stop() noexcept {
    if (device_.options_.has_thread) {
        device_.mutex_.lock();
        is_leaving = true;
        while (is_served) {
            const std::uint32_t events = events_.load(std::memory_order_acquire);
            device_.mutex_.unlock();
            futex_wait(events_, events);
            device_.mutex_.lock();
        }
        device_.mutex_.unlock();
    }
    // A device that is merely late uses its last chance to write.
    if (is_late_) static_cast<void>(step(~std::uint64_t{0}));
    is_stopped_.store(true, std::memory_order_release);
}

void ModelChannel::close() noexcept {
    stop();
    device_.forget(this);
    munmap(regions_.dus, regions_.dus_bytes);
    destroy();
}

void ModelChannel::abandon() noexcept { destroy(); }

}  // namespace warpz::device::model

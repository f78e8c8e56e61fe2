// SPDX-License-Identifier: Zlib
// Opening, submission and the end of a queue; see queue_pair.hpp. Completions are in queue_completion.cpp.
#include "device/queue_pair.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/quiet_scope.hpp"
#include "device/device_order.hpp"
#include "device/queue_slot.hpp"

namespace warpz::device {
namespace {

constexpr std::uint64_t doorbell(std::uint64_t command, std::uint16_t queue, std::uint32_t index,
                                 bool flag) noexcept {
    return (queue & WARPZ_ZIP_DB_QUEUE_MASK) | command << WARPZ_ZIP_DB_COMMAND_SHIFT |
           static_cast<std::uint64_t>(index) << WARPZ_ZIP_DB_INDEX_SHIFT |
           static_cast<std::uint64_t>(flag) << WARPZ_ZIP_DB_FLAG_SHIFT;
}

}  // namespace

Result<QueuePair*> QueuePair::open(Device& device, Operation operation,
                                   const QueueOptions& options) noexcept {
    const QuietScope quiet;
    const Result<Channel*> channel = device.open_channel(operation);
    if (!channel) return channel.status();
    const std::uint32_t entries = (*channel)->regions().sq_entries;
    const std::size_t bytes = sizeof(QueuePair) + entries * sizeof(Slot);
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        (*channel)->close();
        return Status::kNoMemory;
    }
    auto* queue = ::new (memory) QueuePair;
    queue->slots_ = reinterpret_cast<Slot*>(queue + 1);
    queue->home_ = &device;
    queue->info_ = device.info();
    queue->operation_ = operation;
    queue->options_ = options;
    const Status status = queue->start(**channel);
    if (status != Status::kOk) {
        (*channel)->close();
        munmap(memory, bytes);
        return status;
    }
    return queue;
}

/// Takes the channel over. The regions were checked by the transport; a ring that could not work is refused here.
Status QueuePair::start(Channel& channel) noexcept {
    const ChannelRegions& regions = channel.regions();
    sq_entries_ = regions.sq_entries;
    cq_entries_ = regions.cq_entries;
    const std::size_t rings = sq_entries_ * sizeof(Sqe) + cq_entries_ * sizeof(Cqe);
    if (sq_entries_ < 2 || cq_entries_ < 2 || regions.dus_bytes % sizeof(std::uint64_t) != 0 ||
        rings + 2 * sizeof(std::uint32_t) > regions.dus_bytes) {
        return Status::kNoDevice;
    }
    channel_ = &channel;
    sq_ = reinterpret_cast<Sqe*>(regions.dus + WARPZ_ZIP_DUS_SQ_OFFSET);
    cq_ = reinterpret_cast<Cqe*>(regions.dus + WARPZ_ZIP_DUS_CQ_OFFSET(sq_entries_));
    // One entry of each ring stays empty, so that full and empty differ.
    max_in_flight_ = std::min(sq_entries_, cq_entries_) - 1;
    if (options_.max_in_flight != 0) {
        max_in_flight_ = std::min<std::uint32_t>(max_in_flight_, options_.max_in_flight);
    }
    // Tags of different queues differ, so that a completion of another queue is noticed.
    next_tag_ = static_cast<std::uint32_t>(regions.queue_number + 1U) << 20;
    divide_window();
    state_ = QueueState::kStarted;
    return Status::kOk;
}

/// A quarter of a bounce window is for contexts, the rest for the data of jobs.
void QueuePair::divide_window() noexcept {
    const ChannelRegions& regions = channel_->regions();
    const std::size_t slots =
        std::min<std::size_t>(regions.window.size() / 4 / WARPZ_ZIP_CTX_BYTES, max_in_flight_);
    const std::size_t data = regions.window.size() - slots * WARPZ_ZIP_CTX_BYTES;
    ring_.create(data);
    contexts_.create(info_.address_mode, regions.window.subspan(data),
                     regions.window_address + data);
}

std::span<std::uint8_t> QueuePair::set_aside() noexcept {
    if (info_.address_mode != AddressMode::kBounce || in_flight_ != 0 || !is_mine()) return {};
    const std::size_t own =
        ring_.capacity() / 2 / WindowRing::kAlignBytes * WindowRing::kAlignBytes;
    aside_ = channel_->regions().window.subspan(own, ring_.capacity() - own);
    ring_.create(own);
    return aside_;
}

void QueuePair::end_aside() noexcept {
    if (aside_.empty()) return;
    ring_.create(ring_.capacity() + aside_.size());
    aside_ = {};
}

bool QueuePair::is_aside(const Job& job) const noexcept {
    const auto holds = [this](const std::uint8_t* data, std::size_t size) {
        const auto at = reinterpret_cast<std::uintptr_t>(data);
        const auto begin = reinterpret_cast<std::uintptr_t>(aside_.data());
        return at >= begin && at - begin <= aside_.size() && size <= aside_.size() - (at - begin);
    };
    return !aside_.empty() && holds(job.in.data(), job.in.size()) &&
           holds(job.out.data(), job.out.size());
}

void QueuePair::close(QueuePair* queue) noexcept {
    if (queue == nullptr) return;
    const QuietScope quiet;
    if (queue->is_mine()) {
        queue->channel_->close();
    } else {
        queue->channel_->abandon();
    }
    queue->contexts_.destroy();
    munmap(queue, sizeof(QueuePair) + queue->sq_entries_ * sizeof(Slot));
}

bool QueuePair::supports(const Job& job) const noexcept {
    if (job.operation != operation_ || check_job(job, info_) != Status::kOk) return false;
    if (info_.address_mode == AddressMode::kShared || is_aside(job)) return true;
    const std::size_t out = std::min(job.out.size(), kMaxPacketBytes);
    return job.in.size() + out + 2 * WindowRing::kAlignBytes <= ring_.capacity();
}

std::size_t QueuePair::max_job_bytes() const noexcept {
    // Input and 9/8 of it, and what alignment and a trailer may add.
    constexpr std::size_t kSlack = 8 + 2 * WindowRing::kAlignBytes + kMinOutputBytes;
    std::size_t limit = (kMaxPacketBytes - 8) / 9 * 8;
    if (info_.address_mode == AddressMode::kBounce) {
        const std::size_t room = ring_.capacity() > kSlack ? ring_.capacity() - kSlack : 0;
        limit = std::min(limit, room / 17 * 8);
    }
    return limit / kPacketGranuleBytes * kPacketGranuleBytes;
}

/// Puts the job's memory where the device reaches it.
Status QueuePair::place(const Job& job, Slot& slot) noexcept {
    slot.job = job;
    slot.lent = nullptr;
    slot.piece = {};
    const bool is_bounce = info_.address_mode == AddressMode::kBounce;
    const bool is_own_stream =
        job.context == nullptr && job.operation == Operation::kDeflate && !job.is_last;
    if (is_own_stream || (is_bounce && job.context != nullptr)) {
        const Result<ContextSlot*> lent = contexts_.take();
        if (!lent) return lent.status();
        slot.lent = *lent;
        if (is_own_stream) {
            // What is behind the device's own part is a window, and a new stream has none.
            std::memset(slot.lent->bytes, 0, WARPZ_ZIP_CTX_HW_OFFSET + WARPZ_ZIP_CTX_HW_WINDOW);
        } else {
            std::memcpy(slot.lent->bytes, job.context->bytes().data(), WARPZ_ZIP_CTX_BYTES);
        }
    }
    if (!is_bounce) {
        slot.out_address = reinterpret_cast<std::uintptr_t>(job.out.data());
        // A device wants a valid source address even when there is no input.
        slot.in_address =
            job.in.empty() ? slot.out_address : reinterpret_cast<std::uintptr_t>(job.in.data());
        return Status::kOk;
    }
    const ChannelRegions& regions = channel_->regions();
    if (is_aside(job)) {
        const auto address_of = [&regions](const std::uint8_t* data) {
            return regions.window_address +
                   static_cast<std::uint64_t>(data - regions.window.data());
        };
        slot.in_address = address_of(job.in.data());
        slot.out_address = address_of(job.out.data());
        return Status::kOk;
    }
    const std::size_t in_bytes =
        (job.in.size() + WindowRing::kAlignBytes - 1) & ~(WindowRing::kAlignBytes - 1);
    slot.piece = ring_.take(in_bytes + std::min(job.out.size(), kMaxPacketBytes));
    if (slot.piece.taken_bytes == 0) {
        if (slot.lent != nullptr) contexts_.give_back(slot.lent);
        return Status::kBusy;
    }
    std::uint8_t* in = regions.window.data() + slot.piece.offset;
    if (!job.in.empty()) std::memcpy(in, job.in.data(), job.in.size());
    copied_bytes_ += job.in.size();
    slot.bounced_out = in + in_bytes;
    slot.in_address = regions.window_address + slot.piece.offset;
    slot.out_address = slot.in_address + in_bytes;
    return Status::kOk;
}

Status QueuePair::submit(const Job& job) noexcept {
    if (state_ != QueueState::kStarted) return Status::kNoDevice;
    if (!is_mine()) {
        fail(Fault::kForked);
        return Status::kNoDevice;
    }
    if (!supports(job)) return Status::kUnsupported;
    if (job.context != nullptr) {
        if (job.context->is_in_flight) return Status::kBusy;
        if (job.context->is_broken) return Status::kUnsupported;
        // There is nothing to get out of a stream that has had no input.
        if (job.context->is_first && job.in.empty()) return Status::kUnsupported;
    }
    if (in_flight_ >= max_in_flight_) return Status::kBusy;
    if (status_word(WARPZ_ZIP_DUS_TX_STATUS(channel_->regions().dus_bytes)) != 0) {
        fail(Fault::kReset);
        return Status::kNoDevice;
    }

    Slot& slot = slots_[sq_tail_];
    if (const Status status = place(job, slot); status != Status::kOk) return status;
    slot.tag = next_tag_++;
    Placement placement{slot.in_address, slot.out_address, 0, false, false, slot.tag, nullptr};
    if (slot.lent != nullptr || job.context != nullptr) {
        const std::uint64_t address =
            slot.lent != nullptr ? slot.lent->address
                                 : reinterpret_cast<std::uintptr_t>(job.context->bytes().data());
        placement.context = address + WARPZ_ZIP_CTX_HW_OFFSET;
        placement.is_stateful = true;
        placement.is_first = job.context == nullptr || job.context->is_first;
    }
    if (job.context != nullptr) {
        placement.carried = &job.context->carried;
        job.context->is_in_flight = true;
    }
    build_sqe(sq_[sq_tail_], job, info_, placement);
    if (++sq_tail_ == sq_entries_) sq_tail_ = 0;
    ++in_flight_;
    publish_to_device();  // the descriptor and the buffers, before the device hears of them
    channel_->ring_doorbell(
        doorbell(WARPZ_ZIP_DB_COMMAND_SQ, channel_->regions().queue_number, sq_tail_, false));
    return Status::kOk;
}

void QueuePair::ring_completions(bool wants_event) noexcept {
    release_to_device();  // of the entries before this head
    channel_->ring_doorbell(
        doorbell(WARPZ_ZIP_DB_COMMAND_CQ, channel_->regions().queue_number, cq_head_, wants_event));
}

std::uint32_t QueuePair::status_word(std::size_t offset) const noexcept {
    auto* word = reinterpret_cast<std::uint32_t*>(channel_->regions().dus + offset);
    return read_device_word(word);
}

void QueuePair::stop() noexcept {
    if (state_ == QueueState::kStarted) fail(is_mine() ? Fault::kStopped : Fault::kForked);
}

/// From here on the device touches nothing; what is in flight will be handed out as lost.
void QueuePair::fail(Fault fault) noexcept {
    state_ = QueueState::kZombie;
    fault_ = fault;
    const QuietScope quiet;
    // A forked child has no mapping, and its descriptor is the parent's queue.
    if (fault != Fault::kForked) channel_->stop();
}

}  // namespace warpz::device

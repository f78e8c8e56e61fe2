// SPDX-License-Identifier: Zlib
// Completions: taking them from the ring, waiting for them, and giving them up. Each word that the device wrote is read
// once into memory of ours and bounded there.

#include <algorithm>
#include <cstring>

#include "base/clock.hpp"
#include "base/quiet_scope.hpp"
#include "device/device_order.hpp"
#include "device/queue_slot.hpp"

namespace warpz::device {
namespace {

// An event can get lost between a device, its driver and poll(2); what is in the ring cannot.
constexpr std::uint64_t kMaxSleepUs = 100'000;

}  // namespace

/// Ends a job's use of context and window.
void QueuePair::retire(const Slot& slot, Outcome outcome) noexcept {
    if (slot.piece.taken_bytes != 0) ring_.give_back(slot.piece);
    if (slot.lent != nullptr) contexts_.give_back(slot.lent);
    StreamContext* context = slot.job.context;
    if (context == nullptr) return;
    context->is_in_flight = false;
    context->is_first = outcome == Outcome::kStreamEnd;
    if (outcome > Outcome::kStreamEnd) context->is_broken = true;
}

std::size_t QueuePair::hand_out_lost(std::span<Completion> done) noexcept {
    std::size_t count = 0;
    for (; count < done.size() && in_flight_ != 0; ++count) {
        const Slot& slot = slots_[sq_head_];
        done[count] = {.tag = slot.job.tag, .outcome = Outcome::kLost};
        retire(slot, Outcome::kLost);
        if (++sq_head_ == sq_entries_) sq_head_ = 0;
        --in_flight_;
    }
    return count;
}

/// Reads the completion at the head, which answers the oldest job. False: it cannot be an answer to it.
bool QueuePair::take_one(const Slot& slot, Completion& completion) noexcept {
    Cqe cqe;
    std::memcpy(&cqe, cq_ + cq_head_, sizeof cqe);
    if (from_le(cqe.sq_head) != sq_head_) return false;

    Sqe sqe;
    std::memcpy(&sqe, sq_ + sq_head_, sizeof sqe);
    if (tag_of(sqe, info_.generation) != slot.tag) return false;
    std::span<std::uint8_t> context;
    if (slot.job.context != nullptr) {
        context = slot.job.context->bytes();
        if (slot.lent != nullptr) std::memcpy(context.data(), slot.lent->bytes, context.size());
    }
    const Reading reading = read_sqe(sqe, slot.job, context);
    if (!reading.is_sane) return false;

    completion = reading.completion;
    completion.tag = slot.job.tag;
    const bool has_lz77 =
        slot.job.format == Format::kLz77Zstd && completion.outcome == Outcome::kStreamEnd;
    const std::size_t made = has_lz77 ? Lz77Layout::of(slot.job.in.size()).total_bytes
                                      : std::size_t{completion.produced};
    if (slot.piece.taken_bytes != 0 && made != 0) {
        std::memcpy(slot.job.out.data(), slot.bounced_out, made);
        copied_bytes_ += made;
    }
    if (slot.job.context != nullptr) slot.job.context->carried = reading.carried;
    retire(slot, completion.outcome);
    return true;
}

std::size_t QueuePair::take(std::span<Completion> done) noexcept {
    std::size_t count = 0;
    while (count < done.size() && in_flight_ != 0) {
        const std::uint16_t word = from_le(read_device_word(&cq_[cq_head_].phase));
        if ((word & WARPZ_ZIP_CQE_PHASE) != phase_) break;
        observe_from_device();  // the rest of the entry and the descriptor, written before the phase
        if (!take_one(slots_[sq_head_], done[count])) {
            fail(Fault::kBadCompletion);
            break;
        }
        ++count;
        ++progress_;
        --in_flight_;
        if (++sq_head_ == sq_entries_) sq_head_ = 0;
        if (++cq_head_ == cq_entries_) {
            cq_head_ = 0;
            phase_ ^= WARPZ_ZIP_CQE_PHASE;
        }
    }
    if (state_ != QueueState::kStarted) return count;
    if (count != 0) ring_completions(false);
    // Completions that came before the device was stopped are as good as any; there will be no more of them.
    const bool has_ended = status_word(WARPZ_ZIP_DUS_RX_STATUS(channel_->regions().dus_bytes)) != 0;
    if (has_ended && count < done.size() && in_flight_ != 0) fail(Fault::kReset);
    return count;
}

std::size_t QueuePair::reap(std::span<Completion> done) noexcept {
    if (in_flight_ == 0) return 0;
    if (state_ == QueueState::kStarted && !is_mine()) fail(Fault::kForked);
    std::size_t count = 0;
    if (state_ == QueueState::kStarted) {
        channel_->advance();
        count = take(done);
    }
    if (state_ == QueueState::kZombie) count += hand_out_lost(done.subspan(count));
    return count;
}

/// Time until the deadline or until the oldest job is too old, whichever is first; 0 when the latter has come.
std::uint64_t QueuePair::remaining_ns(std::uint64_t now, std::uint64_t deadline_ns) noexcept {
    // The oldest job is as old as the last completion at most. Clocks are read only by those who wait, so its age is
    // counted from the first wait that finds no progress.
    if (watched_since_ns_ == 0 || watched_progress_ != progress_) {
        watched_progress_ = progress_;
        watched_since_ns_ = now;
    }
    const std::uint64_t limit = watched_since_ns_ + options_.job_timeout_us * std::uint64_t{1000};
    if (limit <= now) return 0;
    return deadline_ns > now ? std::min(limit, deadline_ns) - now : 1;
}

std::size_t QueuePair::wait(std::span<Completion> done, std::uint32_t timeout_us) noexcept {
    std::size_t count = reap(done);
    if (count != 0 || in_flight_ == 0 || done.empty()) return count;

    const QuietScope quiet;
    const std::uint64_t start = monotonic_ns();
    const std::uint64_t deadline = start + timeout_us * std::uint64_t{1000};
    const std::uint64_t spin_end =
        std::min(deadline, start + options_.spin_us * std::uint64_t{1000});
    std::uint64_t now = start;
    bool is_armed = false;
    // A look comes after each clock: a process that was held up for long finds its completions before its time-out.
    count = reap(done);
    while (count == 0) {
        const std::uint64_t remaining = remaining_ns(now, deadline);
        if (remaining == 0) {
            fail(Fault::kTimeout);
        } else if (now >= deadline) {
            break;
        } else if (now < spin_end) {
            relax_cpu();
        } else if (!is_armed) {
            // The next completion shall raise an event; one that came just before is seen by the look below.
            ring_completions(true);
            is_armed = true;
        } else {
            const auto sleep_us =
                static_cast<std::uint32_t>(std::min(remaining / 1000 + 1, kMaxSleepUs));
            const Status status = channel_->wait_event(sleep_us);
            is_armed = false;
            if (status == Status::kNoDevice) fail(Fault::kRemoved);
        }
        now = monotonic_ns();
        if (count == 0) count = reap(done);
    }
    waited_ns_ += now - start;
    return count;
}

}  // namespace warpz::device

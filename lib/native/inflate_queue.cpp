// SPDX-License-Identifier: Zlib
#include "native/inflate_queue.hpp"

#include <array>
#include <utility>

#include "base/clock.hpp"
#include "engine/stats.hpp"
#include "native/wrapper.hpp"
#include "offload/break_even.hpp"

namespace warpz::native {

using device::Completion;
using device::Outcome;

device::Format InflateQueue::format_of(const warpz_job& user) noexcept {
    return user.format == WARPZ_ZLIB   ? device::Format::kZlib
           : user.format == WARPZ_GZIP ? device::Format::kGzip
                                       : device::Format::kRaw;
}

bool InflateQueue::submit(const warpz_job& user, offload::Job& job) noexcept {
    offload::Devices* const devices = offload::Devices::of_process();
    if (devices == nullptr) return false;
    // A bounce window holds a few jobs: where it is full the oldest make room.
    for (;;) {
        const Status status = try_submit(*devices, user, job);
        if (status == Status::kOk) return true;
        if (status != Status::kBusy || jobs_ == 0) break;
        poll(true);
    }
    release_if_empty();
    return false;
}

Status InflateQueue::take_queue(offload::Devices& devices) noexcept {
    if (lease_) return Status::kOk;
    auto lease = devices.lease(device::Operation::kInflate);
    if (!lease) return lease.status();
    lease_ = std::move(*lease);
    return Status::kOk;
}

std::span<std::uint8_t> InflateQueue::hold_window() noexcept {
    offload::Devices* const devices = offload::Devices::of_process();
    if (devices == nullptr || take_queue(*devices) != Status::kOk) return {};
    const std::span<std::uint8_t> window = held_.take(lease_);
    release_if_empty();
    return window;
}

void InflateQueue::release_window() noexcept {
    held_.give_back();
    release_if_empty();
}

void InflateQueue::note_copies(std::uint64_t before) noexcept {
    copied_bytes_.fetch_add(lease_->copied_bytes() - before, std::memory_order_relaxed);
}

Status InflateQueue::try_submit(offload::Devices& devices, const warpz_job& user,
                                offload::Job& job) noexcept {
    if (const Status status = take_queue(devices); status != Status::kOk) return status;
    const std::size_t header = read_header(user).bytes;
    job.input = static_cast<const std::uint8_t*>(user.in) + header;
    job.input_bytes = user.in_bytes - header;
    job.output = static_cast<std::uint8_t*>(user.out);
    job.output_bytes = user.out_space;
    const device::Job packet{.operation = device::Operation::kInflate,
                             .format = format_of(user),
                             .in = {job.input, job.input_bytes},
                             .out = {job.output, job.output_bytes},
                             .tag = reinterpret_cast<std::uintptr_t>(&job)};
    job.is_alone = jobs_ == 0;
    job.submitted_ns = monotonic_ns();
    const std::uint64_t copied = lease_->copied_bytes();
    const Status status = lease_->submit(packet);
    note_copies(copied);
    if (status != Status::kOk) {
        if (status == Status::kNoDevice) devices.report(Outcome::kLost);
        return status;
    }
    job.state.store(offload::Job::kOnDevice, std::memory_order_relaxed);
    ++jobs_;
    return Status::kOk;
}

void InflateQueue::poll(bool waits) noexcept {
    if (jobs_ == 0) return;
    std::array<Completion, 16> done;
    constexpr std::uint32_t kForever = ~std::uint32_t{0};  // the queue's own time-out comes before
    const std::uint64_t before = lease_->waited_us();
    // A look, too, notices that the time of the oldest job is over.
    const std::uint64_t copied = lease_->copied_bytes();
    const std::size_t count = lease_->wait(done, waits ? kForever : 0);
    engine::stats().wait_us.add(lease_->waited_us() - before);
    note_copies(copied);
    for (std::size_t i = 0; i < count; ++i)
        complete(*reinterpret_cast<offload::Job*>(done[i].tag), done[i]);
    jobs_ -= count;
    release_if_empty();
}

void InflateQueue::release_if_empty() noexcept {
    if (jobs_ != 0 || !lease_) return;
    const device::Fault fault = lease_->fault();
    if (fault != device::Fault::kNone && fault != device::Fault::kForked) {
        engine::stats().faults.add();
    }
    if (held_.keeps(lease_)) return;
    lease_.release();
}

void InflateQueue::complete(offload::Job& job, const Completion& completion) noexcept {
    engine::Stats& stats = engine::stats();
    // Bad data and too little space are the job's, as long as software agrees.
    const bool is_the_job_s =
        completion.outcome == Outcome::kBadData || completion.outcome == Outcome::kNeedSpace;
    if (!is_the_job_s && lease_->fault() != device::Fault::kForked)
        offload::Devices::of_process()->report(completion.outcome);
    const bool is_good = completion.outcome == Outcome::kStreamEnd;
    if (is_good) {
        if (job.is_alone) {
            offload::inflate_break_even().observe_device(completion.consumed,
                                                         monotonic_ns() - job.submitted_ns);
        }
        job.input_bytes = completion.consumed;
        job.output_bytes = completion.produced;
        stats.inflate_queue.jobs.add();
        stats.inflate_queue.in_bytes.add(completion.consumed);
        stats.inflate_queue.out_bytes.add(completion.produced);
    } else if (!is_the_job_s) {
        stats.retries.add();
    }
    job.is_by_device = is_good;
    job.state.store(is_good ? offload::Job::kDone : offload::Job::kIdle, std::memory_order_relaxed);
}

}  // namespace warpz::native

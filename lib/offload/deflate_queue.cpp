// SPDX-License-Identifier: Zlib
// Packets of a deflate queue; see deflate_queue.hpp.
#include "offload/deflate_queue.hpp"

#include <array>
#include <utility>

#include "base/clock.hpp"
#include "engine/stats.hpp"
#include "offload/break_even.hpp"

namespace warpz::offload {

using device::Completion;
using device::Outcome;

bool DeflateQueue::submit(Job& job) noexcept {
    Devices* devices = Devices::of_process();
    if (devices == nullptr) return false;
    // A bounce window holds a few jobs: where it is full the oldest make room, and the device keeps what is its.
    for (;;) {
        const Status status = try_submit(*devices, job);
        if (status == Status::kOk) return true;
        if (status != Status::kBusy || jobs_ == 0) break;
        poll(true);
    }
    release_if_empty();
    return false;
}

Status DeflateQueue::take_queue(Devices& devices) noexcept {
    if (lease_) return Status::kOk;
    auto lease = devices.lease(device::Operation::kDeflate);
    if (!lease) return lease.status();
    lease_ = std::move(*lease);
    max_job_bytes_ = lease_->max_job_bytes();
    return Status::kOk;
}

std::span<std::uint8_t> DeflateQueue::hold_window() noexcept {
    Devices* const devices = Devices::of_process();
    if (devices == nullptr || take_queue(*devices) != Status::kOk) return {};
    const std::span<std::uint8_t> window = held_.take(lease_);
    release_if_empty();
    return window;
}

void DeflateQueue::release_window() noexcept {
    held_.give_back();
    release_if_empty();
}

void DeflateQueue::note_copies(std::uint64_t before) noexcept {
    copied_bytes_.fetch_add(lease_->copied_bytes() - before, std::memory_order_relaxed);
}

Status DeflateQueue::try_submit(Devices& devices, Job& job) noexcept {
    if (const Status status = take_queue(devices); status != Status::kOk) return status;
    const bool has_raw =
        (lease_->device().formats >> static_cast<unsigned>(device::Format::kRaw) & 1) != 0;
    // Without the last packet there is no trailer, so any format makes the same bytes.
    const device::Job packet{
        .operation = device::Operation::kDeflate,
        .format = has_raw ? device::Format::kRaw : device::Format::kZlib,
        .is_last = false,
        .level = static_cast<std::uint8_t>(job.settings.level),
        .in = {job.input, job.input_bytes},
        .out = {job.output, device::deflate_output_bytes(job.input_bytes)},
        .context = nullptr,
        .tag = reinterpret_cast<std::uintptr_t>(&job),
    };
    job.is_alone = jobs_ == 0;
    job.submitted_ns = monotonic_ns();
    const std::uint64_t copied = lease_->copied_bytes();
    const Status status = lease_->submit(packet);
    note_copies(copied);
    if (status != Status::kOk) {
        if (status == Status::kNoDevice) devices.report(Outcome::kLost);
        return status;
    }
    job.state.store(Job::kOnDevice, std::memory_order_relaxed);
    ++jobs_;
    return Status::kOk;
}

void DeflateQueue::poll(bool waits) noexcept {
    if (jobs_ == 0) return;
    std::array<Completion, 16> done;
    constexpr std::uint32_t kForever = ~std::uint32_t{0};  // the queue's own time-out comes before
    const std::uint64_t before = lease_->waited_us();
    // A look, too, notices that the time of the oldest job is over.
    const std::uint64_t copied = lease_->copied_bytes();
    const std::size_t count = lease_->wait(done, waits ? kForever : 0);
    engine::stats().wait_us.add(lease_->waited_us() - before);
    note_copies(copied);
    for (std::size_t i = 0; i < count; ++i) {
        complete(*reinterpret_cast<Job*>(done[i].tag), done[i]);
    }
    jobs_ -= count;
    release_if_empty();
}

void DeflateQueue::release_if_empty() noexcept {
    if (jobs_ != 0 || !lease_) return;
    const device::Fault fault = lease_->fault();
    if (fault != device::Fault::kNone && fault != device::Fault::kForked) {
        engine::stats().faults.add();
    }
    if (held_.keeps(lease_)) return;
    lease_.release();
}

void DeflateQueue::complete(Job& job, const Completion& completion) noexcept {
    engine::Stats& stats = engine::stats();
    // What a parent process has under way is lost for its child only.
    Devices& devices = *Devices::of_process();
    if (lease_->fault() != device::Fault::kForked) devices.report(completion.outcome);
    bool is_good = completion.outcome == Outcome::kDone && completion.consumed == job.input_bytes &&
                   completion.produced != 0;
    if (is_good) {
        if (job.is_alone) {
            deflate_break_even().observe_device(job.input_bytes, monotonic_ns() - job.submitted_ns);
        }
        job.output_bytes = completion.produced;
        if (job.output_bytes > stored_bytes(job.input_bytes)) {
            store(job);
        } else if (devices.wants_proof()) {
            is_good = verify(job, proof_room_);
            devices.report_proof(is_good);
        }
    }
    job.is_by_device = is_good;
    if (!is_good) stats.retries.add();
    job.state.store(is_good ? Job::kDone : Job::kIdle, std::memory_order_relaxed);
}

}  // namespace warpz::offload

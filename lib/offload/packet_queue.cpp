// SPDX-License-Identifier: Zlib
// Packets of a queue, there and back; see packet_queue.hpp.
#include "offload/packet_queue.hpp"

#include <array>
#include <utility>

#include "base/clock.hpp"
#include "engine/stats.hpp"

namespace warpz::offload {

using device::Completion;
using device::Outcome;

bool PacketQueue::submit(Job& job, device::Job packet) noexcept {
    Devices* const devices = Devices::of_process();
    if (devices == nullptr) return false;
    packet.operation = operation_;
    packet.tag = reinterpret_cast<std::uintptr_t>(&job);
    // A bounce window holds a few jobs: where it is full the oldest make room, and the device keeps what is its.
    for (;;) {
        const Status status = start(*devices, job, packet);
        if (status == Status::kOk) return true;
        if (status != Status::kBusy || jobs_ == 0) break;
        (void)wait(kForever);
    }
    release_if_empty();
    return false;
}

Status PacketQueue::take_queue(Devices& devices) noexcept {
    if (lease_) return Status::kOk;
    auto lease = devices.lease(operation_);
    if (!lease) return lease.status();
    lease_ = std::move(*lease);
    max_job_bytes_ = lease_->max_job_bytes();
    return Status::kOk;
}

std::span<std::uint8_t> PacketQueue::hold_window() noexcept {
    Devices* const devices = Devices::of_process();
    if (devices == nullptr || take_queue(*devices) != Status::kOk) return {};
    const std::span<std::uint8_t> window = held_.take(lease_);
    release_if_empty();
    return window;
}

void PacketQueue::release_window() noexcept {
    held_.give_back();
    release_if_empty();
}

void PacketQueue::note_copies(std::uint64_t before) noexcept {
    copied_bytes_.fetch_add(lease_->copied_bytes() - before, std::memory_order_relaxed);
}

Status PacketQueue::start(Devices& devices, Job& job, device::Job& packet) noexcept {
    if (const Status status = take_queue(devices); status != Status::kOk) return status;
    // Without the last packet there is no trailer, so any format makes the same bytes.
    const bool has_raw =
        (lease_->device().formats >> static_cast<unsigned>(device::Format::kRaw) & 1) != 0;
    if (operation_ == device::Operation::kDeflate && !has_raw)
        packet.format = device::Format::kZlib;
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

std::size_t PacketQueue::wait(std::uint32_t most_us) noexcept {
    if (jobs_ == 0) return 0;
    std::array<Completion, 16> done;
    const std::uint64_t before = lease_->waited_us();
    const std::uint64_t copied = lease_->copied_bytes();
    // A look, too, notices that the time of the oldest job is over.
    const std::size_t count = lease_->wait(done, most_us);
    engine::stats().wait_us.add(lease_->waited_us() - before);
    note_copies(copied);
    for (std::size_t i = 0; i < count; ++i) complete(*reinterpret_cast<Job*>(done[i].tag), done[i]);
    jobs_ -= count;
    release_if_empty();
    return count;
}

void PacketQueue::complete(Job& job, const Completion& completion) noexcept {
    // Bad data and too little space are the job's, as long as software agrees.
    const bool is_the_job_s =
        operation_ == device::Operation::kInflate &&
        (completion.outcome == Outcome::kBadData || completion.outcome == Outcome::kNeedSpace);
    // What a parent process has under way is lost for its child only.
    if (!is_the_job_s && lease_->fault() != device::Fault::kForked)
        Devices::of_process()->report(completion.outcome);
    job.is_by_device = accept(job, completion);
    if (!job.is_by_device && !is_the_job_s) engine::stats().retries.add();
    job.state.store(job.is_by_device ? Job::kDone : Job::kIdle, std::memory_order_relaxed);
}

void PacketQueue::release_if_empty() noexcept {
    if (jobs_ != 0 || !lease_) return;
    const device::Fault fault = lease_->fault();
    if (fault != device::Fault::kNone && fault != device::Fault::kForked) {
        engine::stats().faults.add();
    }
    if (held_.keeps(lease_)) return;
    lease_.release();
}

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// Packets of a deflate queue; see deflate_queue.hpp.
#include "offload/deflate_queue.hpp"

#include "base/clock.hpp"
#include "offload/break_even.hpp"

namespace warpz::offload {

using device::Completion;

bool DeflateQueue::submit(Job& job) noexcept {
    return PacketQueue::submit(
        job, {.format = device::Format::kRaw,
              .is_last = false,
              .level = static_cast<std::uint8_t>(job.settings.level),
              .in = {job.input, job.input_bytes},
              .out = {job.output, device::deflate_output_bytes(job.input_bytes)}});
}

bool DeflateQueue::accept(Job& job, const Completion& completion) noexcept {
    if (completion.outcome != device::Outcome::kDone || completion.consumed != job.input_bytes ||
        completion.produced == 0) {
        return false;
    }
    if (job.is_alone)
        deflate_break_even().observe_device(job.input_bytes, monotonic_ns() - job.submitted_ns);
    job.output_bytes = completion.produced;
    if (job.output_bytes > stored_bytes(job.input_bytes)) {
        store(job);
        return true;
    }
    Devices& devices = *Devices::of_process();
    if (!devices.wants_proof()) return true;
    const bool is_good = verify(job, proof_room_);
    devices.report_proof(is_good);
    return is_good;
}

}  // namespace warpz::offload

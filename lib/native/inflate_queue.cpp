// SPDX-License-Identifier: Zlib
#include "native/inflate_queue.hpp"

#include "base/clock.hpp"
#include "engine/stats.hpp"
#include "native/wrapper.hpp"
#include "offload/break_even.hpp"

namespace warpz::native {

device::Format InflateQueue::format_of(const warpz_job& user) noexcept {
    return user.format == WARPZ_ZLIB   ? device::Format::kZlib
           : user.format == WARPZ_GZIP ? device::Format::kGzip
                                       : device::Format::kRaw;
}

bool InflateQueue::submit(const warpz_job& user, offload::Job& job) noexcept {
    const std::size_t header = read_header(user).bytes;
    job.input = static_cast<const std::uint8_t*>(user.in) + header;
    job.input_bytes = user.in_bytes - header;
    job.output = static_cast<std::uint8_t*>(user.out);
    job.output_bytes = user.out_space;
    return PacketQueue::submit(job, {.format = format_of(user),
                                     .in = {job.input, job.input_bytes},
                                     .out = {job.output, job.output_bytes}});
}

bool InflateQueue::accept(offload::Job& job, const device::Completion& completion) noexcept {
    if (completion.outcome != device::Outcome::kStreamEnd) return false;
    if (job.is_alone) {
        offload::inflate_break_even().observe_device(completion.consumed,
                                                     monotonic_ns() - job.submitted_ns);
    }
    job.input_bytes = completion.consumed;
    job.output_bytes = completion.produced;
    engine::Stats& stats = engine::stats();
    stats.inflate_queue.jobs.add();
    stats.inflate_queue.in_bytes.add(completion.consumed);
    stats.inflate_queue.out_bytes.add(completion.produced);
    return true;
}

}  // namespace warpz::native

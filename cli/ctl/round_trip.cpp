// SPDX-License-Identifier: Zlib
#include "ctl/round_trip.hpp"

#include <zlib.h>

#include <chrono>
#include <memory>
#include <vector>

#include "device/queue_pair.hpp"

namespace warpz::ctl {
namespace {

using device::Completion;
using device::Job;
using device::Outcome;
using device::QueuePair;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kSampleBytes = 16000;  // with its output less than a window of 64 KiB
constexpr std::uint32_t kTimeoutUs = 2'000'000;

/// Words that repeat, and numbers that do not.
Bytes make_sample() {
    Bytes sample;
    std::uint32_t state = 1;
    while (sample.size() < kSampleBytes) {
        state = state * 1664525 + 1013904223;
        const std::string words = "queue " + std::to_string(state % 17) + " took packet " +
                                  std::to_string(state >> 8) + " and gave it back; ";
        sample.insert(sample.end(), words.begin(), words.end());
    }
    sample.resize(kSampleBytes);
    return sample;
}

const char* text_of(Status status) {
    switch (status) {
        case Status::kBusy:
            return "all queues are taken";
        case Status::kNoDevice:
            return "no queue can be opened";
        case Status::kNoMemory:
            return "no memory";
        case Status::kUnsupported:
            return "the device does not take the job";
        default:
            return "failed";
    }
}

std::string text_of(const Completion& done, const QueuePair& queue) {
    static const char* const kFaults[] = {"",
                                          "no answer in time",
                                          "the device was reset or stopped",
                                          "the device is gone",
                                          "nonsense in a completion",
                                          "forked",
                                          "stopped"};
    if (done.outcome == Outcome::kLost) return kFaults[static_cast<unsigned>(queue.fault())];
    char text[64];
    std::snprintf(text, sizeof text, "the device failed with status 0x%02x", done.device_status);
    return text;
}

/// Does one job on a queue of its own. `out` is cut to what was made; `microseconds` is the job's time.
std::string run_job(device::Device& device, Job job, Bytes& out, double& microseconds) {
    device::QueueOptions options;
    options.job_timeout_us = kTimeoutUs;
    const auto opened = QueuePair::open(device, job.operation, options);
    if (!opened) return text_of(opened.status());
    struct Close {
        void operator()(QueuePair* queue) const { QueuePair::close(queue); }
    };
    const std::unique_ptr<QueuePair, Close> queue(*opened);
    job.out = out;
    const auto start = std::chrono::steady_clock::now();
    if (const Status status = queue->submit(job); status != Status::kOk) return text_of(status);
    Completion done[1];
    if (queue->wait(done, 2 * kTimeoutUs) == 0) return "no answer in time";
    microseconds =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    const Outcome good =
        job.operation == device::Operation::kDeflate ? Outcome::kDone : Outcome::kStreamEnd;
    if (done[0].outcome > Outcome::kStreamEnd) return text_of(done[0], *queue);
    if (good == Outcome::kStreamEnd && done[0].outcome != good) return "the stream has no end";
    if (done[0].consumed != job.in.size()) return "not all input was taken";
    out.resize(done[0].produced);
    return "";
}

/// Deflate data as software decodes it, whatever trailer follows.
bool is_decoded_as(const Bytes& packed, const Bytes& plain) {
    Bytes out(plain.size() + 1);
    z_stream strm{};
    if (inflateInit2(&strm, -15) != Z_OK) return false;
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = out.data();
    strm.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&strm, Z_FINISH);
    out.resize(strm.total_out);
    inflateEnd(&strm);
    return code == Z_STREAM_END && out == plain;
}

}  // namespace

RoundTrip try_round_trip(device::Device& device) {
    const Bytes sample = make_sample();
    Job job;
    job.format = (device.info().formats >> static_cast<unsigned>(device::Format::kZlib) & 1) != 0
                     ? device::Format::kZlib
                     : device::Format::kGzip;
    job.is_last = true;
    job.in = sample;
    Bytes packed(device::deflate_output_bytes(sample.size()));
    RoundTrip result;
    result.in_bytes = sample.size();
    result.trouble = run_job(device, job, packed, result.deflate_us);
    if (!result.trouble.empty()) {
        result.trouble = "compressing: " + result.trouble;
        return result;
    }
    result.packed_bytes = packed.size();
    if (!is_decoded_as(packed, sample)) {
        result.trouble = "compressing: what the device made does not decode to what it was given";
        return result;
    }
    Bytes plain(sample.size() + 256);
    job.operation = device::Operation::kInflate;
    job.in = packed;
    result.trouble = run_job(device, job, plain, result.inflate_us);
    if (result.trouble.empty() && plain != sample) result.trouble = "other bytes came back";
    if (!result.trouble.empty()) result.trouble = "decompressing: " + result.trouble;
    return result;
}

}  // namespace warpz::ctl

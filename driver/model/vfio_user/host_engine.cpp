// SPDX-License-Identifier: Zlib
#include "host_engine.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "guarded_copy.hpp"

namespace warpz::vfio_user {
namespace {

using device::Completion;
using device::Format;
using device::Operation;
using device::Outcome;
using device::model::DeflatePacket;
using device::model::EngineResult;
using device::model::InflatePacket;
using device::model::PacketEngine;
using device::model::RunningCheck;
using Fate = HostDevice::Fate;

/// A window with room for less is not worth the way.
constexpr std::size_t kLeastPieceBytes = 4096;

/// A level whose window, by the vendor's mapping (sqe.cpp), is not larger.
constexpr std::uint8_t level_of(unsigned window_bits) noexcept {
    if (window_bits >= 15) return 9;
    return static_cast<std::uint8_t>(window_bits <= 12 ? 2 : (window_bits - 11) * 2);
}

/// The last block, of at most three bytes, behind a byte boundary (RFC 1951 3.2.4; an empty one is shorter as a fixed one).
std::size_t put_last_block(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) noexcept {
    const auto count = static_cast<std::uint8_t>(in.size());
    const std::uint8_t empty[] = {0x03, 0x00};
    std::uint8_t stored[5 + 3] = {0x01, count, 0x00, static_cast<std::uint8_t>(~count), 0xff};
    std::copy(in.begin(), in.end(), stored + 5);
    const std::span<const std::uint8_t> block =
        in.empty() ? std::span<const std::uint8_t>(empty) : std::span(stored).first(5 + in.size());
    if (block.size() > out.size()) return 0;
    std::copy(block.begin(), block.end(), out.begin());
    return block.size();
}

/// Whether a stream's end is behind a trailer that fits; of one that began in an earlier packet, the part that is here.
bool has_trailer(const InflatePacket& packet, std::size_t consumed) noexcept {
    const std::size_t size = device::model::trailer_bytes(packet.format);
    const std::uint64_t trailer = device::model::trailer_of(packet.format, packet.check);
    for (std::size_t i = 1; i <= std::min(size, consumed); ++i) {
        const auto wanted = static_cast<std::uint8_t>(trailer >> (8 * (size - i)));
        if (packet.in[consumed - i] != wanted) return false;
    }
    return true;
}

/// One packet of the device, in a form that a guarded call takes.
struct Attempt {
    device::QueuePair* queue;
    const device::Job* job;
    std::uint32_t wait_us;
    Status submitted;
    std::size_t answers;
    Completion completion;
};

void attempt(void* argument) noexcept {
    auto& packet = *static_cast<Attempt*>(argument);
    packet.submitted = packet.queue->submit(*packet.job);
    if (packet.submitted != Status::kOk) return;
    packet.answers = packet.queue->wait({&packet.completion, 1}, packet.wait_us);
}

}  // namespace

HostEngine::~HostEngine() {
    queue_.release();
    device::StreamContext::destroy(stream_);
}

void HostEngine::set_deadline() noexcept {
    deadline_ns_ = monotonic_ns() + std::uint64_t{device_.options().patience_us} * 1000;
}

unsigned HostEngine::take_failures() noexcept { return std::exchange(failures_, 0); }

bool HostEngine::begin(Operation operation, bool is_needed) noexcept {
    was_lost_ = false;
    queue_ = device_.lease(operation, is_needed);
    if (queue_ && queue_->max_job_bytes() < kLeastPieceBytes) queue_.release();
    return static_cast<bool>(queue_);
}

void HostEngine::accuse(Fate fate) noexcept {
    ++failures_;
    device_.report(fate);
}

/// Nothing: the device takes no such packet. When it was lost its queue is stopped, and touches no memory any more.
std::optional<Completion> HostEngine::run(const device::Job& job) noexcept {
    const std::uint64_t now = monotonic_ns();
    const auto left_us =
        static_cast<std::uint32_t>(now < deadline_ns_ ? (deadline_ns_ - now) / 1000 : 0);
    Attempt packet{&*queue_, &job, left_us, Status::kNoDevice, 0, {}};
    // A driver may take the rings from under its users when their device goes.
    const bool is_mapped = guarded_call(attempt, &packet);
    if (is_mapped && packet.submitted != Status::kOk && packet.submitted != Status::kNoDevice) {
        return std::nullopt;
    }
    if (!is_mapped || packet.submitted != Status::kOk || packet.answers == 0) {
        queue_->stop();
        packet.completion = {};
    }
    // Data that it calls bad may be.
    const Outcome outcome = packet.completion.outcome;
    was_lost_ = outcome == Outcome::kLost;
    if (was_lost_) accuse(Fate::kLost);
    if (outcome == Outcome::kFailed || outcome == Outcome::kNeedSpace) accuse(Fate::kFailed);
    return packet.completion;
}

std::size_t HostEngine::deflate(const DeflatePacket& packet) noexcept {
    if (packet.in.size() < device::kPacketGranuleBytes) return 0;
    set_deadline();
    if (!begin(Operation::kDeflate, false)) return 0;
    const std::size_t made = deflate_blocks(packet);
    queue_.release();
    if (made != 0) device_.report(Fate::kDone);
    return made;
}

std::size_t HostEngine::deflate_blocks(const DeflatePacket& packet) noexcept {
    const std::size_t whole =
        packet.in.size() / device::kPacketGranuleBytes * device::kPacketGranuleBytes;
    if (!packet.is_last && whole != packet.in.size()) return 0;
    std::size_t made = 0;
    for (std::size_t done = 0; done < whole;) {
        const auto in = packet.in.subspan(done, std::min(whole - done, queue_->max_job_bytes()));
        const auto space = packet.out.subspan(made);
        const device::Job job{
            .operation = Operation::kDeflate,
            .format = Format::kRaw,
            .is_last = false,
            .level = level_of(packet.window_bits),
            .in = in,
            .out = space.first(std::min(space.size(), device::deflate_output_bytes(in.size())))};
        const auto completion = run(job);
        if (!completion || completion->outcome != Outcome::kDone) return 0;
        if (device_.wants_proof() && !prove(job, completion->produced)) return 0;
        done += in.size();
        made += completion->produced;
    }
    if (!packet.is_last) return made;
    const std::size_t end = put_last_block(packet.in.subspan(whole), packet.out.subspan(made));
    return end != 0 ? made + end : 0;
}

bool HostEngine::prove(const device::Job& job, std::size_t made) noexcept {
    offload::Job made_job;
    made_job.input = job.in.data();
    made_job.input_bytes = job.in.size();
    made_job.output = job.out.data();
    made_job.output_bytes = made;
    if (offload::verify(made_job, proof_room_)) return true;
    accuse(Fate::kLie);
    return false;
}

PacketEngine::Counts HostEngine::inflate(InflatePacket& packet) noexcept {
    if (packet.format == Format::kRaw && device_.options().proof == Proof::kAll) return {};
    set_deadline();
    const RunningCheck check = packet.check;
    const Counts counts = inflate_once(packet);
    if (packet.is_first || !was_lost_ || monotonic_ns() >= deadline_ns_) return counts;
    packet.check = check;
    return inflate_once(packet);
}

PacketEngine::Counts HostEngine::inflate_once(InflatePacket& packet) noexcept {
    if (!begin(Operation::kInflate, !packet.is_first)) return {};
    Counts counts;
    if (load_stream(packet)) counts = inflate_blocks(packet);
    queue_.release();
    if (counts.result >= EngineResult::kDone) device_.report(Fate::kDone);
    const bool goes_on = counts.result == EngineResult::kDone && !packet.is_whole;
    if (goes_on && !store_stream(packet)) return {};
    return counts;
}

bool HostEngine::load_stream(const InflatePacket& packet) noexcept {
    if (stream_ == nullptr) stream_ = device::StreamContext::create();
    if (stream_ == nullptr) return false;
    stream_->restart();
    stream_->is_in_flight = false;  // as it may have been on a queue that was lost
    if (packet.is_first) return true;
    std::ranges::copy(packet.context, stream_->bytes().data() + WARPZ_ZIP_CTX_HW_OFFSET);
    stream_->carried = packet.words;
    stream_->is_first = false;
    return true;
}

/// False: the device uses all of a context, so that there is no room for whose it is.
bool HostEngine::store_stream(InflatePacket& packet) noexcept {
    const auto bytes = stream_->bytes().subspan(WARPZ_ZIP_CTX_HW_OFFSET);
    const auto rest = bytes.subspan(packet.context.size());
    if (std::ranges::any_of(rest, [](std::uint8_t byte) { return byte != 0; })) return false;
    std::ranges::copy(bytes.first(packet.context.size()), packet.context.begin());
    packet.words = stream_->carried;
    return true;
}

PacketEngine::Counts HostEngine::inflate_blocks(InflatePacket& packet) noexcept {
    const std::size_t limit = queue_->max_job_bytes();
    Counts counts;
    bool wants_drain = packet.in.empty();
    for (;;) {
        const auto in = packet.in.subspan(counts.consumed);
        const auto out = packet.out.subspan(counts.produced);
        const bool has_work = wants_drain || !in.empty();
        if (!has_work || out.size() < device::kMinOutputBytes) break;
        const device::Job job{
            .operation = Operation::kInflate,
            .format = packet.format,
            .in = wants_drain ? in.first(0) : in.first(std::min(in.size(), limit / 2)),
            .out = out.first(std::min(out.size(), limit + limit / 2)),
            .context = stream_};
        const auto completion = run(job);
        if (!completion) return {};
        if (completion->outcome > Outcome::kStreamEnd) {
            const bool is_bad = completion->outcome == Outcome::kBadData;
            return {is_bad ? EngineResult::kBadData : EngineResult::kNotDone};
        }
        counts.result = EngineResult::kDone;
        counts.consumed += completion->consumed;
        counts.produced += completion->produced;
        packet.check.update(packet.format, job.out.first(completion->produced));
        const bool has_ended = completion->outcome == Outcome::kStreamEnd;
        const bool is_right =
            packet.format == Format::kRaw || completion->check == packet.check.value;
        if (!is_right || (has_ended && !has_trailer(packet, counts.consumed))) {
            accuse(Fate::kLie);
            return {};
        }
        if (has_ended) {
            counts.result = EngineResult::kStreamEnd;
            break;
        }
        wants_drain = completion->outcome == Outcome::kMoreOutput;
        if (completion->consumed == 0 && completion->produced == 0) break;
    }
    return counts;
}

}  // namespace warpz::vfio_user

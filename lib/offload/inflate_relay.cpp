// SPDX-License-Identifier: Zlib
// Boarding a device, packets, and the way back; see inflate_relay.hpp.
#include "offload/inflate_relay.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/log.hpp"
#include "engine/stats.hpp"
#include "offload/break_even.hpp"
#include "offload/devices.hpp"
#include "offload/executors.hpp"
#include "offload/stats_page.hpp"

namespace warpz::offload {

using device::Completion;
using device::Outcome;
using inflate::StopAt;

namespace {

/// How long a stream on a device waits for a queue while others of the process use them: they do for a packet or some.
constexpr std::uint32_t kQueueWaitUs = 200'000;
/// Calls with less input tell little about speed.
constexpr std::size_t kMeasuredBytes = 4096;

std::size_t in_left(const InflateIo& io) noexcept {
    return static_cast<std::size_t>(io.in_end - io.in);
}

std::size_t room_left(const InflateIo& io) noexcept {
    return static_cast<std::size_t>(io.out_end - io.out);
}

device::Format format_of(const InflateStream& software) noexcept {
    switch (software.wrapper()) {
        case InflateStream::WrapperKind::kZlib:
            return device::Format::kZlib;
        case InflateStream::WrapperKind::kGzip:
            return device::Format::kGzip;
        case InflateStream::WrapperKind::kNone:
            break;
    }
    return device::Format::kRaw;
}

engine::Check start_of_check(device::Format format) noexcept {
    if (format == device::Format::kZlib) {
        return {engine::CheckKind::kAdler32, checksum::kAdler32Start};
    }
    if (format == device::Format::kGzip) return {engine::CheckKind::kCrc32, checksum::kCrc32Start};
    return {};
}

}  // namespace

InflateRelay* InflateRelay::create(bool has_foreign_allocator) noexcept {
    if (Devices::of_process() == nullptr) return nullptr;
    void* memory = std::malloc(sizeof(InflateRelay));
    if (memory == nullptr) return nullptr;
    return ::new (memory) InflateRelay(has_foreign_allocator && !config().is_device_named);
}

void InflateRelay::destroy(InflateRelay* relay) noexcept {
    if (relay == nullptr) return;
    relay->leave_queue();
    device::StreamContext::destroy(relay->context_);
    relay->~InflateRelay();
    std::free(relay);
}

bool InflateRelay::copy_settled(const InflateRelay* from, InflateRelay*& to) noexcept {
    to = nullptr;
    if (from == nullptr) return true;
    to = create(false);
    if (to == nullptr) return false;
    to->has_foreign_allocator_ = from->has_foreign_allocator_;
    to->place_ = Place::kSoftware;
    const std::size_t left = from->backlog_bytes();
    if (!to->journal_.reserve(left)) {
        destroy(to);
        return false;
    }
    to->journal_.append(from->journal_.data() + from->backlog_begin_, left);
    return true;
}

void InflateRelay::restart() noexcept {
    leave_queue();
    place_ = Place::kHeader;
    has_more_ = false;
    is_finished_ = leaves_no_window_ = false;
    has_lent_byte_ = false;
    is_followed_ = false;
    replay_error_ = FormatError::kNone;
    delivered_bytes_ = 0;
    journal_.clear();
    backlog_begin_ = 0;
    spill_begin_ = spill_end_ = 0;
}

int InflateRelay::data_type(const InflateStream& software) const noexcept {
    constexpr int kLastBlock = 64;
    if (place_ == Place::kEnded) return kLastBlock;
    return place_ == Place::kDevice && !is_followed_ ? 0 : software.data_type();
}

Status InflateRelay::step(InflateStream& software, InflateIo& io, StopAt stop,
                          bool finishes) noexcept {
    switch (place_) {
        case Place::kHeader: {
            if (stop != StopAt::kNowhere || software.holds_state()) {
                place_ = Place::kSoftware;
                break;
            }
            if (software.has_wrapper()) {
                // Software stops where the header ends.
                const Status status = software.step(io, StopAt::kBlockBoundary, finishes);
                if (!software.at_first_block()) {
                    if (!software.in_header()) place_ = Place::kSoftware;
                    return status;
                }
                place_ = Place::kStart;
                if (in_left(io) == 0) return status;
            }
            return step_at_start(software, io, stop, finishes);
        }
        case Place::kStart:
            if (in_left(io) == 0 && stop == StopAt::kNowhere) break;
            return step_at_start(software, io, stop, finishes);
        case Place::kDevice:
        case Place::kEnded:
            if (stop == StopAt::kNowhere) return step_on_device(software, io, finishes);
            engine::stats().count({engine::Executor::kInline, engine::Reason::kStop});
            settle(software, *io.source);
            break;
        case Place::kSoftware:
            break;
    }
    return step_in_software(software, io, stop, finishes);
}

Status InflateRelay::step_at_start(InflateStream& software, InflateIo& io, StopAt stop,
                                   bool finishes) noexcept {
    if (in_left(io) != 0 || stop != StopAt::kNowhere) {
        format_ = format_of(software);
        const engine::Route chosen =
            software.holds_state()
                ? engine::Route{engine::Executor::kInline, engine::Reason::kHeldBits}
                : route(io, stop);
        engine::stats().count(chosen);
        if (chosen.executor == engine::Executor::kDevice && board(software, *io.source)) {
            place_ = Place::kDevice;
            return step_on_device(software, io, finishes);
        }
        place_ = Place::kSoftware;
    }
    return step_in_software(software, io, stop, finishes);
}

engine::Route InflateRelay::route(const InflateIo& io, StopAt stop) const noexcept {
    // Bare data has no check value by which a device's errors would show.
    const bool is_provable = format_ != device::Format::kRaw || config().verify != Verify::kAll;
    const engine::InflateFacts facts{
        .is_format_supported = is_provable && Devices::of_process()->has_format(format_),
        .stops_at_blocks = stop != StopAt::kNowhere,
        .has_foreign_allocator = has_foreign_allocator_,
        .in_bytes = in_left(io),
        .out_bytes = room_left(io),
        .min_out_bytes = device::kMinOutputBytes,
        .journal_bytes = in_left(io),
        .max_journal_bytes = config().journal_bytes,
    };
    return route_inflate(facts, inflate_executors());
}

/// Chooses a device that has the format, and makes a context for the stream. Software's window is there before, because
/// settle() cannot fail.
bool InflateRelay::board(InflateStream& software, const WindowSource& source) noexcept {
    if (!software.reserve_window(source)) return false;
    if (context_ == nullptr) context_ = device::StreamContext::create();
    if (context_ == nullptr) return false;
    home_ = nullptr;
    if (!take_queue(0)) return false;
    const auto bit = 1U << static_cast<unsigned>(format_);
    if ((lease_->device().formats & bit) == 0) {
        lease_.release();
        return false;
    }
    home_ = &lease_->home();
    context_->restart();
    check_ = start_of_check(format_);
    is_followed_ = true;
    delivered_bytes_ = 0;
    journal_.clear();
    show_stats();
    engine::stats().inflate_streams.add();
    return true;
}

/// A queue for the packets of this call; where the stream is on a device already, one of that device. False when there is
/// none to be had in time.
bool InflateRelay::take_queue(std::uint32_t wait_us) noexcept {
    if (lease_) return true;
    auto lease = Devices::of_process()->lease(device::Operation::kInflate, home_, wait_us);
    if (!lease) {
        engine::stats().count({engine::Executor::kInline, engine::Reason::kBusy});
        return false;
    }
    lease_ = std::move(*lease);
    return true;
}

void InflateRelay::leave_queue() noexcept {
    if (!lease_) return;
    const device::Fault fault = lease_->fault();
    if (fault != device::Fault::kNone && fault != device::Fault::kForked) {
        engine::stats().faults.add();
    }
    lease_.release();
}

/// Accounts for output that is in the caller's buffer now.
void InflateRelay::take_output(InflateIo& io, const std::uint8_t* data, std::size_t size) noexcept {
    if (data != io.out) std::memcpy(io.out, data, size);
    io.out += size;
    delivered_bytes_ += size;
}

bool InflateRelay::deliver_spill(InflateIo& io) noexcept {
    const std::size_t count = std::min(spill_end_ - spill_begin_, room_left(io));
    take_output(io, spill_ + spill_begin_, count);
    spill_begin_ += count;
    return spill_begin_ == spill_end_;
}

Status InflateRelay::step_on_device(InflateStream& software, InflateIo& io,
                                    bool finishes) noexcept {
    const std::uint8_t* const begin = io.in;
    if (has_lent_byte_ && in_left(io) != 0) {
        has_lent_byte_ = false;
        ++io.in;
    }
    const bool leaves_no_window =
        finishes && delivered_bytes_ == 0 && software.window().size_bytes == 0;
    const Status status = run_packets(software, io, finishes);
    leave_queue();
    if (place_ == Place::kEnded) leaves_no_window_ = leaves_no_window_ || leaves_no_window;
    if (place_ != Place::kDevice) return status;
    is_followed_ = is_followed_ && journal_.size() <= kFollowedBytes && spill_begin_ == spill_end_;
    if (is_followed_) return follow(software, io, status, leaves_no_window);
    // Output that waits in the device is the rest of a match, with which zlib, too, may have used up its input.
    const bool output_waits = spill_begin_ != spill_end_;
    if (output_waits && io.in != begin) {
        has_lent_byte_ = true;
        --io.in;
    }
    return status;
}

/// Brings software to where the device is after a call that began with both there. Where software finds an end or an error,
/// or would have left input, the stream is software's from then on.
Status InflateRelay::follow(InflateStream& software, InflateIo& io, Status status,
                            bool leaves_no_window) noexcept {
    // A call without input or effect leaves its trace in data_type, too.
    const Status found = replay(software, *io.source);
    if (leaves_no_window) software.forget_window_of_last_call();
    const std::size_t left = journal_.size() - backlog_begin_;
    if (found != Status::kOk || left != 0) {
        place_ = Place::kSoftware;
        leave_queue();
        io.in -= left;
        io.error = std::exchange(replay_error_, FormatError::kNone);
        status = found;
    }
    journal_.clear();
    backlog_begin_ = 0;
    return status;
}

Status InflateRelay::run_packets(InflateStream& software, InflateIo& io, bool finishes) noexcept {
    bool is_called_bad = false;
    for (;;) {
        const bool is_drained = deliver_spill(io);
        if (check_.kind != engine::CheckKind::kNone && place_ == Place::kDevice) {
            io.sets_check = true;
            io.check = check_.value;
        }
        if (!is_drained) return Status::kOk;
        if (is_finished_) {
            place_ = Place::kEnded;
            return Status::kStreamEnd;
        }
        if (in_left(io) == 0 && !has_more_) return Status::kOk;
        const bool has_room = room_left(io) >= device::kMinOutputBytes;
        const bool is_cheap = journal_.size() + in_left(io) <= kCheapJournalBytes;
        const bool fits = journal_.size() + in_left(io) <= config().journal_bytes &&
                          journal_.reserve(in_left(io));
        if ((!has_room && is_cheap) || !fits) {
            engine::stats().count({engine::Executor::kInline,
                                   fits ? engine::Reason::kNoRoom : engine::Reason::kJournalFull});
            break;
        }
        if (!take_queue(kQueueWaitUs)) break;
        const std::uint8_t* const in_before = io.in;
        const std::uint8_t* const out_before = io.out;
        const Packet packet = run_packet(io);
        if (packet == Packet::kFailed || packet == Packet::kCalledBad) {
            engine::stats().retries.add();
            is_called_bad = packet == Packet::kCalledBad;
            break;
        }
        if (packet == Packet::kEnd) {
            is_finished_ = true;
            continue;
        }
        const bool has_progress =
            io.in != in_before || io.out != out_before || spill_begin_ != spill_end_;
        if (!has_progress || room_left(io) == 0) {
            io.sets_check = check_.kind != engine::CheckKind::kNone;
            io.check = check_.value;
            return Status::kOk;
        }
    }
    settle(software, *io.source);
    const Status status = step_in_software(software, io, StopAt::kNowhere, finishes);
    // Only software can tell bad data from a bad device.
    if (is_called_bad && status != Status::kBadData)
        Devices::of_process()->report(Outcome::kFailed);
    return status;
}

/// Sends what the caller has, and takes the answer over if it is a good one.
InflateRelay::Packet InflateRelay::run_packet(InflateIo& io) noexcept {
    const bool spills = room_left(io) < device::kMinOutputBytes;
    const std::size_t most = std::min(lease_->max_job_bytes(), device::kMaxPacketBytes);
    const device::Job job{
        .operation = device::Operation::kInflate,
        .format = format_,
        .in = {io.in, std::min(in_left(io), most)},
        .out = spills ? std::span<std::uint8_t>(spill_)
                      : std::span<std::uint8_t>(io.out, std::min(room_left(io), most)),
        .context = context_,
    };
    const std::uint64_t start_ns = monotonic_ns();
    if (lease_->submit(job) != Status::kOk) return Packet::kFailed;
    constexpr std::uint32_t kForever = ~std::uint32_t{0};  // the queue's own time-out comes before
    std::array<Completion, 1> done;
    const std::uint64_t waited_before = lease_->waited_us();
    if (lease_->wait(done, kForever) == 0) {
        lease_->stop();
        return Packet::kFailed;
    }
    engine::Stats& stats = engine::stats();
    stats.wait_us.add(lease_->waited_us() - waited_before);
    const Completion& completion = done[0];
    if (completion.outcome == Outcome::kBadData) return Packet::kCalledBad;
    if (lease_->fault() != device::Fault::kForked) {
        Devices::of_process()->report(completion.outcome);
    }
    if (completion.outcome > Outcome::kStreamEnd) return Packet::kFailed;

    engine::Check check = check_;
    check.update(job.out.data(), completion.produced);
    // The device's own value shows output that was damaged on the way.
    if (check.kind != engine::CheckKind::kNone && completion.check != check.value) {
        stats.verify_failures.add();
        return Packet::kFailed;
    }
    check_ = check;
    inflate_break_even().observe_device(completion.consumed, monotonic_ns() - start_ns);
    stats.inflate_queue.jobs.add();
    stats.inflate_queue.in_bytes.add(completion.consumed);
    stats.inflate_queue.out_bytes.add(completion.produced);
    journal_.append(io.in, completion.consumed);
    io.in += completion.consumed;
    if (spills) {
        spill_begin_ = 0;
        spill_end_ = completion.produced;
    } else {
        take_output(io, io.out, completion.produced);
    }
    has_more_ = completion.outcome == Outcome::kMoreOutput;
    return completion.outcome == Outcome::kStreamEnd ? Packet::kEnd : Packet::kGood;
}

void InflateRelay::settle(InflateStream& software, const WindowSource& source) noexcept {
    const bool was_on_device = place_ == Place::kDevice || place_ == Place::kEnded;
    place_ = Place::kSoftware;
    if (!was_on_device) return;
    leave_queue();
    if (has_lent_byte_) journal_.drop_last(1);
    has_lent_byte_ = false;
    log_once(Event::kReplay, LogLevel::kDebug, "an inflating stream came back to software");
    engine::stats().replays.add();
    engine::stats().replayed_bytes.add(journal_.size());
    if (journal_.size() != 0 || delivered_bytes_ != 0) static_cast<void>(replay(software, source));
    if (leaves_no_window_) software.forget_window_of_last_call();
    if (backlog_begin_ == journal_.size()) {
        journal_.clear();
        backlog_begin_ = 0;
    }
    spill_begin_ = spill_end_ = 0;
}

/// Software decodes the journal as far as the caller has the output, and drops that.
Status InflateRelay::replay(InflateStream& software, const WindowSource& source) noexcept {
    // In pieces: what has been delivered goes nowhere but into the window.
    std::uint8_t dropped[4096];
    InflateIo io;
    io.source = &source;
    io.in = journal_.data();
    io.in_end = journal_.data() + journal_.size();
    Status status = Status::kOk;
    bool has_progress = true;
    do {
        const std::uint8_t* const in_before = io.in;
        io.out = dropped;
        io.out_end = dropped + std::min<std::uint64_t>(delivered_bytes_, sizeof dropped);
        status = software.step(io, StopAt::kNowhere, false);
        const auto produced = static_cast<std::size_t>(io.out - dropped);
        delivered_bytes_ -= produced;
        has_progress = status == Status::kOk && (produced != 0 || io.in != in_before);
    } while (has_progress && (in_left(io) != 0 || delivered_bytes_ != 0));
    backlog_begin_ = static_cast<std::size_t>(io.in - journal_.data());
    replay_error_ = io.error;
    return status;
}

std::size_t InflateRelay::sync(InflateStream& software, const std::uint8_t* in, std::size_t size,
                               bool& found) noexcept {
    found = false;
    if (backlog_bytes() != 0) {
        backlog_begin_ += software.sync(journal_.data() + backlog_begin_, backlog_bytes(), found);
    }
    return found ? 0 : software.sync(in, size, found);
}

/// Software takes first what the device had taken and not decoded.
Status InflateRelay::step_in_software(InflateStream& software, InflateIo& io, StopAt stop,
                                      bool finishes) noexcept {
    io.error = std::exchange(replay_error_, FormatError::kNone);
    if (backlog_begin_ == journal_.size()) {
        const std::size_t given = in_left(io);
        if (given < kMeasuredBytes) return software.step(io, stop, finishes);
        const std::uint64_t start_ns = monotonic_ns();
        const Status status = software.step(io, stop, finishes);
        inflate_break_even().observe_software(0, given - in_left(io), monotonic_ns() - start_ns);
        return status;
    }
    const std::uint8_t* const callers = io.in;
    const std::uint8_t* const callers_end = io.in_end;
    io.in = journal_.data() + backlog_begin_;
    io.in_end = journal_.data() + journal_.size();
    const Status status = software.step(io, stop, finishes);
    backlog_begin_ = static_cast<std::size_t>(io.in - journal_.data());
    const bool is_used_up = io.in == io.in_end;
    io.in = callers;
    io.in_end = callers_end;
    if (!is_used_up || status != Status::kOk) return status;
    journal_.clear();
    backlog_begin_ = 0;
    return software.step(io, stop, finishes);
}

}  // namespace warpz::offload

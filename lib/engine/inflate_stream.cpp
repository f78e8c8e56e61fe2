// SPDX-License-Identifier: Zlib
// The parts of a wrapped stream in their order, and what must be true after each step; see inflate_stream.hpp.
#include "engine/inflate_stream.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"
#include "format/zlib_header.hpp"

namespace warpz {
namespace {

// The check value follows the output in pieces that are still in the first or second level cache.
constexpr std::size_t kCheckPieceBytes = 32 * 1024;

constexpr std::uint8_t kSyncPattern[4] = {0x00, 0x00, 0xff,
                                          0xff};  // LEN and NLEN of an empty stored block

/// Advances the match of kSyncPattern, of which `matched` bytes were found, over one byte.
std::uint8_t match_sync(std::uint8_t matched, std::uint8_t byte) noexcept {
    if (byte == kSyncPattern[matched]) return static_cast<std::uint8_t>(matched + 1);
    if (byte != 0) return 0;
    // A zero after 00 00 or 00 00 FF: the pattern begins with the last two zeros, or with this one.
    return matched == 2 ? 2 : 1;
}

}  // namespace

/// Brings the window into use. False when there is none to be had, which ends the stream.
bool InflateStream::activate_window(const WindowSource& source) noexcept {
    inflate::Window& window = inflater_.window;
    if (window.bytes == nullptr) window.bytes = source.take(source.owner, window_storage_bytes());
    if (window.bytes == nullptr) {
        sequence_ = Sequence::kNoMemory;
        return false;
    }
    window.activate(window_bits_);
    return true;
}

void InflateStream::reset(const InflateFormat& format) noexcept {
    wrap_ = 0;
    if (format.zlib) wrap_ |= kWrapZlib;
    if (format.gzip) wrap_ |= kWrapGzip;
    if (wrap_ != 0) wrap_ |= kVerify;
    window_bits_ = static_cast<std::uint8_t>(format.window_bits);
    check_ = 0;
    reset();
}

void InflateStream::reset() noexcept {
    inflater_.window.forget();
    reset_keeping_window();
}

void InflateStream::reset_keeping_window() noexcept {
    sequence_ = Sequence::kHeader;
    wrapper_ = Wrapper::kUnknown;
    has_dictionary_ = false;
    total_out_ = 0;
    reader_.clear();
    inflater_.start(false);
}

void InflateStream::set_check(InflateIo& io, std::uint32_t check) noexcept {
    check_ = check;
    io.sets_check = true;
    io.check = check;
}

/// Brings the check value up to `end`.
void InflateStream::add_to_check(InflateIo& io, const std::uint8_t* end) noexcept {
    if (verifies() && end != checked_) {
        const auto size = static_cast<std::size_t>(end - checked_);
        set_check(io, wrapper_ == Wrapper::kZlib
                          ? checksum::adler32_in_stream(check_, checked_, size)
                          : checksum::crc32(check_, checked_, size));
    }
    checked_ = end;
}

InflateStream::Next InflateStream::fail(InflateIo& io, FormatError error) noexcept {
    io.error = error;
    status_ = Status::kBadData;
    sequence_ = Sequence::kBad;
    return Next::kLeave;
}

Status InflateStream::step(InflateIo& io, StopAt stop, bool finishes) noexcept {
    reader_.next = io.in;
    reader_.end = io.in_end;
    checked_ = settled_ = io.out;
    status_ = Status::kOk;
    inflater_.pass_boundary();
    inflate::Output out{io.out, io.out, io.out_end, io.out_end};

    Next next;
    do {
        next = advance(io, out, stop);
    } while (next == Next::kOn);
    io.in = reader_.next;
    io.out = out.next;
    if (next == Next::kLeaveAtOnce) return status_;

    // What of this step's output can be referred to later goes to the window. zlib makes the same distinctions, and
    // inflateGetDictionary() shows them.
    const auto produced = static_cast<std::size_t>(out.next - settled_);
    const bool goes_on =
        sequence_ < Sequence::kDataCheck || (sequence_ < Sequence::kBad && !finishes);
    if (inflater_.window.size_bytes != 0 || (produced != 0 && goes_on)) {
        if (!activate_window(*io.source)) return Status::kNoMemory;
        inflater_.window.append(out.next, produced);
    }
    total_out_ += produced;
    add_to_check(io, out.next);
    return status_;
}

InflateStream::Next InflateStream::advance(InflateIo& io, inflate::Output& out,
                                           StopAt stop) noexcept {
    switch (sequence_) {
        case Sequence::kHeader:
            return read_header(io);
        case Sequence::kGzipHeader:
            return read_gzip_header(io);
        case Sequence::kDictionaryId:
            return read_dictionary_id(io);
        case Sequence::kDictionary:
            if (!has_dictionary_) {
                status_ = Status::kNeedDict;
                return Next::kLeaveAtOnce;
            }
            start_blocks(io, checksum::kAdler32Start);
            return Next::kOn;
        case Sequence::kBlocks:
            return decode_blocks(io, out, stop);
        case Sequence::kDataCheck:
            return verify_data(io, out);
        case Sequence::kLengthCheck:
            return verify_length(io);
        case Sequence::kEnd:
            status_ = Status::kStreamEnd;
            return Next::kLeave;
        case Sequence::kBad:
            status_ = Status::kBadData;
            return Next::kLeave;
        case Sequence::kNoMemory:
            status_ = Status::kNoMemory;
            return Next::kLeaveAtOnce;
        case Sequence::kSync:
            break;
    }
    status_ = Status::kUnsupported;
    return Next::kLeaveAtOnce;
}

void InflateStream::start_blocks(InflateIo& io, std::uint32_t check) noexcept {
    set_check(io, check);
    inflater_.start(true);
    sequence_ = Sequence::kBlocks;
}

InflateStream::Next InflateStream::read_header(InflateIo& io) noexcept {
    if (wrap_ == 0) {
        sequence_ = Sequence::kBlocks;
        return Next::kOn;
    }
    if (!reader_.need(16)) return Next::kLeave;
    if (accepts_gzip() && reader_.hold == kGzipMagic) {
        if (window_bits_ == 0) window_bits_ = kMaxWindowBits;
        reader_.clear();
        gzip_header_.start();
        sequence_ = Sequence::kGzipHeader;
        return Next::kOn;
    }
    if (io.header != nullptr) io.header->done = -1;
    if ((wrap_ & kWrapZlib) == 0) return fail(io, FormatError::kHeaderCheck);
    ZlibHeader header;
    const FormatError error = read_zlib_header(reader_, window_bits_, header);
    // The first header decides for all later streams of this state: a reset does not undo it.
    if (window_bits_ == 0 && header.window_bits != 0) {
        window_bits_ = static_cast<std::uint8_t>(std::min(header.window_bits, kMaxWindowBits));
    }
    if (error != FormatError::kNone) return fail(io, error);
    wrapper_ = Wrapper::kZlib;
    if (header.has_dictionary) {
        set_check(io, checksum::kAdler32Start);
        sequence_ = Sequence::kDictionaryId;
    } else {
        start_blocks(io, checksum::kAdler32Start);
    }
    return Next::kOn;
}

InflateStream::Next InflateStream::read_gzip_header(InflateIo& io) noexcept {
    const Status status =
        gzip_header_.read(reader_, io.header, verifies() ? checksum::crc32 : nullptr);
    check_ = gzip_header_.running_crc();  // where inflateSync() and inflateValidate() may leave it
    if (gzip_header_.has_method_and_flags()) {
        // zlib keeps CM and FLG as its memory of the wrapper, where zero stands for zlib's.
        wrapper_ = gzip_header_.method_and_flags() != 0 ? Wrapper::kGzip : Wrapper::kZlib;
    }
    if (status == Status::kNeedInput) return Next::kLeave;
    if (status == Status::kBadData) return fail(io, gzip_header_.error());
    start_blocks(io, checksum::kCrc32Start);
    return Next::kOn;
}

InflateStream::Next InflateStream::read_dictionary_id(InflateIo& io) noexcept {
    if (!reader_.need(32)) return Next::kLeave;
    set_check(io, byte_swap(static_cast<std::uint32_t>(reader_.hold)));
    reader_.clear();
    sequence_ = Sequence::kDictionary;
    return Next::kOn;
}

InflateStream::Next InflateStream::decode_blocks(InflateIo& io, inflate::Output& out,
                                                 StopAt stop) noexcept {
    out.pause = out.end;
    if (verifies() && out.room() > 2 * kCheckPieceBytes) out.pause = out.next + kCheckPieceBytes;
    switch (inflater_.run(reader_, out, stop)) {
        case inflate::Outcome::kPaused:
            add_to_check(io, out.next);
            return Next::kOn;
        case inflate::Outcome::kFinished:
            sequence_ = Sequence::kDataCheck;
            return Next::kOn;
        case inflate::Outcome::kBadData:
            return fail(io, inflater_.error());
        case inflate::Outcome::kNeedInput:
        case inflate::Outcome::kNeedOutput:
        case inflate::Outcome::kStopped:
            break;
    }
    return Next::kLeave;
}

InflateStream::Next InflateStream::verify_data(InflateIo& io, inflate::Output& out) noexcept {
    if (wrap_ != 0) {
        if (!reader_.need(32)) return Next::kLeave;
        total_out_ += static_cast<std::size_t>(out.next - settled_);
        settled_ = out.next;
        add_to_check(io, out.next);
        const std::uint64_t expected = wrapper_ == Wrapper::kZlib
                                           ? byte_swap(static_cast<std::uint32_t>(reader_.hold))
                                           : reader_.hold;
        if (verifies() && expected != check_) return fail(io, FormatError::kDataCheck);
        reader_.clear();
    }
    sequence_ = Sequence::kLengthCheck;
    return Next::kOn;
}

InflateStream::Next InflateStream::verify_length(InflateIo& io) noexcept {
    if (wrap_ != 0 && wrapper_ != Wrapper::kZlib) {
        if (!reader_.need(32)) return Next::kLeave;
        if (verifies() && reader_.hold != static_cast<std::uint32_t>(total_out_)) {
            return fail(io, FormatError::kLengthCheck);
        }
        reader_.clear();
    }
    sequence_ = Sequence::kEnd;
    return Next::kOn;
}

Status InflateStream::set_dictionary(const std::uint8_t* bytes, std::size_t size,
                                     const WindowSource& source) noexcept {
    if (sequence_ == Sequence::kDictionary &&
        checksum::adler32(checksum::kAdler32Start, bytes, size) != check_) {
        return Status::kBadData;
    }
    if (!activate_window(source)) return Status::kNoMemory;
    inflater_.window.append(bytes + size, size);
    has_dictionary_ = true;
    return Status::kOk;
}

std::size_t InflateStream::sync(const std::uint8_t* in, std::size_t size, bool& found) noexcept {
    if (sequence_ != Sequence::kSync) {
        sequence_ = Sequence::kSync;
        reader_.drop_to_byte();
        synced_bytes_ = 0;
        while (reader_.bits >= 8 && synced_bytes_ < sizeof kSyncPattern) {
            synced_bytes_ = match_sync(synced_bytes_, static_cast<std::uint8_t>(reader_.take(8)));
        }
        reader_.clear();
    }
    std::size_t passed = 0;
    while (passed < size && synced_bytes_ < sizeof kSyncPattern) {
        synced_bytes_ = match_sync(synced_bytes_, in[passed++]);
    }
    found = synced_bytes_ == sizeof kSyncPattern;
    if (!found) return passed;

    const Wrapper wrapper = wrapper_;
    if (wrapper == Wrapper::kUnknown) {
        wrap_ = 0;
    } else {
        wrap_ &= static_cast<std::uint8_t>(~kVerify);
    }
    reset();
    wrapper_ = wrapper;
    inflater_.start(true);
    sequence_ = Sequence::kBlocks;
    return passed;
}

bool InflateStream::prime(unsigned count, unsigned value) noexcept {
    if (count > 16 || reader_.bits + count > 32) return false;
    reader_.hold |= std::uint64_t{value & ((1U << count) - 1)} << reader_.bits;
    reader_.bits += count;
    return true;
}

void InflateStream::set_verifies(bool verifies) noexcept {
    if (verifies && wrap_ != 0) {
        wrap_ |= kVerify;
    } else {
        wrap_ &= static_cast<std::uint8_t>(~kVerify);
    }
}

int InflateStream::data_type() const noexcept {
    int type = static_cast<int>(reader_.bits);
    if (inflater_.in_last_block()) type += 64;
    if (sequence_ == Sequence::kBlocks) {
        if (inflater_.at_boundary()) type += 128;
        if (inflater_.after_header()) type += 256;
    }
    return type;
}

bool InflateStream::at_sync_point() const noexcept {
    return sequence_ == Sequence::kBlocks && inflater_.awaits_stored_length() && reader_.bits == 0;
}

long InflateStream::mark() const noexcept {
    const unsigned bytes = sequence_ == Sequence::kBlocks ? inflater_.bytes_in_progress() : 0;
    return static_cast<long>(inflater_.bits_back()) * 65536 + static_cast<long>(bytes);
}

}  // namespace warpz

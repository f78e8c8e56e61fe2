// SPDX-License-Identifier: Zlib
#include "engine/deflate_stream.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "engine/stats.hpp"
#include "isal/isal_deflater.hpp"
#include "isal/isal_encoder.hpp"

namespace warpz::engine {
namespace {

constexpr std::uint8_t kMethodDeflate = 8;  // CM of RFC 1950 and RFC 1952

/// FLEVEL of RFC 1950, and in effect XFL of RFC 1952, as zlib derives them.
[[nodiscard]] bool is_fastest(int level, deflate::Strategy strategy) noexcept {
    return strategy >= deflate::Strategy::kHuffmanOnly || level < 2;
}

}  // namespace

void DeflateStream::create(const DeflateSettings& settings, std::uint8_t* memory) noexcept {
    settings_ = settings;
    helper_ = nullptr;
    encoder_.create(settings.memory_layout(), memory);
    reset();
}

void DeflateStream::destroy() noexcept {
    if (helper_ != nullptr) helper_->destroy();
    helper_ = nullptr;
    helper_has_rest_ = false;
}

bool DeflateStream::adopt_copy(std::uint8_t* memory) noexcept {
    encoder_.relocate(memory);
    if (helper_ == nullptr) return true;
    const bool is_idle = runner_ != Runner::kHelper && !helper_has_rest_;
    helper_ = is_idle ? nullptr : helper_->clone();
    return is_idle || helper_ != nullptr;
}

CheckKind DeflateStream::check_kind() const noexcept {
    switch (settings_.wrap) {
        case Wrap::kZlib:
            return CheckKind::kAdler32;
        case Wrap::kGzip:
            return CheckKind::kCrc32;
        case Wrap::kRaw:
            break;
    }
    return CheckKind::kNone;
}

void DeflateStream::reset() noexcept {
    if (helper_ != nullptr && helper_is_lasting_) {
        helper_->discard_output();
        helper_has_rest_ = false;
    } else {
        destroy();
    }
    runner_ = Runner::kUndecided;
    has_tuned_limits_ = false;
    has_dictionary_ = false;
    encoder_.reset();
    reset_keep();
    encoder_.set_params(settings_.level, settings_.strategy);
    encoder_.use_limits_of(settings_.level);
}

void DeflateStream::reset_keep() noexcept {
    if (runner_ == Runner::kHelper) hand_over(false);
    if (helper_ != nullptr) helper_->discard_output();
    encoder_.reset_output();
    state_ = State::kStart;
    is_trailer_staged_ = false;
    header_part_ = HeaderPart::kFixed;
    header_index_ = 0;
    check_.kind = check_kind();
    check_.value =
        check_.kind == CheckKind::kCrc32 ? checksum::kCrc32Start : checksum::kAdler32Start;
}

void DeflateStream::set_params(int level, deflate::Strategy strategy) noexcept {
    const bool is_change = level != settings_.level || strategy != settings_.strategy;
    if (is_change && runner_ == Runner::kHelper &&
        !helper_->set_params(level, static_cast<int>(strategy))) {
        hand_over(false);
    }
    encoder_.set_params(level, strategy);
    if (level != settings_.level) encoder_.use_limits_of(level);
    settings_.level = level;
    settings_.strategy = strategy;
}

void DeflateStream::set_limits(const deflate::SearchLimits& limits) noexcept {
    if (runner_ == Runner::kHelper) hand_over(false);
    runner_ = Runner::kOwn;
    has_tuned_limits_ = true;
    encoder_.set_limits(limits);
}

bool DeflateStream::prime(unsigned count, unsigned value) noexcept {
    if (runner_ == Runner::kHelper) hand_over(false);
    return encoder_.prime(count, value);
}

Bytes DeflateStream::dictionary() const noexcept {
    // While the helper still has input that the own encoder lacks, it has all of the input.
    const bool is_ahead =
        runner_ == Runner::kHelper || (helper_has_rest_ && helper_->unencoded().avail != 0);
    return is_ahead ? helper_->dictionary() : encoder_.dictionary();
}

bool DeflateStream::has_open_input() const noexcept {
    const bool helper_has_input = runner_ == Runner::kHelper || helper_has_rest_;
    return (helper_has_input && helper_->unencoded().avail != 0) || encoder_.has_open_input();
}

deflate::Deflater::DataType DeflateStream::data_type() const noexcept {
    using DataType = deflate::Deflater::DataType;
    const DataType known = encoder_.data_type();
    if (known != DataType::kUnknown || runner_ != Runner::kHelper || !helper_->has_encoded()) {
        return known;
    }
    return looks_like_text(helper_->first_bytes()) ? DataType::kText : DataType::kBinary;
}

deflate::Deflater::Pending DeflateStream::pending() const noexcept {
    deflate::Deflater::Pending pending = encoder_.pending();
    if (helper_ != nullptr) pending.bytes += helper_->pending_bytes();
    if (runner_ == Runner::kHelper && helper_->has_encoded()) pending.bits = 0;
    return pending;
}

void DeflateStream::deliver_pending(Space& out) noexcept {
    if (helper_ == nullptr || helper_->deliver(out)) encoder_.write(out);
}

bool DeflateStream::set_dictionary(const std::uint8_t* data, std::size_t size) noexcept {
    // Once the trailer is made zlib treats the stream as raw.
    const Wrap wrap = is_trailer_staged_ ? Wrap::kRaw : settings_.wrap;
    if (wrap == Wrap::kGzip) return false;
    if (wrap == Wrap::kZlib && state_ != State::kStart) return false;
    if (has_open_input() || !encoder_.can_take_dictionary()) return false;
    if (wrap == Wrap::kZlib) check_.update(data, size);
    if (runner_ == Runner::kHelper) hand_over(false);
    encoder_.set_dictionary(data, size);
    has_dictionary_ = true;
    if (settings_.offload != nullptr && !helper_has_rest_) runner_ = Runner::kUndecided;
    return true;
}

Status DeflateStream::step(Bytes& in, Space& out, Flush flush, const GzipFields* fields,
                           std::uint64_t total_in) noexcept {
    if (state_ == State::kStart || state_ == State::kHeader) {
        if (settings_.wrap == Wrap::kZlib && !put_zlib_header(out)) return Status::kOk;
        if (settings_.wrap == Wrap::kGzip && !put_gzip_header(out, fields)) return Status::kOk;
        state_ = State::kBusy;
    }
    const std::size_t offered = in.avail;
    const Status status = encode(in, out, flush);
    if (encoder_.is_finished()) state_ = State::kFinish;
    if (status != Status::kStreamEnd) return Status::kOk;

    // zlib says so only with output space to spare: a full buffer might have been too small.
    if (settings_.wrap == Wrap::kRaw) return out.avail != 0 ? Status::kStreamEnd : Status::kOk;
    if (!is_trailer_staged_) {
        stage_trailer(total_in + (offered - in.avail));
        is_trailer_staged_ = true;
    }
    return encoder_.deliver(out) ? Status::kStreamEnd : Status::kOk;
}

Status DeflateStream::encode(Bytes& in, Space& out, Flush flush) noexcept {
    if (runner_ == Runner::kUndecided) choose_encoder(in.avail, flush);
    if (runner_ == Runner::kHelper) {
        const Status status = helper_->step(in, out, check_);
        if (status == Status::kNeedOutput) return status;
        if (status == Status::kNeedInput && flush == Flush::kNone) return status;
        hand_over(flush != Flush::kNone);
    }
    const Status status = helper_has_rest_ ? encode_behind_helper(in, out, flush)
                                           : encoder_.step(in, out, flush, check_);
    // A complete flush is a hand-over point.
    if (status == Status::kOk && settings_.offload != nullptr) {
        runner_ = Runner::kUndecided;
        has_dictionary_ = false;
    }
    return status;
}

/// The helper's output and the input that it gave back come first.
Status DeflateStream::encode_behind_helper(Bytes& in, Space& out, Flush flush) noexcept {
    for (;;) {
        if (!helper_->deliver(out)) return Status::kNeedOutput;
        Bytes rest = helper_->unencoded();
        const std::size_t offered = rest.avail;
        Check counted_before;
        const bool is_all = in.avail == 0;
        const Status status =
            encoder_.step(rest, out, is_all ? flush : Flush::kNone, counted_before);
        helper_->skip(offered - rest.avail);
        if (rest.avail == 0) {
            helper_has_rest_ = false;
            if (!helper_is_lasting_) destroy();
        }
        if (status != Status::kNeedInput || is_all) return status;
        if (!helper_has_rest_) return encoder_.step(in, out, flush, check_);
    }
}

/// Decides at a hand-over point who encodes what comes. How many bytes come is known only when a flush comes with them;
/// without one a helper gathers, and gives all of it back if there are too few. Either way the choice depends on the
/// input and the places of flushes, not on the size of the calls.
void DeflateStream::choose_encoder(std::size_t offered, Flush flush) noexcept {
    if (offered == 0 && flush == Flush::kNone) return;
    runner_ = Runner::kOwn;
    const auto pending = encoder_.pending();
    if (offered == 0 || pending.bytes != 0 || helper_has_rest_) return;
    ChunkEncoder* helper = choose_helper(offered, flush);
    if (helper == nullptr) return;
    helper_ = helper;
    helper_->begin({encoder_.dictionary(), encoder_.open_bits(), pending.bits, has_dictionary_});
    runner_ = Runner::kHelper;
}

/// The helper that is to have the stream, null for none.
ChunkEncoder* DeflateStream::choose_helper(std::size_t offered, Flush flush) noexcept {
    if (settings_.offload != nullptr && settings_.level != 0) {
        const Executors executors = settings_.offload->executors(settings_.level);
        DeflateFacts facts{
            .level = settings_.level,
            .strategy = static_cast<int>(settings_.strategy),
            .window_bits = settings_.window_bits,
            .has_tuned_limits = has_tuned_limits_,
            .has_dictionary = has_dictionary_,
            .has_foreign_allocator = !settings_.may_allocate && !settings_.offload->is_asked_for,
            .bytes = flush != Flush::kNone ? offered : std::max(offered, executors.min_bytes()),
        };
        const Route route = route_deflate(facts, executors);
        stats().count(route);
        if (route.executor != Executor::kInline) {
            helper_is_lasting_ = true;
            if (helper_ == nullptr) {
                helper_ = settings_.offload->create(settings_);
            } else {
                helper_->set_params(settings_.level, static_cast<int>(settings_.strategy));
            }
            if (helper_ != nullptr) return helper_;
            stats().count({Executor::kInline, Reason::kNoMemory});
        }
        if (route.reason == Reason::kSmall || route.reason == Reason::kNoMemory) return nullptr;
    }
    if (flush != Flush::kNone && offered <= isal::IsalDeflater::kChunkBytes) return nullptr;
    // ISA-L's window has 32 KiB; its memory is malloc()'s and more than zlib.h allows a stream's allocator to be asked
    // for, and it begins at the start of a stream, on a byte boundary, without a dictionary.
    if (!settings_.may_allocate || settings_.strategy != deflate::Strategy::kDefault ||
        settings_.window_bits != 15 || settings_.mem_level < 8 || has_tuned_limits_ ||
        encoder_.has_history() || encoder_.pending().bits != 0) {
        return nullptr;
    }
    if (!isal::serves(settings_.level, settings_.prefers_speed)) return nullptr;
    destroy();  // one that is idle since a reset
    helper_is_lasting_ = false;
    return isal::IsalDeflater::create(settings_.level);
}

/// Makes the own encoder go on where the helper stands: at a byte boundary, or where it took over if it encoded nothing.
void DeflateStream::hand_over(bool is_flush) noexcept {
    helper_->give_back(is_flush);
    encoder_.set_data_type(data_type());
    runner_ = Runner::kOwn;
    helper_has_rest_ = true;
    if (!helper_->has_encoded()) return;
    const Bytes history = helper_->history();
    encoder_.follow(history.next, history.avail);
}

bool DeflateStream::put_zlib_header(Space& out) noexcept {
    if (state_ == State::kStart) {
        state_ = State::kHeader;
        const unsigned cinfo = settings_.window_bits - 8;
        const unsigned flevel = is_fastest(settings_.level, settings_.strategy) ? 0
                                : settings_.level < 6                           ? 1
                                : settings_.level == 6                          ? 2
                                                                                : 3;
        const bool has_dictionary = encoder_.has_history();
        unsigned header =
            (((cinfo << 4) | kMethodDeflate) << 8) | (flevel << 6) | (has_dictionary ? 0x20U : 0U);
        header += 31 - header % 31;
        std::uint8_t bytes[6];
        store_be<std::uint16_t>(bytes, static_cast<std::uint16_t>(header));
        store_be<std::uint32_t>(bytes + 2, check_.value);
        encoder_.stage_bytes(bytes, has_dictionary ? 6 : 2);
        check_.value = checksum::kAdler32Start;
    }
    return encoder_.deliver(out);
}

/// Stages `size` bytes of the current header part, delivering as the staging buffer fills. False when `out` is full.
bool DeflateStream::put_header_bytes(Space& out, const std::uint8_t* data, std::size_t size,
                                     bool has_crc) noexcept {
    while (header_index_ < size) {
        const std::size_t count = encoder_.stage_bytes(data + header_index_, size - header_index_);
        if (has_crc) check_.update(data + header_index_, count);
        header_index_ += static_cast<std::uint32_t>(count);
        if (header_index_ < size && !encoder_.deliver(out)) return false;
    }
    header_index_ = 0;
    return true;
}

bool DeflateStream::put_gzip_header(Space& out, const GzipFields* fields) noexcept {
    static constexpr GzipFields kDefaults{};
    const GzipFields& f = fields != nullptr ? *fields : kDefaults;
    const bool has_crc = f.has_header_crc;
    state_ = State::kHeader;
    auto zero_ended_bytes = [](const std::uint8_t* text) {
        return std::strlen(reinterpret_cast<const char*>(text)) + 1;
    };
    switch (header_part_) {
        case HeaderPart::kFixed: {
            check_.value = checksum::kCrc32Start;
            std::uint8_t bytes[12] = {0x1f, 0x8b, kMethodDeflate};
            bytes[3] = static_cast<std::uint8_t>(
                (f.is_text ? 1 : 0) | (has_crc ? 2 : 0) | (f.extra != nullptr ? 4 : 0) |
                (f.name != nullptr ? 8 : 0) | (f.comment != nullptr ? 16 : 0));
            store_le<std::uint32_t>(bytes + 4, f.mtime);
            bytes[8] = settings_.level >= 9                              ? 2
                       : is_fastest(settings_.level, settings_.strategy) ? 4
                                                                         : 0;
            bytes[9] = f.os;
            store_le<std::uint16_t>(bytes + 10, f.extra_bytes);
            put_header_bytes(out, bytes, f.extra != nullptr ? 12 : 10, has_crc);
            header_part_ = HeaderPart::kExtra;
        }
            [[fallthrough]];
        case HeaderPart::kExtra:
            if (f.extra != nullptr && !put_header_bytes(out, f.extra, f.extra_bytes, has_crc))
                return false;
            header_part_ = HeaderPart::kName;
            [[fallthrough]];
        case HeaderPart::kName:
            if (f.name != nullptr &&
                !put_header_bytes(out, f.name, zero_ended_bytes(f.name), has_crc))
                return false;
            header_part_ = HeaderPart::kComment;
            [[fallthrough]];
        case HeaderPart::kComment:
            if (f.comment != nullptr &&
                !put_header_bytes(out, f.comment, zero_ended_bytes(f.comment), has_crc)) {
                return false;
            }
            header_part_ = HeaderPart::kCrc;
            [[fallthrough]];
        case HeaderPart::kCrc:
            if (has_crc) {
                std::uint8_t bytes[2];
                store_le<std::uint16_t>(bytes, static_cast<std::uint16_t>(check_.value));
                if (!put_header_bytes(out, bytes, sizeof bytes, false)) return false;
                check_.value = checksum::kCrc32Start;
            }
            header_part_ = HeaderPart::kDrain;
            [[fallthrough]];
        case HeaderPart::kDrain:
            break;
    }
    return encoder_.deliver(out);
}

void DeflateStream::stage_trailer(std::uint64_t total_in) noexcept {
    std::uint8_t bytes[8];
    if (settings_.wrap == Wrap::kGzip) {
        store_le<std::uint32_t>(bytes, check_.value);
        store_le<std::uint32_t>(bytes + 4, static_cast<std::uint32_t>(total_in));
        encoder_.stage_bytes(bytes, 8);
    } else {
        store_be<std::uint32_t>(bytes, check_.value);
        encoder_.stage_bytes(bytes, 4);
    }
}

}  // namespace warpz::engine

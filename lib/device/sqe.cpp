// SPDX-License-Identifier: Zlib
// Both directions of the translation, each field once; see sqe.hpp and warpz/zip_sqe.h.
#include "device/sqe.hpp"

#include <algorithm>
#include <cstring>

#include "format/rfc1951.hpp"

namespace warpz::device {
namespace {

static_assert(WARPZ_ZIP_LAYOUT_HOLDS);

static_assert(kMaxPacketBytes == WARPZ_ZIP_MAX_BYTES);
static_assert(kPacketGranuleBytes == WARPZ_ZIP_PACKET_GRANULE);
static_assert(kMinOutputBytes == WARPZ_ZIP_MIN_STATEFUL_OUTPUT);
static_assert(kMinWholeOutputBytes == WARPZ_ZIP_MIN_OUTPUT);

constexpr std::uint8_t format_bit(Format format) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(format));
}

/// A deflate packet that is not the last has neither trailer nor header, so any format's request makes raw blocks.
bool is_plain_packet(const Job& job) noexcept {
    return job.operation == Operation::kDeflate && !job.is_last;
}

std::uint32_t request_of(const Job& job, const DeviceInfo& device) noexcept {
    switch (job.format) {
        case Format::kRaw:
            if ((device.formats & format_bit(Format::kRaw)) != 0) return WARPZ_ZIP_REQUEST_DEFLATE;
            break;
        case Format::kGzip:
            return WARPZ_ZIP_REQUEST_GZIP;
        case Format::kLz77Zstd:
            return WARPZ_ZIP_REQUEST_LZ77_ZSTD;
        case Format::kZlib:
            break;
    }
    return WARPZ_ZIP_REQUEST_ZLIB;
}

/// The vendor's own mapping of levels (KAE); nothing else of the level reaches the hardware.
std::uint32_t window_of(std::uint8_t level) noexcept {
    if (level <= 2) return WARPZ_ZIP_WINDOW_4K;
    if (level <= 4) return WARPZ_ZIP_WINDOW_8K;
    if (level <= 6) return WARPZ_ZIP_WINDOW_16K;
    if (level <= 8) return WARPZ_ZIP_WINDOW_24K;
    return WARPZ_ZIP_WINDOW_32K;
}

void put_address(__le32 (&words)[2], std::uint64_t address) noexcept {
    words[0] = to_le(static_cast<std::uint32_t>(address));
    words[1] = to_le(static_cast<std::uint32_t>(address >> 32));
}

bool has_trailer(const Job& job) noexcept { return job.is_last && job.format != Format::kRaw; }

/// Symbols of the fixed code (RFC 1951 3.2.6), from the low end of `bits`.
class FixedCodeBits {
  public:
    FixedCodeBits(std::uint64_t bits, unsigned count) noexcept : bits_(bits), count_(count) {}

    /// The next literal/length symbol, or -1 when the bits end first.
    int literal_or_length() noexcept {
        // Codes by length (7, 8 or 9 bits): 0-23 are 256-279; 48-191 are 0-143 and 192-199 are 280-287; 400-511 are
        // 144-255.
        const int seven = code(7);
        if (seven < 0) return -1;
        if (seven < 24) return 256 + seven;
        const int eight = more(seven);
        if (eight < 0) return -1;
        if (eight < 192) return eight - 48;
        if (eight < 200) return 280 + eight - 192;
        const int nine = more(eight);
        return nine < 0 ? -1 : nine - 400 + 144;
    }
    int distance() noexcept { return code(rfc1951::kFixedDistanceBits); }
    bool skip(unsigned count) noexcept {
        if (count_ < count) return false;
        bits_ >>= count;
        count_ -= count;
        return true;
    }

  private:
    int code(unsigned length) noexcept {
        int value = 0;
        for (unsigned i = 0; i < length && value >= 0; ++i) value = more(value);
        return value;
    }
    int more(int value) noexcept {
        if (count_ == 0) return -1;
        const int bit = static_cast<int>(bits_ & 1);
        skip(1);
        return value * 2 + bit;
    }

    std::uint64_t bits_;
    unsigned count_;
};

CachedBits judge_fixed_block(FixedCodeBits code) noexcept {
    for (;;) {
        const int symbol = code.literal_or_length();
        if (symbol < 0) return CachedBits::kIncomplete;
        if (symbol == rfc1951::kEndOfBlock) return CachedBits::kFinalBlock;
        if (symbol < static_cast<int>(rfc1951::kFirstLengthSymbol)) continue;
        const auto length = static_cast<unsigned>(symbol) - rfc1951::kFirstLengthSymbol;
        if (length >= rfc1951::kLengthRanges.size()) return CachedBits::kMalformed;
        if (!code.skip(rfc1951::kLengthRanges[length].extra_bits)) return CachedBits::kIncomplete;
        const int distance = code.distance();
        if (distance < 0) return CachedBits::kIncomplete;
        if (distance >= static_cast<int>(rfc1951::kDistanceSymbols)) return CachedBits::kMalformed;
        const auto range = rfc1951::kDistanceRanges[static_cast<std::size_t>(distance)];
        if (!code.skip(range.extra_bits)) return CachedBits::kIncomplete;
    }
}

/// The bits behind the window in a stream's context. `window_bytes` comes from the device.
CachedBits judge_context(std::span<const std::uint8_t> context, std::uint32_t window_bytes,
                         unsigned count) noexcept {
    const std::uint32_t aligned =
        (window_bytes + WARPZ_ZIP_CTX_CACHED_ALIGN - 1) & ~(WARPZ_ZIP_CTX_CACHED_ALIGN - 1);
    const std::size_t at = std::size_t{WARPZ_ZIP_CTX_HW_OFFSET} + WARPZ_ZIP_CTX_HW_WINDOW + aligned;
    if (at + sizeof(std::uint64_t) > context.size()) return CachedBits::kMalformed;
    return judge_cached_bits(load_le<std::uint64_t>(context.data() + at), count);
}

Outcome outcome_of_failure(std::uint8_t status) noexcept {
    switch (status) {
        case WARPZ_ZIP_STATUS_NO_SPACE:
            return Outcome::kNeedSpace;
        case WARPZ_ZIP_STATUS_CHECKSUM:
        case WARPZ_ZIP_STATUS_BAD_DATA:
            return Outcome::kBadData;
        default:
            return Outcome::kFailed;
    }
}

/// A deflate packet is done when all of its input is encoded; anything less has no continuation.
Outcome outcome_of_deflate(const Completion& counts, const Job& job) noexcept {
    if (counts.consumed != job.in.size() || counts.produced == 0) return Outcome::kFailed;
    return job.is_last ? Outcome::kStreamEnd : Outcome::kDone;
}

Outcome outcome_of_inflate(const Sqe& sqe, const Completion& counts, const Job& job,
                           std::span<const std::uint8_t> context) noexcept {
    const std::uint32_t dw3 = from_le(sqe.dw3);
    const std::uint32_t dw0 = from_le(sqe.ctx_dw0);
    const bool is_last_block = (dw3 & WARPZ_ZIP_DW3_LAST_BLOCK) != 0;
    if (counts.device_status == WARPZ_ZIP_STATUS_END && is_last_block) return Outcome::kStreamEnd;
    // A caller that goes on after these outcomes must get on.
    const bool has_progress = counts.consumed != 0 || counts.produced != 0;
    if (!has_progress) return job.in.empty() ? Outcome::kDone : Outcome::kFailed;

    switch (dw0 & WARPZ_ZIP_CTX0_STATE_MASK) {
        case WARPZ_ZIP_CTX_DRAIN:
            return Outcome::kMoreOutput;
        case WARPZ_ZIP_CTX_OUTPUT_FULL: {
            const bool stored_waits =
                (from_le(sqe.ctx_dw1) & WARPZ_ZIP_CTX1_STORED_LEFT_MASK) != 0 &&
                (dw0 & WARPZ_ZIP_CTX0_BFINAL) != 0;
            if (stored_waits && counts.consumed == job.in.size()) return Outcome::kMoreOutput;
            break;
        }
        case WARPZ_ZIP_CTX_BLOCK_BOUNDARY: {
            const unsigned bits =
                (dw0 & WARPZ_ZIP_CTX0_HEAD_BITS_MASK) >> WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT;
            if (job.format != Format::kRaw || bits == 0 || context.empty()) break;
            const std::uint32_t window = from_le(sqe.ctx_dw2) & WARPZ_ZIP_CTX2_WINDOW_LEN_MASK;
            const CachedBits cached = judge_context(context, window, bits);
            if (cached == CachedBits::kFinalBlock) return Outcome::kMoreOutput;
            if (cached == CachedBits::kMalformed) return Outcome::kBadData;
            break;
        }
        default:
            break;
    }
    return Outcome::kDone;
}

}  // namespace

std::uint32_t crc_of_register(std::uint32_t reg) noexcept {
    std::uint32_t crc = byte_swap(~reg);
    crc = (crc & 0x0f0f0f0fU) << 4 | (crc >> 4 & 0x0f0f0f0fU);
    crc = (crc & 0x33333333U) << 2 | (crc >> 2 & 0x33333333U);
    crc = (crc & 0x55555555U) << 1 | (crc >> 1 & 0x55555555U);
    return crc;
}

Status check_job(const Job& job, const DeviceInfo& device) noexcept {
    const bool has_format = (device.formats & format_bit(job.format)) != 0;
    const bool can_borrow_zlib = job.format == Format::kRaw && is_plain_packet(job) &&
                                 (device.formats & format_bit(Format::kZlib)) != 0;
    if (!has_format && !can_borrow_zlib) return Status::kUnsupported;
    if (job.format == Format::kLz77Zstd) {
        const bool is_whole = job.operation == Operation::kDeflate && job.is_last &&
                              job.context == nullptr && !job.in.empty() &&
                              job.in.size() <= Lz77Layout::kMaxInputBytes;
        return is_whole && job.out.size() >= Lz77Layout::of(job.in.size()).total_bytes
                   ? Status::kOk
                   : Status::kUnsupported;
    }
    if (job.in.size() > kMaxPacketBytes) return Status::kUnsupported;

    std::size_t least = kMinWholeOutputBytes;
    if (job.context != nullptr || is_plain_packet(job)) least = kMinOutputBytes;
    if (job.operation == Operation::kDeflate) {
        if (job.in.empty()) return Status::kUnsupported;
        if (!job.is_last && job.in.size() % kPacketGranuleBytes != 0) return Status::kUnsupported;
        const std::size_t expanded =
            job.in.size() + (job.in.size() + 7) / 8 + (has_trailer(job) ? 8 : 0);
        // Output space beyond a packet's limit is no use to the device.
        if (expanded > kMaxPacketBytes) return Status::kUnsupported;
        least = std::max(least, expanded);
    } else if (job.in.empty() && job.context == nullptr) {
        return Status::kUnsupported;
    }
    return job.out.size() >= least ? Status::kOk : Status::kUnsupported;
}

void build_sqe(Sqe& sqe, const Job& job, const DeviceInfo& device,
               const Placement& placement) noexcept {
    const bool is_type3 = device.generation >= Generation::kV3;
    std::memset(&sqe, 0, sizeof sqe);
    sqe.input_length = to_le(static_cast<std::uint32_t>(job.in.size()));
    sqe.output_length =
        to_le(static_cast<std::uint32_t>(std::min(job.out.size(), kMaxPacketBytes)));

    std::uint32_t dw7 = (is_type3 ? WARPZ_ZIP_SQE_TYPE_3 : WARPZ_ZIP_SQE_TYPE_0)
                        << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT;
    const bool is_whole = job.operation == Operation::kInflate && !placement.is_stateful;
    if ((job.operation == Operation::kDeflate && job.is_last) || is_whole) {
        dw7 |= WARPZ_ZIP_DW7_FINISH;
    }
    if (placement.is_stateful) dw7 |= WARPZ_ZIP_DW7_STATEFUL;
    if (placement.is_first) dw7 |= WARPZ_ZIP_DW7_STREAM_NEW;
    sqe.dw7 = to_le(dw7);
    sqe.dw9 = to_le(request_of(job, device) | WARPZ_ZIP_BUFFER_FLAT << WARPZ_ZIP_DW9_BUFFER_SHIFT |
                    window_of(job.level) << WARPZ_ZIP_DW9_WINDOW_SHIFT);

    put_address(sqe.source_addr, placement.in);
    put_address(sqe.dest_addr, placement.out);
    put_address(sqe.stream_ctx_addr, placement.context);
    if (is_type3) {
        sqe.tag_type3[0] = to_le(placement.tag);
    } else {
        sqe.tag_type0 = to_le(placement.tag);
    }
    if (job.format == Format::kLz77Zstd) {
        const Lz77Layout layout = Lz77Layout::of(job.in.size());
        sqe.tag_type0 = to_le(static_cast<std::uint32_t>(layout.literals_bytes));
        sqe.output_length =
            to_le(static_cast<std::uint32_t>(layout.total_bytes - layout.literals_bytes));
        put_address(sqe.literals_addr, placement.out);
        put_address(sqe.dest_addr, placement.out + layout.literals_bytes);
    }
    if (placement.is_stateful && !placement.is_first) {
        sqe.ctx_dw0 = to_le(placement.carried->ctx_dw0);
        sqe.ctx_dw1 = to_le(placement.carried->ctx_dw1);
        sqe.ctx_dw2 = to_le(placement.carried->ctx_dw2);
        sqe.checksum = to_le(placement.carried->checksum);
        sqe.isize = to_le(placement.carried->isize);
    }
}

std::uint32_t tag_of(const Sqe& sqe, Generation generation) noexcept {
    return from_le(generation >= Generation::kV3 ? sqe.tag_type3[0] : sqe.tag_type0);
}

Reading read_sqe(const Sqe& sqe, const Job& job, std::span<const std::uint8_t> context) noexcept {
    Reading reading;
    Completion& completion = reading.completion;
    completion.device_status =
        static_cast<std::uint8_t>(from_le(sqe.dw3) & WARPZ_ZIP_DW3_STATUS_MASK);
    const bool is_success = completion.device_status == WARPZ_ZIP_STATUS_OK ||
                            completion.device_status == WARPZ_ZIP_STATUS_NEGATIVE ||
                            completion.device_status == WARPZ_ZIP_STATUS_END;
    if (!is_success) {
        completion.outcome = outcome_of_failure(completion.device_status);
        return reading;
    }
    const std::uint32_t consumed = from_le(sqe.consumed);
    const std::uint32_t produced = from_le(sqe.produced);
    if (job.format == Format::kLz77Zstd) {
        const Lz77Layout layout = Lz77Layout::of(job.in.size());
        const std::size_t most =
            (layout.total_bytes - layout.literals_bytes - Lz77Layout::kTableBytes) /
            Lz77Layout::kSequenceBytes;
        completion.literals = from_le(sqe.comp_data_length);
        completion.overflow = from_le(sqe.checksum);
        reading.is_sane =
            consumed == job.in.size() && produced <= most && completion.literals <= job.in.size();
        completion.consumed = consumed;
        completion.produced = produced;
        completion.outcome = reading.is_sane ? Outcome::kStreamEnd : Outcome::kLost;
        return reading;
    }
    if (consumed > job.in.size() || produced > std::min(job.out.size(), kMaxPacketBytes)) {
        completion.outcome = Outcome::kLost;
        reading.is_sane = false;
        return reading;
    }
    completion.consumed = consumed;
    completion.produced = produced;
    completion.outcome = job.operation == Operation::kDeflate
                             ? outcome_of_deflate(completion, job)
                             : outcome_of_inflate(sqe, completion, job, context);
    if (completion.outcome == Outcome::kFailed || completion.outcome == Outcome::kBadData) {
        completion.consumed = 0;
        completion.produced = 0;
        return reading;
    }
    reading.carried = {from_le(sqe.ctx_dw0), from_le(sqe.ctx_dw1), from_le(sqe.ctx_dw2),
                       from_le(sqe.checksum), from_le(sqe.isize)};
    if (job.format == Format::kZlib) completion.check = reading.carried.checksum;
    if (job.format == Format::kGzip) completion.check = crc_of_register(reading.carried.checksum);
    return reading;
}

CachedBits judge_cached_bits(std::uint64_t bits, unsigned count) noexcept {
    if (count < 3) return CachedBits::kIncomplete;
    const bool bfinal = (bits & 1) != 0;
    const auto btype = static_cast<unsigned>(bits >> 1 & 3);
    if (btype > static_cast<unsigned>(rfc1951::BlockType::kDynamic)) return CachedBits::kMalformed;
    if (!bfinal) return CachedBits::kIncomplete;
    bits >>= 3;
    count -= 3;
    if (btype == static_cast<unsigned>(rfc1951::BlockType::kFixed)) {
        return judge_fixed_block({bits, count});
    }
    if (btype == static_cast<unsigned>(rfc1951::BlockType::kStored)) {
        bits >>= count % 8;  // the bits end where a byte ends, so this is the filling before LEN
        if (count / 8 < 4) return CachedBits::kIncomplete;
        const auto len = static_cast<std::uint16_t>(bits);
        const auto nlen = static_cast<std::uint16_t>(bits >> 16);
        if (len != static_cast<std::uint16_t>(~nlen)) return CachedBits::kMalformed;
        if (len == 0) return CachedBits::kFinalBlock;
    }
    return CachedBits::kIncomplete;
}

}  // namespace warpz::device

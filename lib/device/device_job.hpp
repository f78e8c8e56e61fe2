// SPDX-License-Identifier: Zlib
// What a device is asked and what it answered, in the words of the formats: no descriptor fields, no addresses. A job
// is one packet: one descriptor, at most one stretch of input and one of output. Headers (RFC 1950 2.2, RFC 1952 2.3)
// are never part of a job; the trailer is the device's, written or verified with the last packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace warpz::device {

class StreamContext;

enum class Operation : std::uint8_t { kDeflate, kInflate };

/// Which check value goes with the bytes, and which trailer with the last packet.
enum class Format : std::uint8_t {
    kRaw,   ///< none. Devices before hisi_qm_v3 have no raw format (see QueuePair::supports())
    kZlib,  ///< Adler-32; trailer of 4 bytes
    kGzip,  ///< CRC-32; trailer of 8 bytes, CRC-32 and ISIZE
};

/// Limits of one packet (warpz/zip_sqe.h): input; output is cut to it.
inline constexpr std::size_t kMaxPacketBytes = std::size_t{8} << 20;
/// Input of a deflate packet that is not the stream's last is a multiple of this, and not empty.
inline constexpr std::size_t kPacketGranuleBytes = 4;
/// Least output space of a packet that belongs to a StreamContext or is not the last.
inline constexpr std::size_t kMinOutputBytes = 201;
/// Least output space of any packet: a device ignores less.
inline constexpr std::size_t kMinWholeOutputBytes = 16;

/// Output space with which a deflate packet cannot run out: ceil(9/8 of the input), the least of above, a trailer.
[[nodiscard]] constexpr std::size_t deflate_output_bytes(std::size_t input_bytes) noexcept {
    const std::size_t wanted = input_bytes + (input_bytes + 7) / 8 + 8;
    return wanted < kMinOutputBytes ? kMinOutputBytes : wanted;
}

/// One packet. Both spans belong to the device from a successful submit() until the job's completion is handed out,
/// whatever that completion says; they do not overlap.
///
/// deflate, is_last        BFINAL is set on the last block and the trailer follows
/// deflate, not is_last    input obeys kPacketGranuleBytes; the output ends on a byte boundary without BFINAL, so that
///                         what comes next can be appended. Never empty
/// deflate, any            `out` holds at least deflate_output_bytes(in.size()) less 8 where there is no trailer
/// inflate                 `in` begins right behind the header; it may be empty to get more output of earlier packets
/// context                 the stream that the packet continues or starts. Null: the packet is a stream of its own; a
///                         deflate packet that is not last is then a first packet whose stream is not continued
struct Job {
    Operation operation = Operation::kDeflate;
    Format format = Format::kZlib;
    bool is_last = false;    ///< deflate: finish; inflate: not looked at
    std::uint8_t level = 6;  ///< 1..9; hardware derives the window size from it and nothing else
    std::span<const std::uint8_t> in{};
    std::span<std::uint8_t> out{};
    StreamContext* context = nullptr;
    std::uint64_t tag = 0;  ///< the caller's; comes back with the completion
};

enum class Outcome : std::uint8_t {
    kDone,  ///< `consumed` and `produced` hold; inflate: give what is left, more input or more room
    kMoreOutput,  ///< as kDone, and output waits in the device: send an empty input before any other
    kStreamEnd,   ///< as kDone, and the stream is complete, its trailer included
    kNeedSpace,   ///< the output did not fit. Nothing of the packet counts, and a context is lost
    kBadData,  ///< the device calls the input corrupt, or its check value wrong. A context is lost
    kFailed,   ///< any other error of the device with this packet. A context is lost
    kLost,  ///< no answer: the queue was stopped (QueuePair::fault() says why). Contexts of the queue are lost
};

/// Answer to one job. With the first three outcomes the counts are within the job's spans; else they are 0. That the
/// *bytes* are right is the device's word: a caller that does not trust it decodes them.
struct Completion {
    std::uint64_t tag = 0;
    Outcome outcome = Outcome::kLost;
    std::uint8_t device_status = 0;  ///< the status byte, for counters and logs
    std::uint32_t consumed = 0;      ///< bytes of `in`
    std::uint32_t produced = 0;      ///< bytes of `out`
    /// Adler-32 or CRC-32 of the stream so far as an ordinary number; kRaw: 0
    std::uint32_t check = 0;
};

}  // namespace warpz::device

// SPDX-License-Identifier: Zlib
// The ways in which a stream can break its format, each with the text that zlib gives in z_stream::msg.
// Programs print and compare these texts, so they are part of the contract.
#pragma once

#include <cstdint>

namespace warpz {

enum class FormatError : std::uint8_t {
    kNone,
    kHeaderCheck,        // RFC 1950 2.2 FCHECK, or no gzip magic
    kMethod,             // CM is not 8
    kWindowSize,         // CINFO larger than allowed
    kHeaderFlags,        // RFC 1952 2.3.1.2 reserved FLG bits
    kHeaderCrc,          // RFC 1952 2.3.1 FHCRC
    kBlockType,          // BTYPE 3
    kStoredLengths,      // NLEN is not LEN's complement
    kTooManySymbols,     // HLIT above 286 or HDIST above 30
    kCodeLengthsSet,     // code length code over-subscribed or incomplete
    kLengthRepeat,       // repeat without a length, or past the end
    kMissingEndOfBlock,  // symbol 256 has no code
    kLitLenSet,          // literal/length code over-subscribed or incomplete
    kDistanceSet,        // distance code over-subscribed or incomplete
    kLitLenCode,         // unused literal/length code
    kDistanceCode,       // unused distance code
    kDistanceTooFar,     // distance reaches before the first byte
    kDataCheck,          // ADLER32 or CRC32 of the data
    kLengthCheck,        // ISIZE
};

/// zlib's text for an error; null for kNone. The string is static.
[[nodiscard]] const char* describe(FormatError error) noexcept;

}  // namespace warpz

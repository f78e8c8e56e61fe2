// SPDX-License-Identifier: Zlib
// The framing of gzip data as the program reads it (RFC 1952): what the input is, a member's header with gzip's own
// diagnostics, and what follows a member. The deflate data between is the coder's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "file_io.hpp"

namespace warpz::cli {

enum class Magic : std::uint8_t {
    kEnd,        ///< no bytes at all
    kShort,      ///< a single byte
    kGzip,       ///< 1f 8b
    kCompress,   ///< 1f 9d
    kZstd,       ///< a frame of zstd, or one of those it skips
    kZip,        ///< the local header of a zip archive's entry
    kOtherTool,  ///< data of another compressor that gzip, but not this program, can decode
    kUnknown,
};

/// Looks at the next bytes and leaves them. `other_tool` is set for kOtherTool.
[[nodiscard]] Magic peek_magic(Reader& in, const char*& other_tool);

struct MemberHeader {
    std::optional<std::string> name;  ///< FNAME, as stored
    std::uint32_t mtime = 0;          ///< 0: not stored
    std::size_t extra_bytes = 0;      ///< XLEN
    std::size_t size_bytes = 0;       ///< all of the header
};

/// Takes a header, beginning at 1f 8b. Throws Failure: truncated, unknown method or flags, wrong FHCRC.
[[nodiscard]] MemberHeader read_member_header(Reader& in);

inline constexpr std::size_t kTrailerBytes = 8;

struct MemberTrailer {
    std::uint32_t crc = 0;    ///< CRC-32 of the plain data
    std::uint32_t isize = 0;  ///< its length modulo 2^32
};

/// Takes a trailer. Throws Failure when it is truncated.
[[nodiscard]] MemberTrailer read_member_trailer(Reader& in);

enum class AfterMember : std::uint8_t {
    kEnd,
    kMember,
    kZeros,
    kGarbage,
    kMoreEntries,  ///< of a zip archive
};

/// What follows a member that began with `own`: nothing, the next member (left in place), zero bytes up to the end (taken), or anything else.
/// With `keeps_all` zero bytes are like anything else, and nothing is taken. Throws Failure when the input continues
/// with data of another compressor or, without `keeps_all`, with one byte only.
[[nodiscard]] AfterMember skip_to_next_member(Reader& in, bool keeps_all, Magic own = Magic::kGzip);

/// "unexpected end of file" about `in`.
[[nodiscard]] BadData truncated(const Reader& in);
/// "compressed with X -- not supported" about `in`.
[[nodiscard]] Failure made_by_other_tool(const Reader& in, const char* tool);

}  // namespace warpz::cli

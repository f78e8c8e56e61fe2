// SPDX-License-Identifier: Zlib
// Between files and zlib.h: one stream of plain data to one gzip member, and any number of members to plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "file_io.hpp"
#include "gzip_member.hpp"
#include "message.hpp"

namespace warpz::cli {

/// What compress() is asked for besides the data.
struct CompressRequest {
    int level = 6;
    std::optional<std::string> name;  ///< FNAME; none when absent
    std::uint32_t mtime = 0;
    bool rsyncable = false;  ///< restart the compressor where the input's own bytes say so
};

/// What passed through a coder.
struct CoderTotals {
    std::uint64_t plain_bytes = 0;
    std::uint64_t packed_bytes = 0;    ///< headers and trailers included
    std::uint64_t overhead_bytes = 0;  ///< headers and trailers

    /// gzip's ratio: what the deflate data saves, framing left out.
    [[nodiscard]] std::string ratio() const {
        return ratio_text(
            static_cast<long long>(plain_bytes),
            static_cast<long long>(packed_bytes) - static_cast<long long>(overhead_bytes));
    }
};

/// Writes all of `in` to `out` as one gzip member. Throws Failure.
CoderTotals compress(Reader& in, Writer& out, const CompressRequest& request);

/// What decompress() found.
struct DecompressResult {
    CoderTotals totals;
    std::uint64_t last_plain_bytes = 0;  ///< of the last member
    /// 0 unless the only member is the last: gzip -l's arithmetic
    std::uint64_t last_overhead_bytes = 0;
    std::uint32_t last_crc = 0;
    std::uint32_t last_mtime = 0;  ///< of the last header that has one
    AfterMember ending = AfterMember::kEnd;
};

/// Decodes all members in `in`, whose first header has been taken and is `first`. What was decoded before
/// an error has been written. With `keeps_rest`, whatever follows the members stays in `in`. Throws Failure on bad
/// data.
DecompressResult decompress(Reader& in, Writer& out, const MemberHeader& first, bool keeps_rest);

/// Writes the rest of `in` to `out` as it is.
void copy_through(Reader& in, Writer& out);

}  // namespace warpz::cli

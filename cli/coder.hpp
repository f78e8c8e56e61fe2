// SPDX-License-Identifier: Zlib
// Between files and zlib.h: one stream of plain data to one gzip member, and any number of members to plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "args.hpp"
#include "file_io.hpp"
#include "gzip_member.hpp"
#include "message.hpp"

namespace warpz::cli {

/// What compress() is asked for besides the data.
struct CompressRequest {
    Format format = Format::kGzip;
    int level = 6;                    ///< of the format
    std::optional<std::string> name;  ///< FNAME; none when absent
    std::uint32_t mtime = 0;
    std::optional<std::string> comment;  ///< FCOMMENT; not with independent blocks
    bool rsyncable = false;       ///< restart the compressor where the input's own bytes say so
    std::size_t block_bytes = 0;  ///< of independent blocks, of bgzf members; 0 for one stream
    unsigned threads = 1;         ///< for blocks and zstd; the library has its own setting
    std::optional<int>
        window_log;         ///< zstd: look for long matches in a window of this power of two
    bool has_check = true;  ///< zstd: a checksum at the frame's end
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

struct IndexEntry;

/// Writes all of `in` to `out`. `index` is for bgzf and may be null. Throws Failure.
CoderTotals compress(Reader& in, Writer& out, const CompressRequest& request,
                     std::vector<IndexEntry>* index = nullptr);

/// What decompress() found.
struct DecompressResult {
    CoderTotals totals;
    std::uint64_t members = 0;
    std::uint32_t crc = 0;         ///< of all plain data
    std::uint32_t last_mtime = 0;  ///< of the last header that has one
    AfterMember ending = AfterMember::kEnd;
    const char* method = "defla";  ///< as gzip's -lv names it, five characters at most
};

struct DecompressRequest {
    bool keeps_rest = false;  ///< whatever follows the members stays in the input
    unsigned threads = 1;     ///< how many may decode a regular file
    bool wants_crc = true;    ///< of formats that do not come with it
    int max_window_log = 27;  ///< zstd: what needs a larger window is refused
};

/// Decodes all members in `in`, whose first header has been taken and is `first`. What was decoded before an error has
/// been written, whatever the number of threads. Throws Failure on bad data; the input stands where it was found then.
DecompressResult decompress(Reader& in, Writer& out, const MemberHeader& first,
                            const DecompressRequest& request);

/// Decodes one zlib or raw deflate stream; whatever follows it stays in `in`. Throws Failure.
DecompressResult decompress_stream(Reader& in, Writer& out, Format format);

/// Decodes the first entry of a zip archive, if it is deflated or stored, as gzip does. Throws Failure.
DecompressResult decompress_zip(Reader& in, Writer& out);

/// Writes the rest of `in` to `out` as it is.
void copy_through(Reader& in, Writer& out);

}  // namespace warpz::cli

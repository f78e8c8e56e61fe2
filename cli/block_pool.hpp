// SPDX-License-Identifier: Zlib
// Compression in blocks that do not refer to each other, by several threads, written in order: bgzf members, or the parts of
// one stream that end in a full flush.
#pragma once

#include <cstdint>
#include <vector>

#include "coder.hpp"
#include "file_io.hpp"

namespace warpz::cli {

/// Where a bgzf member begins, in the compressed and in the plain data.
struct IndexEntry {
    std::uint64_t packed = 0;
    std::uint64_t plain = 0;
};

/// What the blocks were made of, for the trailer of the stream around them.
struct BlockTotals {
    std::uint64_t plain_bytes = 0;
    std::uint64_t packed_bytes = 0;
    std::uint64_t overhead_bytes = 0;  ///< of bgzf: headers and trailers
    std::uint32_t crc = 0;
    std::uint32_t adler = 1;
};

/// Writes all of `in` as bgzf members of `request.block_bytes` plain bytes, and bgzf's mark of the end; `index`, where it is not
/// null, gets an entry for every member but the first. Throws Failure.
BlockTotals compress_bgzf(Reader& in, Writer& out, const CompressRequest& request,
                          std::vector<IndexEntry>* index);

/// Writes all of `in` as one raw deflate stream that is flushed fully every `request.block_bytes`. Throws Failure.
BlockTotals compress_flushed(Reader& in, Writer& out, const CompressRequest& request);

}  // namespace warpz::cli

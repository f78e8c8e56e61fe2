// SPDX-License-Identifier: Zlib
// In place of zstd_format.cpp where libzstd was not there when the program was built.
#include "zstd_format.hpp"

namespace warpz::cli {
namespace {

constexpr const char* kReason = "zstd is not supported: this program was built without libzstd";

}  // namespace

CoderTotals compress_zstd(Reader& in, Writer&, const CompressRequest&) {
    throw Failure(in.name(), kReason);
}

DecompressResult decompress_zstd(Reader& in, Writer&, const DecompressRequest&) {
    throw Failure(in.name(), kReason);
}

}  // namespace warpz::cli

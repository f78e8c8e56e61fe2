// SPDX-License-Identifier: Zlib
// File names as text: which suffix a name carries, and what the other side of a (de)compression is called. The
// suffixes are gzip's: .gz -gz .z -z _z .Z .tgz .taz in either case, and the user's own (-S), tried first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warpz::cli {

/// The suffix of compressed data at the end of `base` (a name without directory), in the name's own case; empty when
/// there is none. A name that is nothing but a suffix has none.
[[nodiscard]] std::string_view find_suffix(std::string_view base, std::string_view own_suffix);

/// Name of `base` decompressed: .tgz and .taz become .tar, other suffixes go away; nothing without a suffix.
[[nodiscard]] std::optional<std::string> decompressed_name(std::string_view base,
                                                           std::string_view own_suffix);

/// What `base` may mean on decompression when there is no file of that name: `base` with one of the suffixes.
/// Empty when `base` has a suffix already.
[[nodiscard]] std::vector<std::string> compressed_candidates(std::string_view base,
                                                             std::string_view own_suffix);

/// The part of a name stored in a gzip header that may name a file: what follows the last '/'. Nothing when that is
/// empty, ".", ".." or too long.
[[nodiscard]] std::optional<std::string> safe_stored_name(std::string_view stored);

}  // namespace warpz::cli

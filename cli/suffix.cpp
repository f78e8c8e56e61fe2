// SPDX-License-Identifier: Zlib
// Suffixes of compressed files; see suffix.hpp.
#include "suffix.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <climits>

namespace warpz::cli {
namespace {

constexpr std::array<std::string_view, 7> kSuffixes = {".gz", "-gz",  ".z",  "-z",
                                                       "_z",  ".tgz", ".taz"};
// zstd's, of which gzip knows nothing: compressing, they are no reason to leave a file alone.
constexpr std::array<std::string_view, 2> kZstdSuffixes = {".zst", ".tzst"};

bool ends_with_any_case(std::string_view name, std::string_view suffix) {
    return name.size() > suffix.size() && strncasecmp(name.data() + name.size() - suffix.size(),
                                                      suffix.data(), suffix.size()) == 0;
}

}  // namespace

std::string_view find_suffix(std::string_view base, std::string_view own_suffix) {
    // The longest one: with -S z, "x.gz" is "x" with ".gz".
    std::size_t length = ends_with_any_case(base, own_suffix) ? own_suffix.size() : 0;
    for (const std::string_view suffix : kSuffixes) {
        if (ends_with_any_case(base, suffix)) length = std::max(length, suffix.size());
    }
    return base.substr(base.size() - length);
}

std::optional<std::string> decompressed_name(std::string_view base, std::string_view own_suffix) {
    std::string_view suffix = find_suffix(base, own_suffix);
    for (const std::string_view other : kZstdSuffixes) {
        if (suffix.empty() && ends_with_any_case(base, other)) suffix = other;
    }
    if (suffix.empty()) return std::nullopt;
    std::string name(base.substr(0, base.size() - suffix.size()));
    for (const std::string_view tar : {".tgz", ".taz", ".tzst"}) {
        if (suffix.size() == tar.size() && ends_with_any_case(base, tar)) name += ".tar";
    }
    return name;
}

std::vector<std::string> compressed_candidates(std::string_view base, std::string_view own_suffix) {
    std::vector<std::string> names;
    if (!find_suffix(base, own_suffix).empty()) return names;
    for (const std::string_view suffix :
         {own_suffix, std::string_view(".gz"), std::string_view(".z"), std::string_view("-z"),
          std::string_view(".Z"), std::string_view(".zst")}) {
        names.emplace_back(base).append(suffix);
    }
    return names;
}

std::optional<std::string> safe_stored_name(std::string_view stored) {
    const std::string_view base = stored.substr(stored.rfind('/') + 1);
    if (base.empty() || base == "." || base == ".." || base.size() > NAME_MAX) return std::nullopt;
    return std::string(base);
}

}  // namespace warpz::cli

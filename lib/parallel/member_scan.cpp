// SPDX-License-Identifier: Zlib
// Member headers in memory; see member_scan.hpp.
#include "parallel/member_scan.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"

namespace warpz::parallel {
namespace {

constexpr std::size_t kFixedBytes = 10;
// FLG, RFC 1952 2.3.1. FTEXT (1) asks nothing of a decoder.
constexpr unsigned kHeaderCrc = 2;
constexpr unsigned kExtraField = 4;
constexpr unsigned kName = 8;
constexpr unsigned kComment = 16;
constexpr unsigned kReserved = 0xe0;
constexpr unsigned kLastOs = 13;  // Acorn RISCOS
constexpr unsigned kUnknownOs = 255;

/// Size of the whole member by the subfield "BC" of two bytes (SAM format specification, 4.1); 0 without it.
std::size_t bgzf_bytes(std::span<const std::uint8_t> extra) noexcept {
    while (extra.size() >= 4) {
        const std::size_t size = load_le<std::uint16_t>(extra.data() + 2);
        if (size > extra.size() - 4) break;
        if (extra[0] == 'B' && extra[1] == 'C' && size == 2)
            return std::size_t{load_le<std::uint16_t>(extra.data() + 4)} + 1;
        extra = extra.subspan(4 + size);
    }
    return 0;
}

}  // namespace

std::optional<MemberPrefix> read_member_prefix(std::span<const std::uint8_t> data) noexcept {
    if (data.size() < kFixedBytes || data[0] != 0x1f || data[1] != 0x8b || data[2] != 8)
        return std::nullopt;
    const unsigned flags = data[3];
    if ((flags & (kReserved | kHeaderCrc)) != 0) return std::nullopt;
    MemberPrefix prefix;
    prefix.mtime = load_le<std::uint32_t>(data.data() + 4);
    std::size_t at = kFixedBytes;
    if ((flags & kExtraField) != 0) {
        if (data.size() - at < 2) return std::nullopt;
        const std::size_t size = load_le<std::uint16_t>(data.data() + at);
        at += 2;
        if (data.size() - at < size) return std::nullopt;
        prefix.bgzf_bytes = bgzf_bytes(data.subspan(at, size));
        at += size;
    }
    for (const unsigned text : {kName, kComment}) {
        if ((flags & text) == 0) continue;
        const auto rest = data.subspan(at);
        const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0});
        if (end == rest.end()) return std::nullopt;
        at += static_cast<std::size_t>(end - rest.begin()) + 1;
    }
    prefix.header_bytes = at;
    return prefix;
}

std::optional<std::size_t> find_member(std::span<const std::uint8_t> data, std::size_t from,
                                       std::size_t to) noexcept {
    while (from < to && from < data.size()) {
        const auto* hit = static_cast<const std::uint8_t*>(
            std::memchr(data.data() + from, 0x1f, std::min(to, data.size()) - from));
        if (hit == nullptr) break;
        from = static_cast<std::size_t>(hit - data.data());
        const auto rest = data.subspan(from);
        if (rest.size() >= kFixedBytes && rest[1] == 0x8b &&
            (rest[9] <= kLastOs || rest[9] == kUnknownOs) && read_member_prefix(rest)) {
            return from;
        }
        ++from;
    }
    return std::nullopt;
}

}  // namespace warpz::parallel

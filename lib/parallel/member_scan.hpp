// SPDX-License-Identifier: Zlib
// Headers of gzip members (RFC 1952 2.3) in memory: reading one, finding one, and the extra field by which blocked gzip
// (BGZF) tells the size of a member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace warpz::parallel {

struct MemberPrefix {
    std::size_t header_bytes = 0;
    std::uint32_t mtime = 0;
    std::size_t bgzf_bytes = 0;  ///< of the whole member, from the subfield "BC"; 0 without it
};

inline constexpr std::size_t kMemberTrailerBytes = 8;

/// The member header at the front of `data`. Nothing when it is none, reaches beyond `data`, or has what only a reader
/// with messages of its own should judge: reserved flags or a checksum (FHCRC).
[[nodiscard]] std::optional<MemberPrefix> read_member_prefix(
    std::span<const std::uint8_t> data) noexcept;

/// The first place from byte `from` to before byte `to` where a member's header seems to begin.
[[nodiscard]] std::optional<std::size_t> find_member(std::span<const std::uint8_t> data,
                                                     std::size_t from, std::size_t to) noexcept;

}  // namespace warpz::parallel

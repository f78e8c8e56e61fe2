// SPDX-License-Identifier: Zlib
// Member headers and trailers; see gzip_member.hpp. Clause numbers are RFC 1952's.
#include "gzip_member.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include "zlib.h"

namespace warpz::cli {
namespace {

// FLG, 2.3.1. FTEXT (1) asks nothing of a decoder.
constexpr unsigned kHeaderCrc = 2;
constexpr unsigned kExtraField = 4;
constexpr unsigned kName = 8;
constexpr unsigned kComment = 16;
constexpr unsigned kEncrypted = 32;  // gzip's meaning before the RFC reserved it
constexpr unsigned kReserved = 0xc0;

// PATH_MAX; what is longer cannot name a file and is cut
constexpr std::size_t kMaxNameBytes = 4096;

/// Takes header bytes one by one and keeps the CRC for FHCRC.
class HeaderBytes {
  public:
    explicit HeaderBytes(Reader& in) : in_(in) {}

    unsigned next() {
        const auto bytes = in_.available();
        if (bytes.empty()) throw truncated(in_);
        const Bytef byte = bytes.front();
        crc_ = crc32(crc_, &byte, 1);
        in_.take(1);
        ++count_;
        return byte;
    }
    unsigned next_le16() {
        const unsigned low = next();
        return low | next() << 8;
    }
    /// Takes a zero-terminated string and returns its first `limit` bytes.
    std::string next_string(std::size_t limit) {
        std::string text;
        while (const unsigned byte = next()) {
            if (text.size() < limit) text += static_cast<char>(byte);
        }
        return text;
    }
    [[nodiscard]] unsigned crc16() const noexcept { return crc_ & 0xffff; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

  private:
    Reader& in_;
    uLong crc_ = crc32(0, nullptr, 0);
    std::size_t count_ = 0;
};

template <class... Values>
Failure failure(const Reader& in, const char* format, Values... values) {
    std::array<char, 100> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return Failure(in.name(), text.data());
}

/// RFC 8878, 3.1.1 and 3.1.2; also a part of the former that is all there is.
bool is_zstd(std::span<const std::uint8_t> bytes) {
    static constexpr std::array<std::uint8_t, 4> kMagic = {0x28, 0xb5, 0x2f, 0xfd};
    if (std::equal(bytes.begin(), bytes.begin() + std::min<std::ptrdiff_t>(std::ssize(bytes), 4),
                   kMagic.begin())) {
        return true;
    }
    return bytes.size() >= 4 && (bytes[0] & 0xf0) == 0x50 && bytes[1] == 0x2a && bytes[2] == 0x4d &&
           bytes[3] == 0x18;
}

}  // namespace

BadData truncated(const Reader& in) {
    return BadData(in.name(), "unexpected end of file", in.read_bytes(), true);
}

Failure made_by_other_tool(const Reader& in, const char* tool) {
    return failure(in, "compressed with %s -- not supported", tool);
}

Magic peek_magic(Reader& in, const char*& other_tool) {
    const auto bytes = in.peek(4);
    if (bytes.empty()) return Magic::kEnd;
    if (bytes.size() == 1) return Magic::kShort;
    if (bytes[0] == 0x1f) {
        switch (bytes[1]) {
            case 0x8b:
            case 0x9e:  // of gzip before version 0.5
                return Magic::kGzip;
            case 0x9d:
                return Magic::kCompress;
            case 0x1e:
                other_tool = "pack (.z)";
                return Magic::kOtherTool;
            case 0xa0:
                other_tool = "compress -H (SCO)";
                return Magic::kOtherTool;
            default:
                return Magic::kUnknown;
        }
    }
    if (bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == 3 && bytes[3] == 4) {
        return Magic::kZip;
    }
    return is_zstd(bytes) ? Magic::kZstd : Magic::kUnknown;
}

MemberHeader read_member_header(Reader& in) {
    HeaderBytes bytes(in);
    MemberHeader header;
    bytes.next_le16();  // ID1 ID2, seen by peek_magic()
    if (const unsigned method = bytes.next(); method != Z_DEFLATED) {
        throw failure(in, "unknown method %u -- not supported", method);
    }
    const unsigned flags = bytes.next();
    if ((flags & kEncrypted) != 0) throw Failure(in.name(), "is encrypted -- not supported");
    if ((flags & kReserved) != 0) throw failure(in, "has flags 0x%x -- not supported", flags);
    header.mtime = bytes.next_le16();
    header.mtime |= bytes.next_le16() << 16;
    bytes.next_le16();  // XFL, OS
    if ((flags & kExtraField) != 0) {
        header.extra_bytes = bytes.next_le16();
        for (std::size_t i = 0; i < header.extra_bytes; ++i) bytes.next();
    }
    if ((flags & kName) != 0) header.name = bytes.next_string(kMaxNameBytes);
    if ((flags & kComment) != 0) bytes.next_string(0);
    if ((flags & kHeaderCrc) != 0) {
        const unsigned computed = bytes.crc16();
        const unsigned stored = bytes.next_le16();
        if (stored != computed) {
            throw failure(in, "header checksum 0x%04x != computed checksum 0x%04x", stored,
                          computed);
        }
    }
    header.size_bytes = bytes.count();
    return header;
}

MemberTrailer read_member_trailer(Reader& in) {
    const auto bytes = in.peek(kTrailerBytes);
    if (bytes.size() < kTrailerBytes) throw truncated(in);
    const auto le32 = [&](std::size_t at) {
        return static_cast<std::uint32_t>(bytes[at]) |
               static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
               static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
               static_cast<std::uint32_t>(bytes[at + 3]) << 24;
    };
    const MemberTrailer trailer{le32(0), le32(4)};
    in.take(kTrailerBytes);
    return trailer;
}

AfterMember skip_to_next_member(Reader& in, bool keeps_all, Magic own) {
    bool saw_zeros = false;
    while (!keeps_all) {
        const auto bytes = in.available();
        if (bytes.empty()) return saw_zeros ? AfterMember::kZeros : AfterMember::kEnd;
        const auto other =
            std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
        saw_zeros = saw_zeros || other != bytes.begin();
        in.take(static_cast<std::size_t>(other - bytes.begin()));
        if (other != bytes.end()) break;
    }
    if (saw_zeros) return AfterMember::kGarbage;
    const char* tool = nullptr;
    const Magic next = peek_magic(in, tool);
    if (next == own) return AfterMember::kMember;
    switch (next) {
        case Magic::kEnd:
            return AfterMember::kEnd;
        case Magic::kShort:
            if (keeps_all) return AfterMember::kGarbage;
            throw truncated(in);  // gzip's decision: one byte may be the head of a lost member
        case Magic::kCompress:
            throw Failure(in.name(), "compress (.Z) data behind other data -- not supported");
        case Magic::kOtherTool:
            throw made_by_other_tool(in, tool);
        case Magic::kGzip:
        case Magic::kZstd:
        case Magic::kZip:
        case Magic::kUnknown:
            break;
    }
    return AfterMember::kGarbage;
}

}  // namespace warpz::cli

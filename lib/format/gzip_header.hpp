// SPDX-License-Identifier: Zlib
// The header of a gzip member (RFC 1952 2.3), read piecewise from any division of the input. The magic bytes are
// taken by the caller, who has to tell gzip from zlib; everything from CM to FHCRC is read here.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "format/bit_reader.hpp"
#include "format/format_error.hpp"

namespace warpz {

inline constexpr std::uint64_t kGzipMagic = 0x8b1f;  // ID1 and ID2 as a little-endian number

/// Where a caller wants the fields of a header (gz_header of zlib.h). Buffers may be null; what does not fit in
/// their capacity is cut. A field that the header lacks turns its pointer null.
struct GzipHeaderFields {
    bool is_text = false;
    /// 32 bits, as xfl and os have 8; more only by bits that inflatePrime put before them
    std::uint64_t mtime = 0;
    std::uint8_t xfl = 0;
    std::uint32_t os = 0;
    std::uint8_t* extra = nullptr;
    std::uint32_t extra_len_bytes = 0;  ///< XLEN, whatever the capacity
    std::uint32_t extra_capacity_bytes = 0;
    std::uint8_t* name = nullptr;
    std::uint32_t name_capacity_bytes = 0;
    std::uint8_t* comment = nullptr;
    std::uint32_t comment_capacity_bytes = 0;
    bool has_header_crc = false;
    int done = 0;  ///< 1 when the header is complete, -1 when the stream turned out to be zlib's
};

/// Continues a CRC-32 (RFC 1952 section 8) over bytes. Handed in, because checksums are no part of a format's layout.
using HeaderCrc = std::uint32_t (*)(std::uint32_t crc, const std::uint8_t* data, std::size_t size);

/// Reads one member's header after its magic bytes, resuming where the last call stopped.
class GzipHeaderReader {
  public:
    /// Begins a header. The magic bytes are already taken and count in FHCRC.
    void start() noexcept;

    /// reader    input; everything up to the end of the header or of the input is taken from it
    /// fields    filled field by field, null when nobody asked; FNAME and FCOMMENT include their zero
    /// crc       computes FHCRC; null leaves it unchecked
    /// returns   kOk when the header is complete, kNeedInput, or kBadData with error() set and the offending
    ///           bytes still held by `reader`
    [[nodiscard]] Status read(BitReader& reader, GzipHeaderFields* fields, HeaderCrc crc) noexcept;

    [[nodiscard]] FormatError error() const noexcept { return error_; }

    /// CRC-32 of the header so far, as far as FHCRC wants it.
    [[nodiscard]] std::uint32_t running_crc() const noexcept { return crc_; }
    /// CM and FLG were read, whether they were right or not.
    [[nodiscard]] bool has_method_and_flags() const noexcept { return has_method_and_flags_; }
    /// CM + 256 * FLG.
    [[nodiscard]] std::uint32_t method_and_flags() const noexcept { return method_and_flags_; }

  private:
    enum class Sequence : std::uint8_t {
        kMethodAndFlags,
        kMtime,
        kXflAndOs,
        kXlen,
        kExtra,
        kName,
        kComment,
        kHeaderCrc,
    };

    Status fail(FormatError error) noexcept;
    [[nodiscard]] bool has_flag(unsigned flag) const noexcept {
        return ((method_and_flags_ >> 8) & flag) != 0;
    }
    void add_to_crc(const std::uint8_t* bytes, std::size_t size, HeaderCrc crc) noexcept;
    void take_field(BitReader& reader, unsigned size_bytes, HeaderCrc crc) noexcept;
    [[nodiscard]] bool read_extra(BitReader& reader, GzipHeaderFields* fields,
                                  HeaderCrc crc) noexcept;
    [[nodiscard]] bool read_text(BitReader& reader, std::uint8_t* to, std::uint32_t capacity_bytes,
                                 HeaderCrc crc) noexcept;

    Sequence sequence_ = Sequence::kMethodAndFlags;
    FormatError error_ = FormatError::kNone;
    bool has_method_and_flags_ = false;
    std::uint32_t method_and_flags_ = 0;
    std::uint32_t crc_ = 0;     ///< CRC-32 of the header so far
    std::uint32_t length_ = 0;  ///< bytes of FEXTRA to come, or of the text stored so far
};

}  // namespace warpz

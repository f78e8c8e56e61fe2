// SPDX-License-Identifier: Zlib
// Resumable reading of a gzip header; see gzip_header.hpp. The source text is RFC 1952 2.3; the exact moments at
// which fields appear are zlib's.
#include "format/gzip_header.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"

namespace warpz {
namespace {

constexpr unsigned kDeflateMethod = 8;
// FLG, 2.3.1
constexpr unsigned kFtext = 0x01;
constexpr unsigned kFhcrc = 0x02;
constexpr unsigned kFextra = 0x04;
constexpr unsigned kFname = 0x08;
constexpr unsigned kFcomment = 0x10;
constexpr unsigned kReserved = 0xe0;

constexpr std::uint32_t kMagicCrc = 0xf6e946c9;  // CRC-32 of 1F 8B

}  // namespace

void GzipHeaderReader::start() noexcept {
    sequence_ = Sequence::kMethodAndFlags;
    error_ = FormatError::kNone;
    has_method_and_flags_ = false;
    method_and_flags_ = 0;
    crc_ = kMagicCrc;
    length_ = 0;
}

Status GzipHeaderReader::fail(FormatError error) noexcept {
    error_ = error;
    return Status::kBadData;
}

void GzipHeaderReader::add_to_crc(const std::uint8_t* bytes, std::size_t size,
                                  HeaderCrc crc) noexcept {
    if (crc != nullptr && has_flag(kFhcrc)) crc_ = crc(crc_, bytes, size);
}

/// Ends a field of 2 or 4 bytes that `reader` holds.
void GzipHeaderReader::take_field(BitReader& reader, unsigned size_bytes, HeaderCrc crc) noexcept {
    std::uint8_t bytes[4];
    store_le(bytes, static_cast<std::uint32_t>(reader.hold));
    add_to_crc(bytes, size_bytes, crc);
    reader.clear();
}

/// True when FEXTRA is complete.
bool GzipHeaderReader::read_extra(BitReader& reader, GzipHeaderFields* fields,
                                  HeaderCrc crc) noexcept {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(length_, reader.available()));
    if (count != 0) {
        if (fields != nullptr && fields->extra != nullptr) {
            const std::uint32_t stored = fields->extra_len_bytes - length_;
            if (stored < fields->extra_capacity_bytes) {
                std::memcpy(fields->extra + stored, reader.next,
                            std::min(count, fields->extra_capacity_bytes - stored));
            }
        }
        add_to_crc(reader.next, count, crc);
        reader.next += count;
        length_ -= count;
    }
    return length_ == 0;
}

/// True when a zero-terminated text is complete.
bool GzipHeaderReader::read_text(BitReader& reader, std::uint8_t* to, std::uint32_t capacity_bytes,
                                 HeaderCrc crc) noexcept {
    const std::size_t available = reader.available();
    if (available == 0) return false;
    const auto* zero = static_cast<const std::uint8_t*>(std::memchr(reader.next, 0, available));
    const std::size_t count =
        zero != nullptr ? static_cast<std::size_t>(zero - reader.next) + 1 : available;
    if (to != nullptr && length_ < capacity_bytes) {
        const std::size_t stored = std::min<std::size_t>(count, capacity_bytes - length_);
        std::memcpy(to + length_, reader.next, stored);
        length_ += static_cast<std::uint32_t>(stored);
    }
    add_to_crc(reader.next, count, crc);
    reader.next += count;
    return zero != nullptr;
}

Status GzipHeaderReader::read(BitReader& reader, GzipHeaderFields* fields, HeaderCrc crc) noexcept {
    if (error_ != FormatError::kNone) return Status::kBadData;
    switch (sequence_) {
        case Sequence::kMethodAndFlags:
            if (!reader.need(16)) return Status::kNeedInput;
            method_and_flags_ = static_cast<std::uint32_t>(reader.hold);
            has_method_and_flags_ = true;
            if (reader.peek(8) != kDeflateMethod) return fail(FormatError::kMethod);
            if (has_flag(kReserved)) return fail(FormatError::kHeaderFlags);
            if (fields != nullptr) fields->is_text = has_flag(kFtext);
            take_field(reader, 2, crc);
            sequence_ = Sequence::kMtime;
            [[fallthrough]];
        case Sequence::kMtime:
            if (!reader.need(32)) return Status::kNeedInput;
            if (fields != nullptr) fields->mtime = reader.hold;
            take_field(reader, 4, crc);
            sequence_ = Sequence::kXflAndOs;
            [[fallthrough]];
        case Sequence::kXflAndOs:
            if (!reader.need(16)) return Status::kNeedInput;
            if (fields != nullptr) {
                fields->xfl = static_cast<std::uint8_t>(reader.hold);
                fields->os = static_cast<std::uint32_t>(reader.hold >> 8);
            }
            take_field(reader, 2, crc);
            sequence_ = Sequence::kXlen;
            [[fallthrough]];
        case Sequence::kXlen:
            length_ = 0;
            if (has_flag(kFextra)) {
                if (!reader.need(16)) return Status::kNeedInput;
                length_ = static_cast<std::uint32_t>(reader.hold);
                if (fields != nullptr) fields->extra_len_bytes = length_;
                take_field(reader, 2, crc);
            } else if (fields != nullptr) {
                fields->extra = nullptr;
            }
            sequence_ = Sequence::kExtra;
            [[fallthrough]];
        case Sequence::kExtra:
            if (!read_extra(reader, fields, crc)) return Status::kNeedInput;
            sequence_ = Sequence::kName;
            [[fallthrough]];
        case Sequence::kName:
            if (has_flag(kFname)) {
                std::uint8_t* to = fields != nullptr ? fields->name : nullptr;
                const std::uint32_t capacity = fields != nullptr ? fields->name_capacity_bytes : 0;
                if (!read_text(reader, to, capacity, crc)) return Status::kNeedInput;
            } else if (fields != nullptr) {
                fields->name = nullptr;
            }
            length_ = 0;
            sequence_ = Sequence::kComment;
            [[fallthrough]];
        case Sequence::kComment:
            if (has_flag(kFcomment)) {
                std::uint8_t* to = fields != nullptr ? fields->comment : nullptr;
                const std::uint32_t capacity =
                    fields != nullptr ? fields->comment_capacity_bytes : 0;
                if (!read_text(reader, to, capacity, crc)) return Status::kNeedInput;
            } else if (fields != nullptr) {
                fields->comment = nullptr;
            }
            sequence_ = Sequence::kHeaderCrc;
            [[fallthrough]];
        case Sequence::kHeaderCrc:
            if (has_flag(kFhcrc)) {
                if (!reader.need(16)) return Status::kNeedInput;
                if (crc != nullptr && reader.hold != (crc_ & 0xffff)) {
                    return fail(FormatError::kHeaderCrc);
                }
                reader.clear();
            }
            if (fields != nullptr) {
                fields->has_header_crc = has_flag(kFhcrc);
                fields->done = 1;
            }
            return Status::kOk;
    }
    return Status::kOk;
}

}  // namespace warpz

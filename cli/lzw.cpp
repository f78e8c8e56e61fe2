// SPDX-License-Identifier: Zlib
// The LZW decoder; see lzw.hpp. The format as compress(1) writes it: two magic bytes, a byte with the greatest code width
// and a flag, then codes, least significant bit first, in groups of eight; what is left of a group is skipped where the
// width changes.
#include "lzw.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr unsigned kWidthMask = 0x1f;
constexpr unsigned kHasClearCode = 0x80;
constexpr unsigned kFirstWidth = 9;
constexpr unsigned kMaxWidth = 16;
constexpr unsigned kClearCode = 256;
constexpr unsigned kGroupCodes = 8;
constexpr unsigned kNoCode = ~0U;

class LzwDecoder {
  public:
    LzwDecoder(Reader& in, Writer& out)
        : in_(in), out_(out), entries_(std::size_t{1} << kMaxWidth) {}

    DecompressResult run() {
        read_header();
        while (const std::optional<unsigned> code = next_code()) {
            if (has_clear_code_ && *code == kClearCode) {
                // The entry that the next code makes takes the clear code's own place.
                next_entry_ = kClearCode;
                set_width(kFirstWidth);
                continue;
            }
            expand(*code);
            if (flat_.size() >= kBufferBytes) flush();
        }
        flush();
        result_.members = 1;
        result_.totals.packed_bytes = in_.read_bytes();
        return result_;
    }

  private:
    struct Entry {
        std::uint16_t prefix;
        std::uint8_t byte;
    };

    void read_header() {
        const auto bytes = in_.peek(3);
        if (bytes.size() < 3) throw truncated(in_);
        const unsigned flags = bytes[2];
        in_.take(3);
        max_width_ = flags & kWidthMask;
        has_clear_code_ = (flags & kHasClearCode) != 0;
        if (max_width_ > kMaxWidth) {
            throw Failure(in_.name(), "compressed with " + std::to_string(max_width_) +
                                          " bits, can only handle " + std::to_string(kMaxWidth) +
                                          " bits");
        }
        next_entry_ = has_clear_code_ ? kClearCode + 1 : kClearCode;
        set_width(kFirstWidth);
    }

    void set_width(unsigned width) {
        // The rest of the group.
        if (group_codes_ != 0) skip_bits((kGroupCodes - group_codes_) * width_);
        group_codes_ = 0;
        width_ = width;
        // At its greatest the width stays, whatever the number of entries; but compress -b9 comes to 10 bits.
        end_of_width_ = width == max_width_ && width != kFirstWidth ? kNoCode : 1U << width;
    }

    void skip_bits(unsigned count) {
        while (count != 0 && (held_bits_ != 0 || pull())) {
            const unsigned part = std::min(count, held_bits_);
            held_ >>= part;
            held_bits_ -= part;
            count -= part;
        }
    }

    bool pull() {
        const auto bytes = in_.available();
        if (bytes.empty()) return false;
        held_ |= std::uint64_t{bytes[0]} << held_bits_;
        held_bits_ += 8;
        in_.take(1);
        return true;
    }

    std::optional<unsigned> next_code() {
        if (next_entry_ >= end_of_width_) set_width(width_ + 1);
        while (held_bits_ < width_)
            if (!pull()) return std::nullopt;
        const unsigned code = static_cast<unsigned>(held_) & ((1U << width_) - 1);
        held_ >>= width_;
        held_bits_ -= width_;
        group_codes_ = (group_codes_ + 1) % kGroupCodes;
        return code;
    }

    void expand(unsigned code) {
        const bool is_first = previous_ == kNoCode;
        if (is_first ? code > 255 : code > next_entry_) throw corrupt();
        string_.clear();
        unsigned at = code;
        if (!is_first && code == next_entry_) {
            // The entry that this very code makes: the previous string and its own first byte.
            string_.push_back(first_byte_);
            at = previous_;
        }
        for (; at > 255; at = entries_[at].prefix) {
            string_.push_back(entries_[at].byte);
            if (string_.size() > entries_.size()) throw corrupt();
        }
        first_byte_ = static_cast<std::uint8_t>(at);
        string_.push_back(first_byte_);
        flat_.insert(flat_.end(), string_.rbegin(), string_.rend());
        if (!is_first && next_entry_ < (1U << max_width_)) {
            entries_[next_entry_] = {static_cast<std::uint16_t>(previous_), first_byte_};
            ++next_entry_;
        }
        previous_ = code;
    }

    void flush() {
        result_.crc = static_cast<std::uint32_t>(crc32_z(result_.crc, flat_.data(), flat_.size()));
        result_.totals.plain_bytes += flat_.size();
        out_.write(flat_);
        flat_.clear();
    }

    /// What was decoded before is written first.
    [[nodiscard]] BadData corrupt() {
        flush();
        return BadData(in_.name(), "corrupt input.", in_.taken_bytes());
    }

    Reader& in_;
    Writer& out_;
    DecompressResult result_;
    std::vector<Entry> entries_;
    std::vector<std::uint8_t> string_;  // backwards
    std::vector<std::uint8_t> flat_;    // decoded, not written yet
    bool has_clear_code_ = false;
    unsigned max_width_ = kMaxWidth;
    unsigned width_ = kFirstWidth;
    unsigned end_of_width_ = 0;  // entries from which on the next width is used
    unsigned next_entry_ = 0;
    unsigned previous_ = kNoCode;
    std::uint8_t first_byte_ = 0;  // of the previous string
    unsigned group_codes_ = 0;
    std::uint64_t held_ = 0;
    unsigned held_bits_ = 0;
};

}  // namespace

DecompressResult decompress_lzw(Reader& in, Writer& out) {
    DecompressResult result = LzwDecoder(in, out).run();
    result.method = "compr";
    return result;
}

}  // namespace warpz::cli

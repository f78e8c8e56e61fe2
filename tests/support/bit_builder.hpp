// SPDX-License-Identifier: Zlib
// Deflate, zlib and gzip streams written field by field, the broken ones included: nothing here
// checks that a stream makes sense. Field names are those of RFC 1950, 1951 and 1952.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/rfc1951.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {

/// Codes from lengths (RFC 1951 3.2.2). An over-subscribed set gets codes too, cut to their length.
class CanonicalCode {
  public:
    explicit CanonicalCode(std::span<const std::uint8_t> lengths);
    [[nodiscard]] unsigned code(std::size_t symbol) const { return codes_.at(symbol); }
    [[nodiscard]] unsigned length(std::size_t symbol) const { return lengths_.at(symbol); }
    [[nodiscard]] std::size_t symbols() const { return lengths_.size(); }

    [[nodiscard]] static CanonicalCode fixed_literal_length();
    [[nodiscard]] static CanonicalCode fixed_distance();

  private:
    std::vector<std::uint8_t> lengths_;
    std::vector<unsigned> codes_;
};

/// Code lengths for symbols given one by one; all others have length 0.
struct SymbolLength {
    unsigned symbol;
    std::uint8_t length;
};
[[nodiscard]] std::vector<std::uint8_t> lengths_of(std::size_t count,
                                                   std::initializer_list<SymbolLength> used);

/// Writes bits from the least significant end of each byte on, as deflate packs them.
class BitBuilder {
  public:
    /// The `count` (0..64) low bits of `value`, least significant first: headers and extra bits.
    BitBuilder& bits(std::uint64_t value, unsigned count);
    /// A Huffman code, most significant bit first (RFC 1951 3.1.1).
    BitBuilder& code(const CanonicalCode& code, std::size_t symbol);
    /// Zero bits up to the next byte.
    BitBuilder& align();
    BitBuilder& byte(unsigned value) { return bits(value, 8); }
    BitBuilder& u16(unsigned value) { return bits(value, 16); }
    BitBuilder& u32(std::uint32_t value) { return bits(value, 32); }
    BitBuilder& bytes(std::span<const std::uint8_t> content);
    BitBuilder& text(std::string_view content);

    // Block headers.
    BitBuilder& block_header(bool bfinal, rfc1951::BlockType btype) {
        return block_header(bfinal, static_cast<unsigned>(btype));
    }
    BitBuilder& block_header(bool bfinal, unsigned btype) {
        return bits(bfinal ? 1 : 0, 1).bits(btype, 2);
    }
    BitBuilder& stored_block(bool bfinal, std::span<const std::uint8_t> content);
    BitBuilder& stored_header(bool bfinal, unsigned len, unsigned nlen);

    /// HLIT, HDIST and HCLEN by the *counts* they stand for (257.., 1.., 4..).
    BitBuilder& dynamic_counts(unsigned litlen, unsigned distance, unsigned code_lengths);
    /// The code length code's lengths, `lengths` in symbol order, the first `count` in the order
    /// of 3.2.7.
    BitBuilder& code_length_lengths(std::span<const std::uint8_t> lengths, unsigned count = 19);
    /// A whole dynamic header that sends each length by its own symbol, without repeats.
    BitBuilder& dynamic_header(bool bfinal, std::span<const std::uint8_t> litlen,
                               std::span<const std::uint8_t> distance);

    /// A match in the given codes: length symbol, extra bits, distance symbol, extra bits.
    BitBuilder& match(const CanonicalCode& litlen, const CanonicalCode& distance, unsigned length,
                      unsigned distance_bytes);
    /// Symbols of the fixed codes.
    BitBuilder& fixed_literals(std::string_view text);
    BitBuilder& fixed_match(unsigned length, unsigned distance_bytes);
    BitBuilder& fixed_symbol(unsigned litlen_symbol);
    BitBuilder& fixed_distance_symbol(unsigned symbol);
    BitBuilder& end_of_block_fixed() { return fixed_symbol(rfc1951::kEndOfBlock); }

    [[nodiscard]] std::size_t bit_count() const noexcept { return bit_count_; }
    /// The stream so far, the last byte filled up with zeros.
    [[nodiscard]] const Bytes& stream() const noexcept { return stream_; }

  private:
    Bytes stream_;
    std::size_t bit_count_ = 0;
};

/// Symbol and extra bits of a match length (3..258) or distance (1..32768).
struct RangeCode {
    unsigned symbol;
    unsigned extra_value;
    unsigned extra_bits;
};
[[nodiscard]] RangeCode length_code(unsigned length);
[[nodiscard]] RangeCode distance_code(unsigned distance);

/// Plain bit-by-bit checksums, independent of the library's.
[[nodiscard]] std::uint32_t simple_adler32(std::span<const std::uint8_t> data,
                                           std::uint32_t adler = 1);
[[nodiscard]] std::uint32_t simple_crc32(std::span<const std::uint8_t> data);

struct ZlibFields {
    unsigned cm = 8;
    unsigned cinfo = 7;
    unsigned flevel = 2;
    bool fdict = false;
    std::uint32_t dictid = 0;              ///< written when fdict
    std::optional<unsigned> fcheck{};      ///< right by default
    std::optional<std::uint32_t> adler{};  ///< right by default
};
[[nodiscard]] Bytes zlib_wrap(std::span<const std::uint8_t> raw,
                              std::span<const std::uint8_t> plain, const ZlibFields& fields = {});

struct GzipFields {
    unsigned id1 = 0x1f;
    unsigned id2 = 0x8b;
    unsigned cm = 8;
    unsigned reserved_flags = 0;  ///< FLG bits 5-7, in place
    bool ftext = false;
    bool fhcrc = false;
    std::uint32_t mtime = 0;
    unsigned xfl = 0;
    unsigned os = 3;
    std::optional<Bytes> extra{};
    std::optional<std::string> name{};
    std::optional<std::string> comment{};
    std::optional<unsigned> hcrc{};        ///< right by default
    std::optional<std::uint32_t> crc{};    ///< right by default
    std::optional<std::uint32_t> isize{};  ///< right by default
};
[[nodiscard]] Bytes gzip_wrap(std::span<const std::uint8_t> raw,
                              std::span<const std::uint8_t> plain, const GzipFields& fields = {});

}  // namespace warpz::test

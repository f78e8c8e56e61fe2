// SPDX-License-Identifier: Zlib
// BitBuilder and the wrappers around it.
#include "support/bit_builder.hpp"

#include <algorithm>
#include <array>

namespace warpz::test {

CanonicalCode::CanonicalCode(std::span<const std::uint8_t> lengths)
    : lengths_(lengths.begin(), lengths.end()), codes_(lengths.size(), 0) {
    unsigned next = 0;
    for (unsigned length = 1; length <= rfc1951::kMaxCodeBits; ++length) {
        next <<= 1;
        for (std::size_t symbol = 0; symbol < lengths_.size(); ++symbol) {
            if (lengths_[symbol] == length) codes_[symbol] = next++ & ((1U << length) - 1);
        }
    }
}

CanonicalCode CanonicalCode::fixed_literal_length() {
    return CanonicalCode(rfc1951::kFixedLitLenLengths);
}

CanonicalCode CanonicalCode::fixed_distance() {
    return CanonicalCode(
        std::vector<std::uint8_t>(rfc1951::kDistanceSymbolsFixed, rfc1951::kFixedDistanceBits));
}

std::vector<std::uint8_t> lengths_of(std::size_t count, std::initializer_list<SymbolLength> used) {
    std::vector<std::uint8_t> lengths(count, 0);
    for (const auto& [symbol, length] : used) lengths.at(symbol) = length;
    return lengths;
}

BitBuilder& BitBuilder::bits(std::uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i, ++bit_count_) {
        if (bit_count_ % 8 == 0) stream_.push_back(0);
        const auto bit = static_cast<unsigned>(value >> i & 1) << bit_count_ % 8;
        stream_.back() = static_cast<std::uint8_t>(stream_.back() | bit);
    }
    return *this;
}

BitBuilder& BitBuilder::code(const CanonicalCode& code, std::size_t symbol) {
    for (unsigned left = code.length(symbol); left > 0; --left) {
        bits(code.code(symbol) >> (left - 1) & 1, 1);
    }
    return *this;
}

BitBuilder& BitBuilder::align() {
    bit_count_ = stream_.size() * 8;
    return *this;
}

BitBuilder& BitBuilder::bytes(std::span<const std::uint8_t> content) {
    for (const auto value : content) byte(value);
    return *this;
}

BitBuilder& BitBuilder::text(std::string_view content) { return bytes(bytes_of(content)); }

BitBuilder& BitBuilder::stored_header(bool bfinal, unsigned len, unsigned nlen) {
    return block_header(bfinal, rfc1951::BlockType::kStored).align().u16(len).u16(nlen);
}

BitBuilder& BitBuilder::stored_block(bool bfinal, std::span<const std::uint8_t> content) {
    const auto len = static_cast<unsigned>(content.size());
    return stored_header(bfinal, len, ~len & 0xffff).bytes(content);
}

BitBuilder& BitBuilder::dynamic_counts(unsigned litlen, unsigned distance, unsigned code_lengths) {
    return bits(litlen - 257, 5).bits(distance - 1, 5).bits(code_lengths - 4, 4);
}

BitBuilder& BitBuilder::code_length_lengths(std::span<const std::uint8_t> lengths, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        const std::size_t symbol = rfc1951::kCodeLengthOrder[i];
        bits(symbol < lengths.size() ? lengths[symbol] : 0, 3);
    }
    return *this;
}

BitBuilder& BitBuilder::dynamic_header(bool bfinal, std::span<const std::uint8_t> litlen,
                                       std::span<const std::uint8_t> distance) {
    // Sixteen symbols of four bits, 0 to 15, make a complete code length code.
    std::array<std::uint8_t, rfc1951::kCodeLengthSymbols> lengths{};
    std::fill_n(lengths.begin(), 16, std::uint8_t{4});
    const CanonicalCode code_lengths(lengths);
    block_header(bfinal, rfc1951::BlockType::kDynamic);
    dynamic_counts(static_cast<unsigned>(litlen.size()), static_cast<unsigned>(distance.size()),
                   19);
    code_length_lengths(lengths);
    for (const auto length : litlen) code(code_lengths, length);
    for (const auto length : distance) code(code_lengths, length);
    return *this;
}

BitBuilder& BitBuilder::match(const CanonicalCode& litlen, const CanonicalCode& distance,
                              unsigned length, unsigned distance_bytes) {
    const RangeCode first = length_code(length);
    const RangeCode second = distance_code(distance_bytes);
    return code(litlen, first.symbol)
        .bits(first.extra_value, first.extra_bits)
        .code(distance, second.symbol)
        .bits(second.extra_value, second.extra_bits);
}

BitBuilder& BitBuilder::fixed_symbol(unsigned litlen_symbol) {
    return code(CanonicalCode::fixed_literal_length(), litlen_symbol);
}

BitBuilder& BitBuilder::fixed_distance_symbol(unsigned symbol) {
    return code(CanonicalCode::fixed_distance(), symbol);
}

BitBuilder& BitBuilder::fixed_literals(std::string_view text) {
    for (const char c : text) fixed_symbol(static_cast<std::uint8_t>(c));
    return *this;
}

BitBuilder& BitBuilder::fixed_match(unsigned length, unsigned distance_bytes) {
    return match(CanonicalCode::fixed_literal_length(), CanonicalCode::fixed_distance(), length,
                 distance_bytes);
}

namespace {

template <std::size_t N>
RangeCode find_range(const std::array<rfc1951::CodeRange, N>& ranges, unsigned value) {
    std::size_t index = ranges.size() - 1;
    while (ranges[index].base > value) --index;
    return {static_cast<unsigned>(index), value - ranges[index].base, ranges[index].extra_bits};
}

}  // namespace

RangeCode length_code(unsigned length) {
    RangeCode range = find_range(rfc1951::kLengthRanges, length);
    range.symbol += rfc1951::kFirstLengthSymbol;
    return range;
}

RangeCode distance_code(unsigned distance) {
    return find_range(rfc1951::kDistanceRanges, distance);
}

std::uint32_t simple_adler32(std::span<const std::uint8_t> data, std::uint32_t adler) {
    std::uint32_t a = adler & 0xffff;
    std::uint32_t b = adler >> 16;
    for (const auto byte : data) {
        a = (a + byte) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

std::uint32_t simple_crc32(std::span<const std::uint8_t> data) {
    std::uint32_t crc = ~0U;
    for (const auto byte : data) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

Bytes zlib_wrap(std::span<const std::uint8_t> raw, std::span<const std::uint8_t> plain,
                const ZlibFields& fields) {
    const unsigned cmf = fields.cinfo << 4 | fields.cm;
    unsigned flg = fields.flevel << 6 | (fields.fdict ? 1U << 5 : 0U);
    flg |= fields.fcheck.value_or((31 - (cmf * 256 + flg) % 31) % 31);
    BitBuilder out;
    const auto big_endian = [&out](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8) out.byte(value >> shift & 0xff);
    };
    out.byte(cmf).byte(flg);
    if (fields.fdict) big_endian(fields.dictid);
    out.bytes(raw);
    big_endian(fields.adler.value_or(simple_adler32(plain)));
    return out.stream();
}

Bytes gzip_wrap(std::span<const std::uint8_t> raw, std::span<const std::uint8_t> plain,
                const GzipFields& fields) {
    const unsigned flg = (fields.ftext ? 1U : 0U) | (fields.fhcrc ? 2U : 0U) |
                         (fields.extra ? 4U : 0U) | (fields.name ? 8U : 0U) |
                         (fields.comment ? 16U : 0U) | fields.reserved_flags;
    BitBuilder out;
    out.byte(fields.id1).byte(fields.id2).byte(fields.cm).byte(flg);
    out.u32(fields.mtime).byte(fields.xfl).byte(fields.os);
    if (fields.extra) out.u16(static_cast<unsigned>(fields.extra->size())).bytes(*fields.extra);
    if (fields.name) out.text(*fields.name).byte(0);
    if (fields.comment) out.text(*fields.comment).byte(0);
    if (fields.fhcrc) out.u16(fields.hcrc.value_or(simple_crc32(out.stream()) & 0xffff));
    out.bytes(raw);
    out.u32(fields.crc.value_or(simple_crc32(plain)));
    out.u32(fields.isize.value_or(static_cast<std::uint32_t>(plain.size())));
    return out.stream();
}

}  // namespace warpz::test

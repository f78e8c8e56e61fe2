// SPDX-License-Identifier: Zlib
// Block headers; see block_codes.hpp.
#include "parallel/block_codes.hpp"

#include <algorithm>
#include <array>

#include "format/bit_reader.hpp"

namespace warpz::parallel {
namespace {

using inflate::build_table;
using inflate::code_bits;
using inflate::CodeKind;
using inflate::drop_bits;
using inflate::Entry;
using inflate::repeats_previous;
using inflate::run_length;
using inflate::run_times;

BitReader reader_at(PaddedInput input, std::uint64_t at) noexcept {
    BitReader in{input.data() + std::min<std::uint64_t>(at / 8, input.size()),
                 input.data() + input.size(), 0, 0};
    if (at % 8 != 0 && in.pull()) in.drop(at % 8);
    return in;
}

std::uint64_t position_of(PaddedInput input, const BitReader& in) noexcept {
    return static_cast<std::uint64_t>(in.next - input.data()) * 8 - in.bits;
}

/// Lengths of both codes, one after the other.
using CodeLengths = std::array<std::uint8_t, rfc1951::kLitLenSymbols + rfc1951::kDistanceSymbols>;

HeaderOutcome read_code_lengths(BitReader& in, const Entry* table, unsigned table_bits,
                                std::span<std::uint8_t> lengths) noexcept {
    std::size_t done = 0;
    while (done < lengths.size()) {
        Entry entry;
        if (!inflate::decode_code(in, table, table_bits, entry) || !in.need(drop_bits(entry)))
            return HeaderOutcome::kNeedInput;
        in.drop(code_bits(entry));
        auto length = static_cast<std::uint8_t>(run_length(entry));
        if (repeats_previous(entry)) {
            if (done == 0) return HeaderOutcome::kBadData;
            length = lengths[done - 1];
        }
        const std::size_t times = run_times(entry) + in.take(drop_bits(entry) - code_bits(entry));
        if (times > lengths.size() - done) return HeaderOutcome::kBadData;
        std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(done), times, length);
        done += times;
    }
    return HeaderOutcome::kOk;
}

HeaderOutcome read_dynamic(BitReader& in, inflate::Tables& tables, BlockHeader& header) noexcept {
    if (!in.need(14)) return HeaderOutcome::kNeedInput;
    const unsigned hlit = in.take(5) + 257;
    const unsigned hdist = in.take(5) + 1;
    const unsigned hclen = in.take(4) + 4;
    if (hlit > rfc1951::kLitLenSymbols || hdist > rfc1951::kDistanceSymbols)
        return HeaderOutcome::kBadData;
    std::array<std::uint8_t, rfc1951::kCodeLengthSymbols> first{};
    for (unsigned i = 0; i < hclen; ++i) {
        if (!in.need(3)) return HeaderOutcome::kNeedInput;
        first[rfc1951::kCodeLengthOrder[i]] = static_cast<std::uint8_t>(in.take(3));
    }
    std::array<Entry, inflate::kCodeLengthEntries> table;
    unsigned bits = 0;
    inflate::LengthCounts counts;
    if (!build_table(CodeKind::kCodeLengths, first, table.data(), bits, counts))
        return HeaderOutcome::kBadData;
    CodeLengths lengths{};
    const std::span<std::uint8_t> both(lengths.data(), hlit + hdist);
    if (const HeaderOutcome outcome = read_code_lengths(in, table.data(), bits, both);
        outcome != HeaderOutcome::kOk) {
        return outcome;
    }
    if (lengths[rfc1951::kEndOfBlock] == 0 ||
        !build_table(CodeKind::kLitLen, both.first(hlit), tables.litlen(), bits, counts) ||
        !build_table(CodeKind::kDistance, both.subspan(hlit), tables.distance(), bits, counts)) {
        return HeaderOutcome::kBadData;
    }
    header.tables = &tables;
    header.table_bits = bits;
    header.mostly_literals = inflate::has_mostly_literals(both.first(hlit));
    return HeaderOutcome::kOk;
}

}  // namespace

HeaderOutcome read_block_header(PaddedInput input, std::uint64_t at, inflate::Tables& tables,
                                BlockHeader& header) noexcept {
    BitReader in = reader_at(input, at);
    if (!in.need(3)) return HeaderOutcome::kNeedInput;
    header.is_last = in.take(1) != 0;
    HeaderOutcome outcome = HeaderOutcome::kOk;
    switch (const unsigned type = in.take(2); type) {
        case static_cast<unsigned>(rfc1951::BlockType::kStored): {
            header.type = rfc1951::BlockType::kStored;
            in.drop_to_byte();
            if (!in.need(32)) return HeaderOutcome::kNeedInput;
            const auto len = static_cast<std::uint16_t>(in.hold);
            const auto nlen = static_cast<std::uint16_t>(in.hold >> 16);
            if (len != static_cast<std::uint16_t>(~nlen)) return HeaderOutcome::kBadData;
            in.clear();
            header.stored_bytes = len;
            break;
        }
        case static_cast<unsigned>(rfc1951::BlockType::kFixed):
            header.type = rfc1951::BlockType::kFixed;
            header.tables = &inflate::kFixedTables;
            header.table_bits = inflate::kFixedTableBits;
            break;
        case static_cast<unsigned>(rfc1951::BlockType::kDynamic):
            header.type = rfc1951::BlockType::kDynamic;
            outcome = read_dynamic(in, tables, header);
            break;
        default:
            return HeaderOutcome::kBadData;
    }
    header.data_bit = position_of(input, in);
    return outcome;
}

}  // namespace warpz::parallel

// SPDX-License-Identifier: Zlib
// The decoder to 16-bit symbols; see marker_decoder.hpp. The loop is that of lib/inflate's in its plainest form: one
// refill pays for three literals or for a length and a distance. Blocks that it would be slow with, because what comes
// next in them cannot be predicted, are marker_loop.cpp's. History is always complete, so no distance is too far.
#include "parallel/marker_decoder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "inflate/fast_bits.hpp"
#include "kernels/cpu_features.hpp"
#include "parallel/marker_loop.hpp"
#include "parallel/symbol_copy.hpp"

namespace warpz::parallel {
namespace {

using inflate::code_bits;
using inflate::drop_bits;
using inflate::Entry;
using inflate::entry_value;
using inflate::FastBits;
using inflate::is_end_of_block;
using inflate::is_exceptional;
using inflate::is_link;
using inflate::is_literal;

static_assert(kSymbolSlack >= rfc1951::kMaxMatch + 3 + kCopySlackSymbols);

// Bits: three codes of the main table, or all of a match.
static_assert(3 * inflate::kMaxTableBits <= 56);
static_assert(rfc1951::kMaxCodeBits + 5 + rfc1951::kMaxCodeBits + 13 <= 56);

/// Base and extra bits of the length or distance at the front of `hold`.
[[gnu::always_inline]] inline std::size_t range_value(Entry entry, std::uint64_t hold) noexcept {
    return entry_value(entry) +
           ((hold & ((std::uint64_t{1} << drop_bits(entry)) - 1)) >> code_bits(entry));
}

[[gnu::always_inline]] inline Entry follow_link(const Entry* table, Entry entry, std::uint64_t hold,
                                                unsigned table_bits) noexcept {
    return table[entry_value(entry) + ((hold >> table_bits) & ((1U << code_bits(entry)) - 1))];
}

/// Symbols up to the end of the block. `bit` and `out` are advanced.
[[gnu::always_inline]] inline BlockOutcome decode_symbols(PaddedInput input, std::uint64_t& bit,
                                                          const BlockHeader& header, Symbol*& out,
                                                          const Symbol* out_end) noexcept {
    const Entry* const litlen = header.tables->litlen();
    const Entry* const distances = header.tables->distance();
    const unsigned table_bits = header.table_bits;
    const std::uint64_t mask = (1U << table_bits) - 1;
    const std::uint8_t* const in_end = input.data() + input.size();
    FastBits in{0, 0, input.data() + bit / 8};
    in.refill();
    in.drop(bit % 8);
    Symbol* to = out;
    for (;;) {
        in.refill();
        // Up to 8 bytes behind the end have been shown, which the input's slack allows for.
        if (in.next > in_end + 7) [[unlikely]]
            return BlockOutcome::kNeedInput;
        if (to > out_end) [[unlikely]]
            return BlockOutcome::kNeedOutput;
        Entry entry = litlen[in.hold & mask];
        if (is_literal(entry)) {
            *to++ = static_cast<Symbol>(entry_value(entry));
            in.drop(entry);
            entry = litlen[in.hold & mask];
            if (is_literal(entry)) {
                *to++ = static_cast<Symbol>(entry_value(entry));
                in.drop(entry);
                entry = litlen[in.hold & mask];
                if (is_literal(entry)) {
                    *to++ = static_cast<Symbol>(entry_value(entry));
                    in.drop(entry);
                    continue;
                }
            }
            in.refill();
        }
        if (is_exceptional(entry)) [[unlikely]] {
            if (is_link(entry)) {
                entry = follow_link(litlen, entry, in.hold, table_bits);
                if (is_literal(entry)) {
                    *to++ = static_cast<Symbol>(entry_value(entry));
                    in.drop(entry);
                    continue;
                }
            }
            if (is_exceptional(entry)) {
                if (!is_end_of_block(entry)) return BlockOutcome::kBadData;
                in.drop(entry);
                break;
            }
        }
        const std::size_t length = range_value(entry, in.hold);
        in.drop(entry);
        entry = distances[in.hold & mask];
        if (is_exceptional(entry)) [[unlikely]] {
            if (is_link(entry)) entry = follow_link(distances, entry, in.hold, table_bits);
            if (is_exceptional(entry)) return BlockOutcome::kBadData;
        }
        const std::size_t distance = range_value(entry, in.hold);
        in.drop(entry);
        copy_symbols(to, distance, length);
        to += length;
    }
    const auto read_bits = static_cast<std::uint64_t>(in.next - input.data()) * 8;
    bit = read_bits - in.counted();
    out = to;
    return bit > std::uint64_t{input.size()} * 8 ? BlockOutcome::kNeedInput
                                                 : BlockOutcome::kBoundary;
}

using DecodeFn = BlockOutcome (*)(PaddedInput, std::uint64_t&, const BlockHeader&, Symbol*&,
                                  const Symbol*) noexcept;

BlockOutcome decode_symbols_portable(PaddedInput input, std::uint64_t& bit,
                                     const BlockHeader& header, Symbol*& out,
                                     const Symbol* out_end) noexcept {
    return decode_symbols(input, bit, header, out, out_end);
}

#if defined(__x86_64__)
/// The same with shifts that need no fixed register.
[[gnu::target("bmi,bmi2,avx,avx2")]] BlockOutcome decode_symbols_bmi2(
    PaddedInput input, std::uint64_t& bit, const BlockHeader& header, Symbol*& out,
    const Symbol* out_end) noexcept {
    return decode_symbols(input, bit, header, out, out_end);
}
#endif

/// The decoder for this CPU and a block with `header`.
DecodeFn decoder([[maybe_unused]] const BlockHeader& header) noexcept {
#if defined(__x86_64__)
    const kernels::Cpu cpu = kernels::cpu();
    if (cpu.bmi2 && cpu.avx2)
        return header.mostly_literals ? decode_symbols_bmi2 : decode_mixed_symbols;
#endif
    return decode_symbols_portable;
}

}  // namespace

void write_unknown_window(std::span<Symbol, kWindowBytes> window) noexcept {
    for (std::size_t i = 0; i < kWindowBytes; ++i)
        window[i] = static_cast<Symbol>(kFirstMarker + i);
}

BlockResult decode_block(PaddedInput input, std::uint64_t at, Symbol* out, std::size_t capacity,
                         inflate::Tables& tables) noexcept {
    BlockHeader header;
    BlockResult result;
    switch (read_block_header(input, at, tables, header)) {
        case HeaderOutcome::kOk:
            break;
        case HeaderOutcome::kNeedInput:
            result.outcome = BlockOutcome::kNeedInput;
            return result;
        case HeaderOutcome::kBadData:
            return result;
    }
    std::uint64_t bit = header.data_bit;
    Symbol* to = out;
    if (header.type == rfc1951::BlockType::kStored) {
        const std::size_t begin = bit / 8;
        const std::size_t size = header.stored_bytes;
        if (input.size() - begin < size) {
            result.outcome = BlockOutcome::kNeedInput;
        } else if (size > capacity) {
            result.outcome = BlockOutcome::kNeedOutput;
        } else {
            std::copy_n(input.data() + begin, size, to);
            to += size;
            bit += std::uint64_t{size} * 8;
            result.outcome = BlockOutcome::kBoundary;
        }
    } else {
        result.outcome = decoder(header)(input, bit, header, to, out + capacity);
    }
    if (result.outcome != BlockOutcome::kBoundary) return result;
    if (header.is_last) result.outcome = BlockOutcome::kLast;
    result.next_bit = bit;
    result.symbols = static_cast<std::size_t>(to - out);
    if (result.symbols > capacity) return {BlockOutcome::kNeedOutput, 0, 0};
    return result;
}

std::size_t end_of_markers(std::span<const Symbol> symbols) noexcept {
    constexpr std::size_t kGroup = 64;
    std::size_t end = symbols.size();
    for (; end >= kGroup; end -= kGroup) {
        Symbol any = 0;
        for (std::size_t i = end - kGroup; i < end; ++i)
            any = static_cast<Symbol>(any | symbols[i]);
        if (any >= kFirstMarker) break;
    }
    while (end != 0 && symbols[end - 1] < kFirstMarker) --end;
    return end;
}

}  // namespace warpz::parallel

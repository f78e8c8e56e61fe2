// SPDX-License-Identifier: Zlib
// RFC 1951 section 3.2 from the writing side.
#include "deflate/block_writer.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "format/huffman.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::deflate {
namespace {

using rfc1951::BlockType;
using rfc1951::kCodeLengthOrder;
using rfc1951::kCodeLengthSymbols;
using rfc1951::kDistanceRanges;
using rfc1951::kDistanceSymbols;
using rfc1951::kEndOfBlock;
using rfc1951::kFirstLengthSymbol;
using rfc1951::kLengthRanges;
using rfc1951::kLitLenSymbols;

/// One bit less than the format allows, so that four literals fit between two flushes of the writer.
constexpr unsigned kMaxLitLenBits = 14;
static_assert(4 * kMaxLitLenBits <= BitWriter::kRoomBits);
static_assert(kMaxLitLenBits + 5 + rfc1951::kMaxCodeBits + 13 <= BitWriter::kRoomBits);

constexpr unsigned kHeaderBits = 3;  // BFINAL, BTYPE

/// Length symbol less 257, by length - 3.
constexpr std::array<std::uint8_t, 256> kLengthSymbols = [] {
    std::array<std::uint8_t, 256> symbols{};
    for (unsigned symbol = 0; symbol < kLengthRanges.size(); ++symbol) {
        const unsigned first = kLengthRanges[symbol].base - 3U;
        const unsigned count = 1U << kLengthRanges[symbol].extra_bits;
        for (unsigned i = first; i < std::min(first + count, 256U); ++i) {
            symbols[i] = static_cast<std::uint8_t>(symbol);
        }
    }
    return symbols;
}();
static_assert(kLengthSymbols[255] == 28 && kLengthSymbols[254] == 27 && kLengthSymbols[8] == 8);

/// Distance symbols of distance - 1: as they are below 256, by distance >> 7 above.
constexpr std::array<std::uint8_t, 512> kDistanceSymbolTable = [] {
    std::array<std::uint8_t, 512> symbols{};
    for (unsigned symbol = 0; symbol < kDistanceSymbols; ++symbol) {
        const unsigned first = kDistanceRanges[symbol].base - 1U;
        const unsigned end = first + (1U << kDistanceRanges[symbol].extra_bits);
        for (unsigned i = first; i < end; ++i) {
            symbols[i < 256 ? i : 256 + (i >> 7)] = static_cast<std::uint8_t>(symbol);
        }
    }
    return symbols;
}();
static_assert(kDistanceSymbolTable[255] == 15 && kDistanceSymbolTable[511] == 29);

[[nodiscard]] inline std::uint32_t distance_symbol(std::uint32_t distance_minus_1) noexcept {
    return kDistanceSymbolTable[distance_minus_1 < 256 ? distance_minus_1
                                                       : 256 + (distance_minus_1 >> 7)];
}

template <class Count>
void count_sequences(const Tokens& tokens, Count* lit_len, Count* distance) noexcept {
    for (std::uint32_t n = 0; n < tokens.sequence_count(); ++n) {
        const Sequence sequence = tokens.sequence(n);
        if (!sequence.has_match()) continue;
        ++lit_len[kFirstLengthSymbol + kLengthSymbols[sequence.length_minus_3()]];
        ++distance[distance_symbol(sequence.distance_minus_1())];
    }
}

struct CodeLengths {
    std::array<std::uint8_t, rfc1951::kLitLenSymbolsFixed> lit_len;
    std::array<std::uint8_t, rfc1951::kDistanceSymbolsFixed> distance;
};

constexpr CodeLengths kFixedLengths = [] {
    CodeLengths lengths{rfc1951::kFixedLitLenLengths, {}};
    lengths.distance.fill(rfc1951::kFixedDistanceBits);
    return lengths;
}();

/// Bits of all symbols under the given codes, extra bits included.
std::uint32_t symbol_bits(const SymbolCounts& counts, const CodeLengths& lengths) noexcept {
    std::uint32_t bits = 0;  // at most 28 a token
    for (unsigned i = 0; i < kLitLenSymbols; ++i) bits += counts.lit_len[i] * lengths.lit_len[i];
    for (unsigned i = 0; i < kLengthRanges.size(); ++i) {
        bits += counts.lit_len[kFirstLengthSymbol + i] * kLengthRanges[i].extra_bits;
    }
    for (unsigned i = 0; i < kDistanceSymbols; ++i) {
        bits += counts.distance[i] * (lengths.distance[i] + kDistanceRanges[i].extra_bits);
    }
    return bits;
}

/// The code lengths of a dynamic block as they are sent (3.2.7): run-length coded, with a code of their own.
class CodeLengthSequence {
  public:
    explicit CodeLengthSequence(const CodeLengths& lengths) noexcept {
        hlit_ = kLitLenSymbols;
        while (hlit_ > 257 && lengths.lit_len[hlit_ - 1] == 0) --hlit_;
        hdist_ = kDistanceSymbols;
        while (hdist_ > 1 && lengths.distance[hdist_ - 1] == 0) --hdist_;

        std::array<std::uint8_t, kLitLenSymbols + kDistanceSymbols> all;
        std::copy_n(lengths.lit_len.begin(), hlit_, all.begin());
        std::copy_n(lengths.distance.begin(), hdist_, all.begin() + hlit_);
        run_length_code({all.data(), std::size_t{hlit_} + hdist_});

        huffman::build_lengths(counts_, code_lengths_, rfc1951::kMaxCodeLengthCodeBits);
        hclen_ = kCodeLengthSymbols;
        while (hclen_ > 4 && code_lengths_[kCodeLengthOrder[hclen_ - 1]] == 0) --hclen_;
    }

    [[nodiscard]] std::uint64_t bits() const noexcept {
        std::uint64_t bits = 5 + 5 + 4 + 3 * std::uint64_t{hclen_};
        for (unsigned i = 0; i < kCodeLengthSymbols; ++i)
            bits += counts_[i] * (code_lengths_[i] + extra_bits(i));
        return bits;
    }

    void write(BitWriter& out) const noexcept {
        std::array<std::uint16_t, kCodeLengthSymbols> codewords;
        huffman::build_codewords(code_lengths_, codewords);
        out.put(hlit_ - 257, 5);
        out.put(hdist_ - 1, 5);
        out.put(hclen_ - 4, 4);
        out.flush();
        for (unsigned i = 0; i < hclen_; ++i) {
            out.put(code_lengths_[kCodeLengthOrder[i]], 3);
            if (i % 16 == 15) out.flush();
        }
        out.flush();
        for (unsigned i = 0; i < count_; ++i) {
            const unsigned symbol = items_[i].symbol;
            out.put(codewords[symbol], code_lengths_[symbol]);
            out.put(items_[i].extra, extra_bits(symbol));
            out.flush();
        }
    }

  private:
    struct Item {
        std::uint8_t symbol;
        std::uint8_t extra;
    };

    static constexpr unsigned extra_bits(unsigned symbol) noexcept {
        return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
    }

    void add(unsigned symbol, std::size_t extra) noexcept {
        items_[count_++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(extra)};
        ++counts_[symbol];
    }

    void run_length_code(std::span<const std::uint8_t> lengths) noexcept {
        for (std::size_t i = 0; i < lengths.size();) {
            const std::uint8_t length = lengths[i];
            std::size_t run = 1;
            while (i + run < lengths.size() && lengths[i + run] == length) ++run;
            i += run;
            if (length == 0) {
                for (; run >= 11; run -= std::min<std::size_t>(run, 138))
                    add(18, std::min<std::size_t>(run, 138) - 11);
                if (run >= 3) {
                    add(17, run - 3);
                    run = 0;
                }
            } else if (run >= 4) {
                add(length, 0);
                --run;
                for (; run >= 3; run -= std::min<std::size_t>(run, 6))
                    add(16, std::min<std::size_t>(run, 6) - 3);
            }
            for (; run > 0; --run) add(length, 0);
        }
    }

    unsigned hlit_;
    unsigned hdist_;
    unsigned hclen_;
    std::array<Item, kLitLenSymbols + kDistanceSymbols> items_;
    unsigned count_ = 0;
    std::array<std::uint32_t, kCodeLengthSymbols> counts_{};
    std::array<std::uint8_t, kCodeLengthSymbols> code_lengths_;
};

}  // namespace

SymbolCounts::SymbolCounts(const Tokens& tokens) noexcept {
    // Four histograms: equal neighbours would otherwise wait for each other's store.
    std::array<std::array<std::uint32_t, 256>, 4> partial{};
    const std::uint8_t* literals = tokens.literals();
    const std::uint32_t count = tokens.literal_count();
    std::uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        ++partial[0][literals[i]];
        ++partial[1][literals[i + 1]];
        ++partial[2][literals[i + 2]];
        ++partial[3][literals[i + 3]];
    }
    for (; i < count; ++i) ++partial[0][literals[i]];
    for (unsigned symbol = 0; symbol < 256; ++symbol) {
        lit_len[symbol] =
            partial[0][symbol] + partial[1][symbol] + partial[2][symbol] + partial[3][symbol];
    }
    count_sequences(tokens, lit_len.data(), distance.data());
    lit_len[kEndOfBlock] = 1;
}

/// A few hundred tokens are counted faster without partial histograms.
PartCounts count_part(const Tokens& tokens) noexcept {
    PartCounts counts{};
    const std::uint8_t* literals = tokens.literals();
    for (std::uint32_t i = 0; i < tokens.literal_count(); ++i) ++counts[literals[i]];
    count_sequences(tokens, counts.data(), counts.data() + kLitLenSymbols);
    return counts;
}

void BlockWriter::begin_stored(std::uint32_t bytes, bool is_last, BitWriter& out) noexcept {
    const std::uint32_t header_bits = stored_header_bits(out.count());
    out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kStored) << 1),
            header_bits - 32);
    out.flush();
    out.put(bytes | ((~bytes & 0xffffU) << 16), 32);
    out.flush();
}

BlockWriter::Plan BlockWriter::begin(const Tokens& tokens, const SymbolCounts& counts,
                                     std::uint32_t raw_bytes, bool can_store, BlockChoice choice,
                                     bool is_last, BitWriter& out) noexcept {
    const std::uint64_t stored_bits =
        stored_header_bits(out.count()) + std::uint64_t{raw_bytes} * 8;
    const std::uint64_t fixed_bits = kHeaderBits + symbol_bits(counts, kFixedLengths);

    Plan plan{BlockType::kFixed, fixed_bits};
    if (choice == BlockChoice::kAny) {
        CodeLengths lengths;
        huffman::build_lengths(counts.lit_len, {lengths.lit_len.data(), kLitLenSymbols},
                               kMaxLitLenBits);
        huffman::build_lengths(counts.distance, {lengths.distance.data(), kDistanceSymbols},
                               rfc1951::kMaxCodeBits);
        const CodeLengthSequence sequence(lengths);
        const std::uint64_t dynamic_bits =
            kHeaderBits + sequence.bits() + symbol_bits(counts, lengths);
        if (dynamic_bits < fixed_bits && !(can_store && stored_bits <= dynamic_bits)) {
            out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kDynamic) << 1),
                    kHeaderBits);
            sequence.write(out);
            std::fill(lengths.lit_len.begin() + kLitLenSymbols, lengths.lit_len.end(),
                      std::uint8_t{0});
            set_codes(lengths.lit_len.data(), lengths.distance.data());
            load_run(tokens);
            return {BlockType::kDynamic, dynamic_bits};
        }
    }
    if (can_store && (choice == BlockChoice::kStoredOnly || stored_bits <= fixed_bits)) {
        begin_stored(raw_bytes, is_last, out);
        return {BlockType::kStored, stored_bits};
    }
    out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kFixed) << 1), kHeaderBits);
    out.flush();
    set_codes(kFixedLengths.lit_len.data(), kFixedLengths.distance.data());
    load_run(tokens);
    return plan;
}

void BlockWriter::set_codes(const std::uint8_t* lit_len_lengths,
                            const std::uint8_t* distance_lengths) noexcept {
    std::array<std::uint16_t, rfc1951::kLitLenSymbolsFixed> lit_len;
    std::array<std::uint16_t, kDistanceSymbols> distance;
    huffman::build_codewords({lit_len_lengths, lit_len.size()}, lit_len);
    huffman::build_codewords({distance_lengths, distance.size()}, distance);

    for (unsigned i = 0; i < literal_codes_.size(); ++i) {
        literal_codes_[i] = lit_len[i] | (std::uint32_t{lit_len_lengths[i]} << kBitsShift);
    }
    for (unsigned i = 0; i < length_codes_.size(); ++i) {
        const unsigned symbol = kLengthSymbols[i];
        const unsigned code_bits = lit_len_lengths[kFirstLengthSymbol + symbol];
        const std::uint32_t extra = i + 3 - kLengthRanges[symbol].base;
        length_codes_[i] =
            lit_len[kFirstLengthSymbol + symbol] | (extra << code_bits) |
            ((code_bits + std::uint32_t{kLengthRanges[symbol].extra_bits}) << kBitsShift);
    }
    for (unsigned i = 0; i < kDistanceSymbols; ++i) {
        const unsigned bits = distance_lengths[i];
        distance_codes_[i] = {
            .codeword = distance[i],
            .base_minus_1 = static_cast<std::uint16_t>(kDistanceRanges[i].base - 1),
            .code_bits = static_cast<std::uint8_t>(bits),
            .total_bits = static_cast<std::uint8_t>(bits + kDistanceRanges[i].extra_bits),
        };
    }
    sequence_ = 0;
    literal_ = 0;
}

void BlockWriter::load_run(const Tokens& tokens) noexcept {
    run_left_ = sequence_ < tokens.sequence_count() ? tokens.sequence(sequence_).run()
                                                    : tokens.literal_count() - literal_;
}

/// write_symbols() for one instruction set: everything in registers, members written back at the end.
[[gnu::always_inline]] inline bool BlockWriter::write_symbols_inline(
    const Tokens& tokens, BitWriter& writer, const std::uint8_t* limit) noexcept {
    BitWriter out = writer;
    const std::uint8_t* literal = tokens.literals() + literal_;
    const std::uint32_t sequence_count = tokens.sequence_count();
    std::uint32_t next_sequence = sequence_;
    std::uint32_t run = run_left_;
    auto put = [&out](std::uint32_t code) {
        out.put(code & ((1U << kBitsShift) - 1), code >> kBitsShift);
    };

    bool is_complete = false;
    for (;;) {
        while (run >= 4 && out.next() <= limit) {
            put(literal_codes_[literal[0]]);
            put(literal_codes_[literal[1]]);
            put(literal_codes_[literal[2]]);
            put(literal_codes_[literal[3]]);
            out.flush();
            literal += 4;
            run -= 4;
        }
        if (out.next() > limit) break;
        if (run > 0) {
            do {
                put(literal_codes_[*literal++]);
            } while (--run > 0);
            out.flush();
        }
        if (next_sequence == sequence_count) {
            put(literal_codes_[kEndOfBlock]);
            out.flush();
            is_complete = true;
            break;
        }
        const Sequence sequence = tokens.sequence(next_sequence++);
        if (sequence.has_match()) [[likely]] {
            put(length_codes_[sequence.length_minus_3()]);
            const std::uint32_t distance = sequence.distance_minus_1();
            const DistanceCode code = distance_codes_[distance_symbol(distance)];
            out.put(code.codeword | (std::uint64_t{distance - code.base_minus_1} << code.code_bits),
                    code.total_bits);
            out.flush();
        }
        run =
            next_sequence < sequence_count
                ? tokens.sequence(next_sequence).run()
                : tokens.literal_count() - static_cast<std::uint32_t>(literal - tokens.literals());
    }
    literal_ = static_cast<std::uint32_t>(literal - tokens.literals());
    sequence_ = next_sequence;
    run_left_ = run;
    writer = out;
    return is_complete;
}

#if defined(__x86_64__)
[[gnu::target("bmi,bmi2,lzcnt")]] bool BlockWriter::write_symbols_bmi2(
    const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept {
    return write_symbols_inline(tokens, out, limit);
}
#endif

bool BlockWriter::write_symbols(const Tokens& tokens, BitWriter& out,
                                const std::uint8_t* limit) noexcept {
#if defined(__x86_64__)
    if (kernels::cpu().bmi2) return write_symbols_bmi2(tokens, out, limit);
#endif
    return write_symbols_inline(tokens, out, limit);
}

}  // namespace warpz::deflate

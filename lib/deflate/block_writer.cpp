// SPDX-License-Identifier: Zlib
// RFC 1951 section 3.2 from the writing side.
#include "deflate/block_writer.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "base/bytes.hpp"
#include "format/huffman.hpp"

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

constexpr unsigned kHeaderBits = 3;  // BFINAL, BTYPE

struct CodeLengths {
    std::array<std::uint8_t, rfc1951::kLitLenSymbolsFixed> lit_len;
    std::array<std::uint8_t, rfc1951::kDistanceSymbolsFixed> distance;
};

constexpr CodeLengths kFixedLengths = [] {
    CodeLengths lengths{rfc1951::kFixedLitLenLengths, {}};
    lengths.distance.fill(rfc1951::kFixedDistanceBits);
    return lengths;
}();

/// The shortest code for these symbols.
CodeLengths best_lengths(const SymbolCounts& counts) noexcept {
    CodeLengths lengths;
    huffman::build_lengths(counts.lit_len, {lengths.lit_len.data(), kLitLenSymbols},
                           SymbolWriter::kMaxLitLenBits);
    huffman::build_lengths(counts.distance, {lengths.distance.data(), kDistanceSymbols},
                           rfc1951::kMaxCodeBits);
    return lengths;
}

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

        std::array<std::uint8_t, kLitLenSymbols + kDistanceSymbols + kRunBytes> all;
        std::copy_n(lengths.lit_len.begin(), hlit_, all.begin());
        std::copy_n(lengths.distance.begin(), hdist_, all.begin() + hlit_);
        std::fill_n(all.begin() + hlit_ + hdist_, kRunBytes, std::uint8_t{0xff});
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
            const unsigned code_bits = code_lengths_[symbol];
            out.put(codewords[symbol] | (std::uint32_t{items_[i].extra} << code_bits),
                    code_bits + extra_bits(symbol));
            if (i % 4 == 3) out.flush();  // 4 * (7 + 7) bits fit
        }
        out.flush();
    }

  private:
    struct Item {
        std::uint8_t symbol;
        std::uint8_t extra;
    };

    static constexpr unsigned extra_bits(unsigned symbol) noexcept { return kExtraBits[symbol]; }
    static constexpr std::array<std::uint8_t, kCodeLengthSymbols> kExtraBits = [] {
        std::array<std::uint8_t, kCodeLengthSymbols> bits{};
        bits[16] = 2;
        bits[17] = 3;
        bits[18] = 7;
        return bits;
    }();

    void add(unsigned symbol, std::size_t extra) noexcept {
        items_[count_++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(extra)};
        ++counts_[symbol];
    }

    /// lengths  with kRunBytes bytes behind them that are no lengths
    void run_length_code(std::span<const std::uint8_t> lengths) noexcept {
        for (std::size_t i = 0; i < lengths.size();) {
            const std::uint8_t length = lengths[i];
            std::size_t run = 0;
            for (std::uint64_t difference = 0; difference == 0;) {
                difference = load_le<std::uint64_t>(&lengths[i] + run) ^ (length * kOnes);
                run += static_cast<unsigned>(std::countr_zero(difference)) / 8;
            }
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
            // Up to three that no run covers, without asking how many.
            for (unsigned n = 0; n < 3; ++n) items_[count_ + n] = {length, 0};
            count_ += static_cast<unsigned>(run);
            counts_[length] += static_cast<std::uint32_t>(run);
        }
    }

    static constexpr std::uint64_t kOnes = 0x0101010101010101U;
    static constexpr std::size_t kRunBytes = sizeof kOnes;

    unsigned hlit_;
    unsigned hdist_;
    unsigned hclen_;
    std::array<Item, kLitLenSymbols + kDistanceSymbols + 3> items_;
    unsigned count_ = 0;
    std::array<std::uint32_t, kCodeLengthSymbols> counts_{};
    std::array<std::uint8_t, kCodeLengthSymbols> code_lengths_;
};

}  // namespace

void BlockWriter::begin_stored(std::uint32_t bytes, bool is_last, BitWriter& out) noexcept {
    const std::uint32_t header_bits = stored_header_bits(out.count());
    out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kStored) << 1),
            header_bits - 32);
    out.flush();
    out.put(bytes | ((~bytes & 0xffffU) << 16), 32);
    out.flush();
}

std::uint64_t BlockWriter::coded_bits(const SymbolCounts& counts) noexcept {
    const CodeLengths lengths = best_lengths(counts);
    return kHeaderBits + std::min<std::uint64_t>(
                             symbol_bits(counts, kFixedLengths),
                             CodeLengthSequence(lengths).bits() + symbol_bits(counts, lengths));
}

BlockWriter::Plan BlockWriter::begin(const Tokens& tokens, const SymbolCounts& counts,
                                     std::uint32_t raw_bytes, bool can_store, BlockChoice choice,
                                     bool is_last, BitWriter& out) noexcept {
    const std::uint64_t stored_bits =
        stored_header_bits(out.count()) + std::uint64_t{raw_bytes} * 8;
    const std::uint64_t fixed_bits = kHeaderBits + symbol_bits(counts, kFixedLengths);

    Plan plan{BlockType::kFixed, fixed_bits};
    if (choice == BlockChoice::kAny) {
        CodeLengths lengths = best_lengths(counts);
        const CodeLengthSequence sequence(lengths);
        const std::uint64_t dynamic_bits =
            kHeaderBits + sequence.bits() + symbol_bits(counts, lengths);
        if (dynamic_bits < fixed_bits && !(can_store && stored_bits <= dynamic_bits)) {
            out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kDynamic) << 1),
                    kHeaderBits);
            sequence.write(out);
            std::fill(lengths.lit_len.begin() + kLitLenSymbols, lengths.lit_len.end(),
                      std::uint8_t{0});
            symbols_.begin(tokens, lengths.lit_len.data(), lengths.distance.data());
            return {BlockType::kDynamic, dynamic_bits};
        }
    }
    if (can_store && (choice == BlockChoice::kStoredOnly || stored_bits <= fixed_bits)) {
        begin_stored(raw_bytes, is_last, out);
        return {BlockType::kStored, stored_bits};
    }
    out.put((is_last ? 1U : 0U) | (static_cast<unsigned>(BlockType::kFixed) << 1), kHeaderBits);
    out.flush();
    symbols_.begin(tokens, kFixedLengths.lit_len.data(), kFixedLengths.distance.data());
    return plan;
}

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Symbols are gathered into batches, literals and matches alike, and a batch is turned into bits without a branch that
// depends on what it holds: where a run of literals ends cannot be guessed. Long runs of literals and the ends of the
// output go symbol by symbol.
#include "deflate/symbol_writer.hpp"

#include <algorithm>
#include <cstring>

#include "deflate/symbol_tables.hpp"
#include "format/huffman.hpp"
#include "kernels/cpu_features.hpp"
#if defined(__x86_64__)
#include "kernels/x86/intrinsics.hpp"
#endif

namespace warpz::deflate {
namespace {

using rfc1951::kDistanceRanges;
using rfc1951::kDistanceSymbols;
using rfc1951::kFirstLengthSymbol;
using rfc1951::kLengthRanges;

constexpr unsigned kCountBits = SymbolCodes::kCountBits;
constexpr std::uint32_t kCountMask = (1U << kCountBits) - 1;
static_assert(4 * SymbolWriter::kMaxLitLenBits <= BitWriter::kRoomBits);
static_assert(SymbolWriter::kMaxLitLenBits + 5 + rfc1951::kMaxCodeBits + 13 <=
              BitWriter::kRoomBits);

/// Runs from this length on are written literal by literal.
constexpr std::uint32_t kLongRun = 32;
constexpr std::uint32_t kCopied = 16;  // literals that are copied at a time
/// A batch is full from this many symbols on; the last run and match may go beyond, the copy too.
constexpr std::uint32_t kBatchFull = 128;
constexpr std::uint32_t kBatchMost = kBatchFull + kLongRun;
constexpr std::size_t kMostBytesPerSymbol = 6;
using Batch = std::array<std::uint32_t, kBatchMost + kCopied>;
constexpr std::size_t kBatchBytes = kBatchMost * kMostBytesPerSymbol + BitWriter::kFlushBytes;

/// A match's length and distance with all extra bits, as an entry of up to 47 bits.
[[nodiscard]] [[gnu::always_inline]] inline std::uint64_t entry_of(const SymbolCodes& codes,
                                                                   Symbol symbol) noexcept {
    const std::uint64_t first = codes.symbols[symbol.index()];
    const std::uint32_t distance = symbol.distance_minus_1();
    const std::uint32_t code =
        codes.distances[symbol.is_match() ? distance_symbol(distance) : kDistanceSymbols];
    const std::uint32_t code_bits = (code >> 16) & 0xff;
    const std::uint32_t extra_bits = code >> 24;
    const std::uint64_t second =
        (code & 0xffff) | (std::uint64_t{distance & ((1U << extra_bits) - 1)} << code_bits);
    return (first + code_bits + extra_bits) + (second << (kCountBits + (first & kCountMask)));
}

[[gnu::always_inline]] inline void put(BitWriter& out, std::uint64_t entry) noexcept {
    out.put(entry >> kCountBits, entry & kCountMask);
}

struct EmitOneByOne {
    [[gnu::always_inline]] static void emit(const SymbolCodes& codes, Batch& batch,
                                            std::uint32_t count, BitWriter& writer) noexcept {
        BitWriter out = writer;
        for (std::uint32_t i = 0; i < count; ++i) {
            put(out, entry_of(codes, Symbol{batch[i]}));
            out.flush();
        }
        writer = out;
    }
};

#if defined(__x86_64__)
#define WARPZ_AVX512 gnu::target("avx,avx2,bmi,bmi2,lzcnt,avx512f,avx512bw,avx512dq,avx512vl")

[[WARPZ_AVX512, gnu::always_inline]] inline __m512i even(__m512i lanes) noexcept {
    return _mm512_and_si512(lanes, _mm512_set1_epi64(0xffffffff));
}
[[WARPZ_AVX512, gnu::always_inline]] inline __m512i odd(__m512i lanes) noexcept {
    return _mm512_srli_epi64(lanes, 32);
}

/// Sixteen symbols at a time, written as eight pairs.
struct EmitAvx512 {
    [[WARPZ_AVX512, gnu::noinline]] static void emit(const SymbolCodes& codes, Batch& batch,
                                                     std::uint32_t count,
                                                     BitWriter& writer) noexcept {
        BitWriter out = writer;
        const __m512i low_distances = _mm512_loadu_si512(codes.distances.data());
        const __m512i high_distances = _mm512_loadu_si512(codes.distances.data() + 16);
        const __m512i one = _mm512_set1_epi32(1);
        _mm512_storeu_si512(batch.data() + count, _mm512_set1_epi32(Symbol::kEmpty));
        for (std::uint32_t i = 0; i < count; i += 16) {
            const __m512i symbol = _mm512_loadu_si512(batch.data() + i);
            const __mmask16 is_match =
                _mm512_test_epi32_mask(symbol, _mm512_set1_epi32(Symbol::kLength));
            const __m512i first = _mm512_i32gather_epi32(
                _mm512_and_si512(symbol, _mm512_set1_epi32((1 << Symbol::kIndexBits) - 1)),
                codes.symbols.data(), 4);
            const __m512i first_bits = _mm512_and_si512(first, _mm512_set1_epi32(kCountMask));
            const __m512i first_code = _mm512_srli_epi32(first, kCountBits);

            // The symbol of a distance less one is its highest bit's number, doubled, plus the bit below; a float has both
            // at the top of its representation.
            const __m512i distance = _mm512_srli_epi32(symbol, Symbol::kIndexBits);
            const __m512i as_float = _mm512_castps_si512(_mm512_cvtepi32_ps(distance));
            const __m512i number = _mm512_max_epi32(
                _mm512_sub_epi32(_mm512_srli_epi32(as_float, 22), _mm512_set1_epi32(2 * 127)),
                _mm512_min_epi32(distance, one));
            const __m512i code = _mm512_maskz_mov_epi32(
                is_match, _mm512_permutex2var_epi32(low_distances, number, high_distances));
            const __m512i code_bits =
                _mm512_and_si512(_mm512_srli_epi32(code, 16), _mm512_set1_epi32(0xff));
            const __m512i extra_bits = _mm512_srli_epi32(code, 24);
            const __m512i extra =
                _mm512_andnot_si512(_mm512_sllv_epi32(_mm512_set1_epi32(-1), extra_bits), distance);
            const __m512i second_code =
                _mm512_or_si512(_mm512_and_si512(code, _mm512_set1_epi32(0xffff)),
                                _mm512_sllv_epi32(extra, code_bits));
            const __m512i bits =
                _mm512_add_epi32(first_bits, _mm512_add_epi32(code_bits, extra_bits));

            // In lanes of 64 bits: even symbols, odd symbols, and both.
            const __m512i even_code = _mm512_or_si512(
                even(first_code), _mm512_sllv_epi64(even(second_code), even(first_bits)));
            const __m512i odd_code = _mm512_or_si512(
                odd(first_code), _mm512_sllv_epi64(odd(second_code), odd(first_bits)));
            const __m512i even_bits = even(bits);
            const __m512i pair_bits = _mm512_add_epi64(even_bits, odd(bits));
            const __m512i pair_code =
                _mm512_or_si512(even_code, _mm512_sllv_epi64(odd_code, even_bits));

            alignas(64) std::array<std::uint64_t, 16> entry;
            alignas(64) std::array<std::uint64_t, 16> entry_bits;
            unsigned entries = 8;
            _mm512_store_si512(entry.data(), pair_code);
            _mm512_store_si512(entry_bits.data(), pair_bits);
            if (_mm512_cmpgt_epu64_mask(pair_bits, _mm512_set1_epi64(BitWriter::kRoomBits)) != 0)
                [[unlikely]] {
                alignas(64) std::array<std::uint64_t, 8> evens;
                alignas(64) std::array<std::uint64_t, 8> odds;
                alignas(64) std::array<std::uint64_t, 8> evens_bits;
                _mm512_store_si512(evens.data(), even_code);
                _mm512_store_si512(odds.data(), odd_code);
                _mm512_store_si512(evens_bits.data(), even_bits);
                for (unsigned k = 8; k-- > 0;) {
                    entry[2 * k + 1] = odds[k];
                    entry_bits[2 * k + 1] = entry_bits[k] - evens_bits[k];
                    entry[2 * k] = evens[k];
                    entry_bits[2 * k] = evens_bits[k];
                }
                entries = 16;
            }
            for (unsigned k = 0; k < entries; k += 8) {
#pragma GCC unroll 8
                for (unsigned j = 0; j < 8; ++j) {
                    out.put(entry[k + j], static_cast<unsigned>(entry_bits[k + j]));
                    out.flush();
                }
            }
        }
        writer = out;
    }
};
#endif

}  // namespace

void SymbolWriter::begin(const Tokens& tokens, const std::uint8_t* lit_len_lengths,
                         const std::uint8_t* distance_lengths) noexcept {
    std::array<std::uint16_t, rfc1951::kLitLenSymbolsFixed> lit_len;
    std::array<std::uint16_t, kDistanceSymbols> distance;
    huffman::build_codewords({lit_len_lengths, lit_len.size()}, lit_len);
    huffman::build_codewords({distance_lengths, distance.size()}, distance);

    auto entry = [&](unsigned symbol) {
        return (std::uint32_t{lit_len[symbol]} << kCountBits) | lit_len_lengths[symbol];
    };
    for (unsigned i = 0; i < 256; ++i) codes_.symbols[i] = entry(i);
    codes_.end_of_block = entry(rfc1951::kEndOfBlock);
    for (unsigned i = 0; i < 256; ++i) {
        const unsigned symbol = kLengthSymbols[i];
        const std::uint32_t extra = i + 3 - kLengthRanges[symbol].base;
        codes_.symbols[Symbol::kLength + i] =
            (entry(kFirstLengthSymbol + symbol) + kLengthRanges[symbol].extra_bits) |
            (extra << (kCountBits + lit_len_lengths[kFirstLengthSymbol + symbol]));
    }
    codes_.symbols[Symbol::kEmpty] = 0;
    codes_.distances = {};
    for (unsigned i = 0; i < kDistanceSymbols; ++i) {
        codes_.distances[i] = distance[i] | (std::uint32_t{distance_lengths[i]} << 16) |
                              (std::uint32_t{kDistanceRanges[i].extra_bits} << 24);
    }
    sequence_ = 0;
    literal_ = 0;
    run_left_ = tokens.sequence_count() > 0 ? tokens.sequence(0).run() : tokens.literal_count();
}

template <class Emit>
[[gnu::always_inline]] inline bool SymbolWriter::write_with(const Tokens& tokens, BitWriter& writer,
                                                            const std::uint8_t* limit) noexcept {
    BitWriter out = writer;
    const std::uint8_t* literal = tokens.literals() + literal_;
    const std::uint32_t sequence_count = tokens.sequence_count();
    std::uint32_t next_sequence = sequence_;
    std::uint32_t run = run_left_;
    auto load_run = [&] {
        run =
            next_sequence < sequence_count
                ? tokens.sequence(next_sequence).run()
                : tokens.literal_count() - static_cast<std::uint32_t>(literal - tokens.literals());
    };

    bool is_complete = false;
    for (;;) {
        const std::uint8_t* const batch_limit =
            limit + kSlackBytes -
            std::min<std::size_t>(kBatchBytes,
                                  static_cast<std::size_t>(limit + kSlackBytes - out.next()));
        if (run < kLongRun && next_sequence < sequence_count && out.next() < batch_limit) {
            alignas(64) Batch batch;
            std::uint32_t count = 0;
            do {
                const Sequence sequence = tokens.sequence(next_sequence);
                for (unsigned i = 0; i < kCopied; ++i) batch[count + i] = literal[i];
                if (run > kCopied) [[unlikely]] {
                    for (unsigned i = kCopied; i < 2 * kCopied; ++i) batch[count + i] = literal[i];
                }
                literal += run;
                count += run;
                batch[count] = sequence.match();
                count += sequence.has_match();
                ++next_sequence;
                load_run();
            } while (count < kBatchFull && next_sequence < sequence_count && run < kLongRun);
            Emit::emit(codes_, batch, count, out);
            continue;
        }
        while (run >= 4 && out.next() <= limit) {
            put(out, codes_.symbols[literal[0]]);
            put(out, codes_.symbols[literal[1]]);
            put(out, codes_.symbols[literal[2]]);
            put(out, codes_.symbols[literal[3]]);
            out.flush();
            literal += 4;
            run -= 4;
        }
        if (out.next() > limit) break;
        if (run > 0) {
            do {
                put(out, codes_.symbols[*literal++]);
            } while (--run > 0);
            out.flush();
        }
        if (next_sequence == sequence_count) {
            put(out, codes_.end_of_block);
            out.flush();
            is_complete = true;
            break;
        }
        const Sequence sequence = tokens.sequence(next_sequence++);
        if (sequence.has_match()) [[likely]] {
            put(out, entry_of(codes_, Symbol{sequence.match()}));
            out.flush();
        }
        load_run();
    }
    literal_ = static_cast<std::uint32_t>(literal - tokens.literals());
    sequence_ = next_sequence;
    run_left_ = run;
    writer = out;
    return is_complete;
}

#if defined(__x86_64__)
[[gnu::target("bmi,bmi2,lzcnt")]] bool SymbolWriter::write_bmi2(
    const Tokens& tokens, BitWriter& out, const std::uint8_t* limit) noexcept {
    return write_with<EmitOneByOne>(tokens, out, limit);
}

[[WARPZ_AVX512]] bool SymbolWriter::write_avx512(const Tokens& tokens, BitWriter& out,
                                                 const std::uint8_t* limit) noexcept {
    return write_with<EmitAvx512>(tokens, out, limit);
}
#endif

/// Wide vectors make the processor slower for a while, and with it all that follows a short block.
[[maybe_unused]] constexpr std::uint32_t kManyTokens = 2048;

bool SymbolWriter::write(const Tokens& tokens, BitWriter& out, const std::uint8_t* limit,
                         [[maybe_unused]] bool has_wide_vectors) noexcept {
#if defined(__x86_64__)
    const kernels::Cpu cpu = kernels::cpu();
    const std::uint32_t count = tokens.literal_count() + tokens.sequence_count();
    if (cpu.avx512 && cpu.bmi2 && (has_wide_vectors || count >= kManyTokens))
        return write_avx512(tokens, out, limit);
    if (cpu.bmi2) return write_bmi2(tokens, out, limit);
#endif
    return write_with<EmitOneByOne>(tokens, out, limit);
}

}  // namespace warpz::deflate

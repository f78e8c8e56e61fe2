// SPDX-License-Identifier: Zlib
// Symbols are counted in several tables by turns, since an increment of a count has to wait for the last one of the same.
#include "deflate/symbol_counts.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "deflate/symbol_tables.hpp"
#include "kernels/cpu_features.hpp"
#if defined(__x86_64__)
#include "kernels/x86/intrinsics.hpp"
#endif

namespace warpz::deflate {
namespace {

constexpr unsigned kPart = 64;  // sequences whose distance symbols are found at a time

/// The distance symbols of `count` <= kPart sequences at and above `words`.
using FindSymbols = void (*)(const std::uint8_t* words, std::uint32_t* symbols, unsigned count);

void find_symbols(const std::uint8_t* words, std::uint32_t* symbols, unsigned count) noexcept {
    for (unsigned i = 0; i < count; ++i) {
        const Sequence sequence{load_native<std::uint32_t>(words + 4 * std::size_t{i})};
        symbols[i] = distance_symbol(sequence.distance_minus_1());
    }
}

#if defined(__x86_64__)
/// By way of floats, as in symbol_writer.cpp; only for whole parts.
[[gnu::target("avx2")]] void find_symbols_avx2(const std::uint8_t* words, std::uint32_t* symbols,
                                               unsigned count) noexcept {
    if (count != kPart) return find_symbols(words, symbols, count);
    for (unsigned i = 0; i < kPart; i += 8) {
        const __m256i word =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + 4 * std::size_t{i}));
        const __m256i distance = _mm256_and_si256(_mm256_srli_epi32(word, Symbol::kIndexBits),
                                                  _mm256_set1_epi32(0x7fff));
        const __m256i number = _mm256_sub_epi32(
            _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(distance)), 22),
            _mm256_set1_epi32(2 * 127));
        _mm256_storeu_si256(
            reinterpret_cast<__m256i*>(symbols + i),
            _mm256_max_epi32(number, _mm256_min_epi32(distance, _mm256_set1_epi32(1))));
    }
}
#endif

FindSymbols best_find_symbols() noexcept {
#if defined(__x86_64__)
    if (kernels::cpu().avx2) return find_symbols_avx2;
#endif
    return find_symbols;
}

}  // namespace

SymbolCounts::SymbolCounts(const Tokens& tokens) noexcept {
    std::array<std::array<std::uint32_t, 256>, 4> literals{};
    const std::uint8_t* literal = tokens.literals();
    const std::uint32_t literal_count = tokens.literal_count();
    std::uint32_t i = 0;
    for (; i + 4 <= literal_count; i += 4) {
        ++literals[0][literal[i]];
        ++literals[1][literal[i + 1]];
        ++literals[2][literal[i + 2]];
        ++literals[3][literal[i + 3]];
    }
    for (; i < literal_count; ++i) ++literals[0][literal[i]];
    for (unsigned symbol = 0; symbol < 256; ++symbol) {
        lit_len[symbol] =
            literals[0][symbol] + literals[1][symbol] + literals[2][symbol] + literals[3][symbol];
    }

    // A word that stands for literals only is counted as length 3, distance 1, and taken off afterwards.
    std::array<std::array<std::uint32_t, 256>, 2> lengths{};
    std::array<std::array<std::uint32_t, rfc1951::kDistanceSymbols>, 2> distances{};
    const FindSymbols find = best_find_symbols();
    const std::uint32_t sequence_count = tokens.sequence_count();
    std::uint32_t matches = 0;
    for (std::uint32_t n = 0; n < sequence_count; n += kPart) {
        const std::uint32_t count = std::min(kPart, sequence_count - n);
        const std::uint8_t* const words = tokens.sequence_words(n + count - 1);
        std::array<std::uint32_t, kPart> symbols;
        find(words, symbols.data(), count);
        for (unsigned k = 0; k < count; ++k) {
            const Sequence sequence{load_native<std::uint32_t>(words + 4 * std::size_t{k})};
            matches += sequence.has_match();
            ++lengths[k & 1][sequence.length_minus_3()];
            ++distances[k & 1][symbols[k]];
        }
    }
    lengths[0][0] -= sequence_count - matches;
    distances[0][0] -= sequence_count - matches;
    for (unsigned length = 0; length < 256; ++length) {
        lit_len[rfc1951::kFirstLengthSymbol + kLengthSymbols[length]] +=
            lengths[0][length] + lengths[1][length];
    }
    for (unsigned symbol = 0; symbol < rfc1951::kDistanceSymbols; ++symbol)
        distance[symbol] = distances[0][symbol] + distances[1][symbol];
    lit_len[rfc1951::kEndOfBlock] = 1;
}

/// A few hundred tokens are counted faster without partial histograms.
PartCounts count_part(const Tokens& tokens) noexcept {
    PartCounts counts{};
    const std::uint8_t* literals = tokens.literals();
    for (std::uint32_t i = 0; i < tokens.literal_count(); ++i) ++counts[literals[i]];
    for (std::uint32_t n = 0; n < tokens.sequence_count(); ++n) {
        const Sequence sequence = tokens.sequence(n);
        if (!sequence.has_match()) continue;
        ++counts[rfc1951::kFirstLengthSymbol + kLengthSymbols[sequence.length_minus_3()]];
        ++counts[rfc1951::kLitLenSymbols + distance_symbol(sequence.distance_minus_1())];
    }
    return counts;
}

}  // namespace warpz::deflate

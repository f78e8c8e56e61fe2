// SPDX-License-Identifier: Zlib
#include "deflate/symbol_costs.hpp"

#include <algorithm>
#include <numeric>

#include "deflate/entropy.hpp"

namespace warpz::deflate {
namespace {

constexpr std::uint32_t kPerBit = 8;

/// A match has to save so much: the estimate is rough, and literals leave the way open for a longer match after them.
constexpr std::uint32_t kMargin = 2 * kPerBit;

constexpr std::uint32_t kLogTableSize = 1024;
constexpr std::array<std::uint8_t, kLogTableSize> kLogTable = [] {
    std::array<std::uint8_t, kLogTableSize> table{};
    for (std::uint32_t n = 1; n < kLogTableSize; ++n) {
        table[n] = static_cast<std::uint8_t>((log2_fixed(n) * kPerBit + 0x8000) >> 16);
    }
    return table;
}();

/// log2 of 1 <= n < 2^18.
[[nodiscard]] inline std::uint32_t log2_rough(std::uint32_t n) noexcept {
    if (n < kLogTableSize) [[likely]]
        return kLogTable[n];
    const auto shift = static_cast<unsigned>(std::bit_width(n / kLogTableSize));
    return kLogTable[n >> shift] + shift * kPerBit;
}

/// Cost of a symbol that occurs `count` times, where 2^(all / kPerBit) is twice the number of all symbols. One that has
/// not occurred counts as half a time.
[[nodiscard]] inline std::uint32_t cost_of(std::uint32_t count, std::uint32_t all) noexcept {
    return all - std::min(all, log2_rough(2 * count + 1));
}

/// Shortest useful match by the number of different literals: where they are few, each costs few bits, and a short
/// match, which chance has put anywhere in the window, costs more than what it replaces.
[[nodiscard]] std::uint32_t min_length_for(std::uint32_t distinct_literals) noexcept {
    if (distinct_literals < 6) return 9;
    if (distinct_literals < 8) return 8;
    if (distinct_literals < 10) return 7;
    if (distinct_literals < 16) return 6;
    if (distinct_literals < 32) return 5;
    return 3;
}

}  // namespace

void SymbolCosts::expect_literals(std::uint32_t distinct) noexcept {
    min_length_ = min_length_for(distinct);
}

void SymbolCosts::estimate(const PartCounts& counts) noexcept { estimate(counts, kMargin); }

void SymbolCosts::estimate(const PartCounts& counts, std::uint32_t margin) noexcept {
    using rfc1951::kFirstLengthSymbol;
    using rfc1951::kLitLenSymbols;
    const auto distances = counts.begin() + kLitLenSymbols;
    const std::uint32_t all_lit_len =
        log2_rough(2 * std::accumulate(counts.begin(), distances, 8U));
    const std::uint32_t all_distances =
        log2_rough(2 * std::accumulate(distances, counts.end(), 4U));

    const auto lengths = counts.begin() + kFirstLengthSymbol;
    const auto distinct = std::count_if(counts.begin(), lengths, [](auto n) { return n != 0; });
    min_length_ = min_length_for(static_cast<std::uint32_t>(distinct));
    for (unsigned i = 0; i < literal_.size(); ++i) {
        literal_[i] = static_cast<std::uint8_t>(cost_of(counts[i], all_lit_len));
    }
    // Each short length counts as if some matches more had it: a length that was not taken would else look dear, and
    // not be taken again.
    const std::uint32_t some = std::accumulate(lengths, distances, 0U) / 64;
    for (unsigned i = 0; i < length_.size(); ++i) {
        length_[i] = static_cast<std::uint8_t>(cost_of(lengths[i] + some, all_lit_len) + margin);
    }
    for (unsigned i = 0; i < distance_.size(); ++i) {
        distance_[i] = static_cast<std::uint8_t>(cost_of(distances[i], all_distances) +
                                                 kPerBit * rfc1951::kDistanceRanges[i].extra_bits);
    }
}

/// Matches are taken to be as frequent as they are in mixed data, and distances to be all alike. At a start any match is
/// welcome that seems to pay: there is little yet to refer to.
void SymbolCosts::guess(const std::uint8_t* bytes, std::uint32_t count) noexcept {
    PartCounts counts{};
    for (std::uint32_t i = 0; i < count; ++i) ++counts[bytes[i]];
    const auto lengths = counts.begin() + rfc1951::kFirstLengthSymbol;
    std::fill(lengths, lengths + 16, static_cast<std::uint16_t>(count / 32));
    estimate(counts, 0);
    for (unsigned i = 0; i < distance_.size(); ++i) {
        distance_[i] =
            static_cast<std::uint8_t>(kPerBit * (4U + rfc1951::kDistanceRanges[i].extra_bits));
    }
    if (count < kFewestBytes) min_length_ = rfc1951::kMinMatch;
}

void SymbolCosts::use_fixed_code() noexcept {
    const auto in_parts = [](unsigned bits) { return static_cast<std::uint8_t>(kPerBit * bits); };
    constexpr auto& kLengths = rfc1951::kFixedLitLenLengths;
    min_length_ = rfc1951::kMinMatch;
    for (unsigned i = 0; i < literal_.size(); ++i) literal_[i] = in_parts(kLengths[i]);
    // One bit more, because literals leave the way open for a longer match.
    for (unsigned i = 0; i < length_.size(); ++i)
        length_[i] = in_parts(kLengths[rfc1951::kFirstLengthSymbol + i] + 1U);
    for (unsigned i = 0; i < distance_.size(); ++i) {
        distance_[i] =
            in_parts(rfc1951::kFixedDistanceBits + rfc1951::kDistanceRanges[i].extra_bits);
    }
}

}  // namespace warpz::deflate

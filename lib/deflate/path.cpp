// SPDX-License-Identifier: Zlib
#include "deflate/path.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "deflate/entropy.hpp"
#include "deflate/symbol_tables.hpp"

namespace warpz::deflate {
namespace {

using rfc1951::kDistanceRanges;
using rfc1951::kDistanceSymbols;
using rfc1951::kFirstLengthSymbol;
using rfc1951::kLengthRanges;
using rfc1951::kLitLenSymbols;
using rfc1951::kMaxMatch;
using rfc1951::kMinMatch;

constexpr unsigned kLog2Shift = 16 - PathCosts::kPerBitLog2;

/// log2 of n in parts of a bit.
[[nodiscard]] std::uint32_t log2_of(std::uint32_t n) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(n));
    const unsigned shift = width > 16 ? width - 16 : 0;
    return (log2_fixed(n >> shift) >> kLog2Shift) + (shift << PathCosts::kPerBitLog2);
}

[[nodiscard]] constexpr std::uint32_t bits(std::uint32_t count) noexcept {
    return count << PathCosts::kPerBitLog2;
}

}  // namespace

void PathCosts::estimate(const std::uint32_t* counts) noexcept {
    const std::uint32_t* const distances = counts + kLitLenSymbols;
    // Twice each count, and one for what did not occur.
    const std::uint32_t all = log2_of(2 * std::accumulate(counts, distances, 1U));
    const std::uint32_t all_distances =
        log2_of(2 * std::accumulate(distances, distances + kDistanceSymbols, 1U));
    auto cost = [](std::uint32_t total, std::uint32_t n) {
        return total - std::min(total - 1, log2_of(n != 0 ? 2 * n : 1));
    };
    for (unsigned i = 0; i < literal.size(); ++i) literal[i] = cost(all, counts[i]);
    std::array<std::uint32_t, kLengthRanges.size()> symbols;
    for (unsigned i = 0; i < symbols.size(); ++i) {
        symbols[i] = cost(all, counts[kFirstLengthSymbol + i]) + bits(kLengthRanges[i].extra_bits);
    }
    for (unsigned i = kMinMatch; i <= kMaxMatch; ++i) length[i] = symbols[kLengthSymbols[i - kMinMatch]];
    for (unsigned i = 0; i < kDistanceSymbols; ++i) {
        distance[i] = cost(all_distances, distances[i]) + bits(kDistanceRanges[i].extra_bits);
    }
}

void PathCosts::guess(const std::uint8_t* bytes, std::uint32_t count) noexcept {
    std::array<std::uint32_t, kPartSymbols> counts{};
    for (std::uint32_t i = 0; i < count; ++i) ++counts[bytes[i]];
    // One symbol in three is a match, and short ones prevail; distances are alike.
    std::uint32_t share = count / 12;
    for (unsigned i = 0; i < kLengthRanges.size(); ++i) {
        counts[kFirstLengthSymbol + i] = share + 1;
        share -= share / 4;
    }
    std::fill_n(counts.begin() + kLitLenSymbols, kDistanceSymbols, 1U);
    estimate(counts.data());
}

const MatchWord* Path::find(const std::uint8_t* bytes, std::uint32_t count,
                            const MatchWord* matches_end, const PathCosts& costs) const noexcept {
    constexpr MatchWord kLiteral{1};
    cost[count] = 0;
    for (std::uint32_t at = count; at-- != 0;) {
        std::uint32_t best = cost[at + 1] + costs.literal[bytes[at]];
        MatchWord taken = kLiteral;
        const MatchWord* const number = --matches_end;
        const std::uint32_t matches = number->word();
        if (matches != 0) {
            matches_end -= matches;
            const std::uint32_t max = count - at;
            const std::uint32_t* const after = &cost[at];
            std::uint32_t length = kMinMatch;
            for (const MatchWord* match = matches_end; match != number; ++match) {
                const std::uint32_t distance = costs.distance[match->distance_symbol()];
                const std::uint32_t longest = std::min(match->length(), max);
                for (; length <= longest; ++length) {
                    const std::uint32_t sum = distance + costs.length[length] + after[length];
                    if (sum < best) {
                        best = sum;
                        taken = match->with_length(length);
                    }
                }
            }
        }
        cost[at] = best;
        step[at] = taken;
    }
    return matches_end;
}

void Path::count(const std::uint8_t* bytes, std::uint32_t count,
                 std::uint32_t* counts) const noexcept {
    for (std::uint32_t at = 0; at < count;) {
        const MatchWord taken = step[at];
        const std::uint32_t length = taken.length();
        if (length == 1) {
            ++counts[bytes[at]];
        } else {
            ++counts[kFirstLengthSymbol + kLengthSymbols[length - kMinMatch]];
            ++counts[kLitLenSymbols + taken.distance_symbol()];
        }
        at += length;
    }
}

}  // namespace warpz::deflate

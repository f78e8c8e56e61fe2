// SPDX-License-Identifier: Zlib
// What symbols are likely to cost, judged by how often they occurred a moment ago. The parsers ask whether a short
// match is cheaper than the literals it stands for: binaries and tables are full of 3-byte matches that pay, text of
// ones that do not.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "format/rfc1951.hpp"

namespace warpz::deflate {

inline constexpr unsigned kPartSymbols = rfc1951::kLitLenSymbols + rfc1951::kDistanceSymbols;
/// How often symbols occur in a stretch of tokens: literals and lengths, then distances.
using PartCounts = std::array<std::uint16_t, kPartSymbols>;

class SymbolCosts {
  public:
    /// Longest match of which is_worthwhile() tells more than min_length().
    static constexpr std::uint32_t kLongestDoubtful = 4;

    /// Takes over the counts of recent tokens.
    void estimate(const PartCounts& counts) noexcept;
    /// Sets min_length() only, for parsers that ask for nothing else.
    void expect_literals(std::uint32_t distinct) noexcept;
    /// Guesses from bytes that nothing is known about but themselves.
    void guess(const std::uint8_t* bytes, std::uint32_t count) noexcept;
    /// The fixed code's, which are known (RFC 1951 3.2.6).
    void use_fixed_code() noexcept;

    /// Whether a match of 3 <= length <= kLongestDoubtful saves bits over its `bytes` as literals.
    [[nodiscard]] bool is_worthwhile(const std::uint8_t* bytes, std::uint32_t length,
                                     std::uint32_t distance) const noexcept {
        const std::uint32_t less1 = distance - 1;
        const auto width = static_cast<unsigned>(std::bit_width(less1 | 1));
        const std::uint32_t symbol =
            less1 < 2 ? less1 : 2 * (width - 1) + ((less1 >> (width - 2)) & 1);
        const std::uint32_t match = std::uint32_t{length_[length - 3]} + distance_[symbol];
        std::uint32_t literals = 0;
        for (std::uint32_t i = 0; i < length; ++i) literals += literal_[bytes[i]];
        return match < literals;
    }

    /// Bytes from which on their being few different ones is no accident.
    static constexpr std::uint32_t kFewestBytes = 2048;

    /// Length below which no match is likely to save bits; 3 unless literals are very cheap.
    [[nodiscard]] std::uint32_t min_length() const noexcept { return min_length_; }

  private:
    void estimate(const PartCounts& counts, std::uint32_t margin) noexcept;

    std::uint32_t min_length_;
    // In eighths of a bit; extra bits are included.
    std::array<std::uint8_t, 256> literal_;
    std::array<std::uint8_t, kLongestDoubtful - 2> length_;
    std::array<std::uint8_t, rfc1951::kDistanceSymbols> distance_;
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Input of the kinds that exercise different parts of a compressor, made by deterministic
// generators: the same seed gives the same bytes on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace warpz::test {

using Bytes = std::vector<std::uint8_t>;

/// splitmix64: small, fast, and the same everywhere (the standard distributions are not).
class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t next() noexcept;
    /// Uniform enough in [0, bound); 0 when bound is 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
    /// Uniform enough in [low, high].
    std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
        return low + below(high - low + 1);
    }
    bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

  private:
    std::uint64_t state_;
};

enum class Sample {
    kText,  ///< words of a skewed vocabulary, lines, some repeated phrases: matches of 3..30 bytes
    kBinary,  ///< instruction-like groups with small differing operands: many 3- and 4-byte matches
    kRuns,    ///< runs of 1..1000 equal bytes: lengths up to 258 at distance 1
    kRandom,  ///< incompressible
    kRecords,  ///< fixed-size records with counters and repeated fields: far, regular distances
    kZeros,    ///< one value
    kSkewed,   ///< no matches, unequal frequencies: long and short literal codes
    kMixed,    ///< pieces of all the others, which asks for block splitting
};
inline constexpr Sample kAllSamples[] = {Sample::kText,   Sample::kBinary,  Sample::kRuns,
                                         Sample::kRandom, Sample::kRecords, Sample::kZeros,
                                         Sample::kSkewed, Sample::kMixed};

[[nodiscard]] std::string_view name_of(Sample kind) noexcept;

[[nodiscard]] Bytes make_sample(Sample kind, std::size_t size, std::uint64_t seed = 1);

/// Inputs of 0 to a few bytes, where headers, the last literals and short matches matter most.
[[nodiscard]] std::vector<Bytes> tiny_samples();

[[nodiscard]] Bytes bytes_of(std::string_view text);

}  // namespace warpz::test

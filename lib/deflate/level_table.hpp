// SPDX-License-Identifier: Zlib
// What a compression level means: which parser runs and how hard it searches. The figures are measured against
// zlib's ratio at the same level (tests/bench), not taken over from it. Levels 10 to 12 go beyond zlib's, whose
// interface does not know them.
#pragma once

#include <array>
#include <cstdint>

namespace warpz::deflate {

enum class Parser : std::uint8_t {
    kStored,       ///< no compression (level 0)
    kStretch1,     ///< stretches, one candidate for each position; kStretch2 where matches are long
    kStretch2,     ///< stretches, two candidates
    kStretch3,     ///< stretches, two candidates by five bytes and one by four or three
    kStretch5,     ///< stretches, four candidates by five bytes and one by four or three
    kStretchText,  ///< kStretch5 for what looks like text, kLazy for the rest
    kLazy,         ///< hash chains, a match yields to a better one at the next position
    kDeepLazy,     ///< as kLazy, with more work for each search
    kDeepLazy2,    ///< as kDeepLazy, looking two positions ahead
    kOptimal,      ///< trees, the cheapest path through all matches (levels 10 to 12)
    kRle,          ///< distance 1 only (Z_RLE)
    kHuffmanOnly,  ///< literals only (Z_HUFFMAN_ONLY)
};

/// Search limits, the four numbers of deflateTune() in our parsers' terms.
struct SearchLimits {
    std::uint32_t good_length;  ///< a held match this long quarters the effort for a better one
    std::uint32_t
        max_lazy;  ///< a held match this long is taken without looking for a better one; kOptimal: paths for each block
    std::uint32_t nice_length;  ///< a match this long ends the search
    std::uint32_t max_chain;    ///< candidates looked at for one position
};

struct Level {
    Parser parser;
    SearchLimits limits;
};

inline constexpr std::array<Level, 13> kLevels{{
    {Parser::kStored, {0, 0, 0, 0}},
    {Parser::kStretch1, {0, 0, 0, 0}},
    {Parser::kStretch2, {0, 0, 0, 0}},
    {Parser::kStretch3, {258, 16, 32, 3}},
    {Parser::kStretch5, {258, 32, 32, 6}},
    {Parser::kStretchText, {258, 128, 128, 8}},
    {Parser::kLazy, {258, 128, 128, 13}},
    {Parser::kDeepLazy, {258, 128, 128, 15}},
    {Parser::kDeepLazy2, {258, 258, 258, 64}},
    {Parser::kDeepLazy2, {258, 258, 258, 300}},
    {Parser::kOptimal, {258, 1, 75, 30}},
    {Parser::kOptimal, {258, 3, 120, 60}},
    {Parser::kOptimal, {258, 8, 258, 150}},
}};

inline constexpr int kDefaultLevel = 6;
inline constexpr int kMaxLevel = 9;      ///< of zlib's interface
inline constexpr int kMaxOwnLevel = 12;  ///< of ours

/// Levels for which a stream needs memory for sections.
[[nodiscard]] constexpr bool has_sections(int level) noexcept { return level > kMaxLevel; }

/// zlib's grouping of levels by the function that does the work: deflateParams() flushes where it changes, and a
/// program can see whether it did (zlib 1.3.2 deflate.c, configuration_table).
[[nodiscard]] constexpr int level_group(int level) noexcept {
    return level == 0 ? 0 : level < 4 ? 1 : 2;
}

}  // namespace warpz::deflate

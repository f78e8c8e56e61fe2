// SPDX-License-Identifier: Zlib
#include "deflate/block_splitter.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace warpz::deflate {
namespace {

// A change is looked for only in so many symbols (fewer say more about chance), and in a block of so many bytes (a dynamic
// block's codes cost 60-100 bytes).
constexpr std::uint32_t kFewestFresh = 512;
constexpr std::uint32_t kFewestBytes = 5000;
// From this length less 3 on, a match counts as long.
constexpr std::uint32_t kLongMatchMinus3 = 6;
// How many 512ths of the fresh symbols must have changed class; each kBytesPerRelief of block take one off.
constexpr std::uint32_t kChangeNeeded = 200;
constexpr std::uint32_t kBytesPerRelief = 4096;

}  // namespace

void BlockSplitter::reset() noexcept {
    block_ = {};
    fresh_ = {};
    literals_seen_ = 0;
    sequences_seen_ = 0;
}

bool BlockSplitter::observe(const Tokens& tokens) noexcept {
    count_literals(tokens.literals() + literals_seen_, tokens.literal_count() - literals_seen_);
    literals_seen_ = tokens.literal_count();

    std::uint32_t matches = 0;
    std::uint32_t long_matches = 0;
    for (; sequences_seen_ < tokens.sequence_count(); ++sequences_seen_) {
        const Sequence sequence = tokens.sequence(sequences_seen_);
        matches += sequence.has_match();
        long_matches += sequence.length_minus_3() >= kLongMatchMinus3;
    }
    fresh_[kLiteralClasses] += matches - long_matches;
    fresh_[kLiteralClasses + 1] += long_matches;

    std::uint32_t fresh = 0;
    for (const std::uint32_t count : fresh_) fresh += count;
    return fresh >= kFewestFresh;
}

/// A literal's class is made of three of its bits. How often each combination of them is set gives the classes' counts
/// by subtraction, and the combinations are counted eight bytes at a time.
void BlockSplitter::count_literals(const std::uint8_t* literals, std::uint32_t count) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint32_t kMostWords = 255;  // until a byte-sized sum could overflow
    std::array<std::uint32_t, 8> set{};  // by combination: bit 2 is bit 7, bit 1 bit 6, bit 0 bit 0
    std::uint32_t i = 0;
    while (count - i >= 8) {
        const std::uint32_t words = std::min((count - i) / 8, kMostWords);
        std::array<std::uint64_t, 8> sums{};
        for (std::uint32_t n = 0; n < words; ++n, i += 8) {
            const auto word = load_native<std::uint64_t>(literals + i);
            const std::uint64_t a = word & kOnes;
            const std::uint64_t b = (word >> 6) & kOnes;
            const std::uint64_t c = (word >> 7) & kOnes;
            sums[1] += a;
            sums[2] += b;
            sums[3] += a & b;
            sums[4] += c;
            sums[5] += a & c;
            sums[6] += b & c;
            sums[7] += a & b & c;
        }
        for (unsigned k = 1; k < 8; ++k) {
            const std::uint64_t pairs =
                (sums[k] & 0x00ff00ff00ff00ffU) + ((sums[k] >> 8) & 0x00ff00ff00ff00ffU);
            set[k] += static_cast<std::uint32_t>((pairs * 0x0001000100010001U) >> 48);
        }
    }
    const std::uint32_t counted = i;
    for (; i < count; ++i) {
        const unsigned value = literals[i];
        ++fresh_[((value >> 5) & 6) | (value & 1)];
    }
    fresh_[7] += set[7];
    fresh_[6] += set[6] - set[7];
    fresh_[5] += set[5] - set[7];
    fresh_[4] += set[4] - set[5] - set[6] + set[7];
    fresh_[3] += set[3] - set[7];
    fresh_[2] += set[2] - set[3] - set[6] + set[7];
    fresh_[1] += set[1] - set[3] - set[5] + set[7];
    fresh_[0] += counted - set[1] - set[2] - set[4] + set[3] + set[5] + set[6] - set[7];
}

bool BlockSplitter::should_end(std::uint32_t block_bytes) noexcept {
    std::uint64_t before = 0;
    std::uint64_t fresh = 0;
    for (unsigned i = 0; i < kClasses; ++i) {
        before += block_[i];
        fresh += fresh_[i];
    }
    bool is_end = false;
    if (before != 0 && block_bytes >= kFewestBytes) {
        std::uint64_t change = 0;  // times before * fresh
        for (unsigned i = 0; i < kClasses; ++i) {
            const std::uint64_t expected = block_[i] * fresh;
            const std::uint64_t actual = fresh_[i] * before;
            change += expected > actual ? expected - actual : actual - expected;
        }
        const std::uint32_t relief = block_bytes / kBytesPerRelief;
        const std::uint32_t needed = relief < kChangeNeeded ? kChangeNeeded - relief : 0;
        is_end = change * 512 >= needed * before * fresh;
    }
    for (unsigned i = 0; i < kClasses; ++i) block_[i] += fresh_[i];
    fresh_ = {};
    return is_end;
}

}  // namespace warpz::deflate

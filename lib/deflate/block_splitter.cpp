// SPDX-License-Identifier: Zlib
#include "deflate/block_splitter.hpp"

namespace warpz::deflate {
namespace {

constexpr std::uint32_t kFewestFresh =
    512;  // symbols; fewer say more about chance than about change
constexpr std::uint32_t kFewestBytes = 5000;   // a dynamic block's codes cost 60-100 bytes
constexpr std::uint32_t kLongMatchMinus3 = 6;  // from 9 bytes on a match counts as long
constexpr std::uint32_t kChangeNeeded =
    200;  // in 512ths of the fresh symbols that would have to change class
constexpr std::uint32_t kBytesPerRelief =
    4096;  // each such stretch of block lowers kChangeNeeded by one

}  // namespace

void BlockSplitter::reset() noexcept {
    block_ = {};
    fresh_ = {};
    literals_seen_ = 0;
    sequences_seen_ = 0;
}

bool BlockSplitter::observe(const Tokens& tokens) noexcept {
    const std::uint8_t* literals = tokens.literals();
    for (; literals_seen_ < tokens.literal_count(); ++literals_seen_) {
        const unsigned value = literals[literals_seen_];
        ++fresh_[((value >> 5) & 6) | (value & 1)];
    }
    for (; sequences_seen_ < tokens.sequence_count(); ++sequences_seen_) {
        const Sequence sequence = tokens.sequence(sequences_seen_);
        fresh_[kLiteralClasses + (sequence.length_minus_3() >= kLongMatchMinus3 ? 1 : 0)] +=
            sequence.has_match();
    }
    std::uint32_t fresh = 0;
    for (const std::uint32_t count : fresh_) fresh += count;
    return fresh >= kFewestFresh;
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

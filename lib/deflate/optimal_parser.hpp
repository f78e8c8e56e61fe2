// SPDX-License-Identifier: Zlib
// The parser of levels 10 to 12: it gathers a section of input, finds all matches of each position, and takes the
// cheapest path through them. What symbols cost is known only when a path is: the section before gives the first costs,
// the path by them cuts the section into blocks, and then each block has its paths, by the costs of the one before.
//
// It needs some megabytes, which only a caller who asks for these levels provides (memory_layout.hpp). The object has no
// pointers, so a stream's copy is a copy of its bytes.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/block_splitter.hpp"
#include "deflate/match_tree.hpp"
#include "deflate/parse_state.hpp"
#include "deflate/path.hpp"

namespace warpz::deflate {

class OptimalParser {
  public:
    /// A section's input: no block is longer.
    static constexpr std::uint32_t kSectionBytes = MemoryLayout::kSectionBytes;

    /// Starts a stream: no history, no experience.
    void reset() noexcept { has_counts_ = false; }

    /// Forgets all positions; `next`, in the window buffer, is the first that parse() will know.
    void forget_positions(std::uint32_t next) noexcept { trees_.clear(next); }

    /// Parses a section: makes tokens and settled blocks of [state.pos, end), or of less where matches are very many.
    /// Matches end at `end`. The tokens are empty and the splitter is new.
    void parse(ParseState& state, BlockSplitter& splitter, std::uint32_t end) noexcept;

  private:
    using Counts = std::array<std::uint32_t, kPartSymbols>;

    [[nodiscard]] std::uint32_t find_matches(ParseState& state, std::uint32_t end) noexcept;
    [[nodiscard]] Path path_from(std::uint32_t offset) noexcept {
        return {&cost_[offset], &step_[offset]};
    }
    void take_path(ParseState& state, std::uint32_t begin, std::uint32_t end,
                   BlockSplitter& splitter, std::uint32_t part_tokens) noexcept;

    static constexpr std::size_t kListWords = std::size_t{6} * kSectionBytes;

    MatchTrees trees_;
    Counts counts_;  // of the section parsed last
    bool has_counts_;
    std::uint32_t section_start_;
    const MatchWord* list_end() const noexcept { return &list_[list_size_]; }
    std::size_t list_size_;
    std::array<MatchWord, kListWords> list_;
    std::array<std::uint32_t, kSectionBytes + 1> cost_;
    std::array<MatchWord, kSectionBytes + 1> step_;
};

static_assert(sizeof(OptimalParser) <= MemoryLayout::kSectionParserBytes);

}  // namespace warpz::deflate

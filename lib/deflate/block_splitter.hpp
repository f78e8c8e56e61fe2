// SPDX-License-Identifier: Zlib
// Cuts the tokens gathered in memory into blocks by what they cost. While tokens arrive, their symbols are counted in
// a few parts that lie one after the other; where parts run out, the two neighbours that lose least by one code for both
// become one. Before writing, neighbours are joined as long as that saves more than a code of its own costs.
//
// Costs are entropies in integers, so that every CPU cuts alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "deflate/block_writer.hpp"
#include "deflate/memory_layout.hpp"
#include "deflate/symbol_costs.hpp"
#include "deflate/tokens.hpp"

namespace warpz::deflate {

class BlockSplitter {
  public:
    /// Where a part ends: tokens before it, and bytes of input that they stand for, from the first token on.
    struct Mark {
        std::uint32_t literals = 0;
        std::uint32_t sequences = 0;
        std::uint32_t bytes = 0;
    };
    struct Block {
        SymbolCounts counts;
        Tokens tokens;
        std::uint32_t bytes;
    };
    struct Part {
        PartCounts counts;
        Mark end;
        std::uint32_t cost;       // of a block of its own
        std::int32_t join_price;  // what a block of this part and the next costs more than two
    };
    static_assert(sizeof(Part) == MemoryLayout::kPartBytes);
    /// Tokens that make a part: fewer say more about chance than about a change, more make less work.
    static constexpr std::uint32_t kPartTokens = 512;
    static constexpr std::uint32_t kCoarsePartTokens = 4096;
    /// Tokens that the counts of one part can hold.
    static constexpr std::uint32_t kMostTokens = 60000;

    /// Uses `memory` for up to `capacity` parts. With fewer than two, all tokens are one block.
    void attach(Part* memory, unsigned capacity) noexcept {
        parts_ = memory;
        capacity_ = capacity;
    }
    /// Forgets everything, for an empty buffer of tokens.
    void reset() noexcept;

    /// Counts what was added since the last call, when it is enough for a part: true if so. Closes sequences where that
    /// is possible, since a part ends with one.
    ///
    /// bytes    input that the tokens stand for
    /// fewest   tokens that make a part
    bool observe(Tokens& tokens, std::uint32_t bytes, std::uint32_t fewest) noexcept;

    /// Counts of the part that observe() has just made.
    [[nodiscard]] const PartCounts& last_counts() const noexcept {
        return parts_[count_ - 1].counts;
    }

    /// Input bytes that a token of that part stands for.
    [[nodiscard]] std::uint32_t last_bytes_per_token() const noexcept {
        return last_bytes_per_token_;
    }

    /// Decides on the blocks; next_block() hands them out.
    void settle(const Tokens& tokens, std::uint32_t bytes) noexcept;
    /// As settle(), where each part is to be a block.
    void settle_as_observed(const Tokens& tokens, std::uint32_t bytes) noexcept;
    /// Blocks that were decided on.
    [[nodiscard]] unsigned block_count() const noexcept { return settled_; }
    /// Bytes from the first token on to the end of block `index`, which is not the last.
    [[nodiscard]] std::uint32_t block_end(unsigned index) const noexcept {
        return parts_[index].end.bytes;
    }
    /// True when settle()'s blocks have not all been handed out.
    [[nodiscard]] bool has_blocks() const noexcept { return given_ < settled_; }
    [[nodiscard]] Block next_block(const Tokens& tokens) noexcept;
    /// The tokens of the block handed out last.
    [[nodiscard]] Tokens current_tokens(const Tokens& tokens) const noexcept {
        return tokens.slice(begin_.literals, end_.literals, begin_.sequences, end_.sequences);
    }

  private:
    void add_part(const Tokens& tokens, Mark end) noexcept;
    void price(unsigned index) noexcept;
    [[nodiscard]] bool is_join_cheaper(unsigned index) const noexcept;
    void join(unsigned index) noexcept;
    [[nodiscard]] unsigned cheapest_join() const noexcept;

    Part* parts_;
    unsigned capacity_;
    unsigned count_;    // parts in use
    unsigned settled_;  // blocks decided on; 0 while tokens are gathered
    unsigned given_;    // of these, handed out
    Mark begin_;        // tokens of the block handed out last
    Mark end_;          // gathering: end of the last part
    std::uint32_t last_bytes_per_token_ = 0;
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// Decides where a block ends by watching how the mix of symbols changes: a coarse histogram of what is new is compared
// with that of the block so far. A change pays for the new block's codes when it is large, or when the block is long.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/tokens.hpp"

namespace warpz::deflate {

class BlockSplitter {
  public:
    /// Starts a block.
    void reset() noexcept;

    /// Counts the tokens added since the last call. False while they are too few to judge by.
    bool observe(const Tokens& tokens) noexcept;

    /// True when the tokens observed last differ so much from those before that the block should end; they then
    /// belong to the ended block all the same. Otherwise they become part of what later ones are compared with.
    ///
    /// block_bytes  input bytes of the block so far
    bool should_end(std::uint32_t block_bytes) noexcept;

  private:
    void count_literals(const std::uint8_t* literals, std::uint32_t count) noexcept;

    static constexpr unsigned kLiteralClasses = 8;  // the top two bits and the lowest one
    static constexpr unsigned kClasses = kLiteralClasses + 2;  // short and long matches

    std::array<std::uint32_t, kClasses> block_{};
    std::array<std::uint32_t, kClasses> fresh_{};
    std::uint32_t literals_seen_ = 0;
    std::uint32_t sequences_seen_ = 0;
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// How often each symbol occurs in a block.
#pragma once

#include <array>
#include <cstdint>

#include "deflate/symbol_costs.hpp"
#include "deflate/tokens.hpp"
#include "format/rfc1951.hpp"

namespace warpz::deflate {

struct SymbolCounts {
    std::array<std::uint32_t, rfc1951::kLitLenSymbols> lit_len{};
    std::array<std::uint32_t, rfc1951::kDistanceSymbols> distance{};

    SymbolCounts() noexcept = default;
    /// Counts all tokens and one end-of-block symbol.
    explicit SymbolCounts(const Tokens& tokens) noexcept;
};

/// Counts fewer than 2^16 tokens, without an end-of-block symbol.
[[nodiscard]] PartCounts count_part(const Tokens& tokens) noexcept;

}  // namespace warpz::deflate

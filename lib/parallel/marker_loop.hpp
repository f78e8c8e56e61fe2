// SPDX-License-Identifier: Zlib
// The inner loop of the marker decoder for blocks in which literals and matches alternate.
#pragma once

#include "parallel/marker_decoder.hpp"

namespace warpz::parallel {

/// Decodes the symbols of the block with `header` from bit `bit` of `input` on, up to the block's end; `bit` and `out` are
/// advanced then. For CPUs with AVX2 and BMI2.
///
/// out      kWindowBytes symbols before it are history
/// out_end  a block that reaches beyond it ends as kNeedOutput; up to kSymbolSlack symbols more are written to
[[nodiscard]] BlockOutcome decode_mixed_symbols(PaddedInput input, std::uint64_t& bit,
                                                const BlockHeader& header, Symbol*& out,
                                                const Symbol* out_end) noexcept;

}  // namespace warpz::parallel

// SPDX-License-Identifier: Zlib
// The fast loop for blocks in which literals and matches alternate, on x86-64 with BMI2 and AVX2; see
// symbol_loop.hpp.
#pragma once

#include "inflate/symbol_loop.hpp"

namespace warpz::inflate {

#if defined(__x86_64__)
/// What fast_loop() does, on a CPU with BMI2 and AVX2.
[[nodiscard]] bool mixed_loop(SymbolLoopContext& context) noexcept;
#endif

}  // namespace warpz::inflate

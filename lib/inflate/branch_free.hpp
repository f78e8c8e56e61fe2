// SPDX-License-Identifier: Zlib
// Selection without a branch for the loops over mixed literals and matches, on x86. Compilers would make branches of
// these, which is what such loops are there to avoid.
#pragma once

#include <cstdint>

namespace warpz::inflate {

/// `value` if `flag` is not zero, else `otherwise`: a conditional move.
template <class T>
[[gnu::always_inline]] inline T select(std::uint64_t flag, T value, T otherwise) noexcept {
    __asm__("test %1, %1\n\tcmovz %2, %0" : "+r"(value) : "r"(flag), "r"(otherwise) : "cc");
    return value;
}

}  // namespace warpz::inflate

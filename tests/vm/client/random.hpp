// SPDX-License-Identifier: Zlib
// Numbers for programs that do what nobody expects, from a seed.
#pragma once

#include <cstdint>

namespace warpz::vm {

class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed * 2 + 1) {}
    std::uint64_t next() noexcept {  // xorshift64*
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1dULL;
    }
    std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>((next() >> 32) * bound >> 32);
    }
    bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }
    /// Numbers that code goes wrong on.
    std::uint64_t edge() noexcept {
        const std::uint64_t power = 1ULL << below(64);
        switch (below(5)) {
            case 0:
                return power - 1 - below(16);
            case 1:
                return power + below(16);
            case 2:
                return below(4096);
            case 3:
                return ~0ULL - below(1 << 16);
            default:
                return next();
        }
    }

  private:
    std::uint64_t state_;
};

}  // namespace warpz::vm

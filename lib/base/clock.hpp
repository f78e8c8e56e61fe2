// SPDX-License-Identifier: Zlib
// The clock that measures and bounds waiting.
#pragma once

#include <time.h>

#include <cstdint>

namespace warpz {

/// Nanoseconds of CLOCK_MONOTONIC.
[[nodiscard]] inline std::uint64_t monotonic_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace warpz

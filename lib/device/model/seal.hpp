// SPDX-License-Identifier: Zlib
// SipHash-2-4 (Aumasson, Bernstein 2012): a keyed check value over state that a device keeps in memory of its user. A
// state that the device did not write itself is recognised before it is used.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz::device::model {

struct SealKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    /// A key that nobody else knows.
    [[nodiscard]] static SealKey random() noexcept;
};

[[nodiscard]] std::uint64_t seal(const SealKey& key, const std::uint8_t* data,
                                 std::size_t size) noexcept;

}  // namespace warpz::device::model

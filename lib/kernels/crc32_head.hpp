// SPDX-License-Identifier: Zlib
// How the carry-less kernels begin: a message whose length is no multiple of the vector's is given
// zero bytes in front, which do not change a CRC. Always inlined, so that each kernel compiles
// these for its own instruction set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace warpz::kernels {

/// A message of 4..15 bytes with the register added, moved to the end of 16 bytes (the most
/// significant end).
[[gnu::always_inline]] inline unsigned __int128 crc32_short_message(std::uint32_t crc,
                                                                    const std::uint8_t* data,
                                                                    std::size_t size) noexcept {
    const auto missing_bits = static_cast<unsigned>(8 * (16 - size));
    unsigned __int128 message;
    if (size >= 8) {
        // The last 8 bytes overlap the first 8; shifted twice, because size 8 makes it 64 bits.
        const std::uint64_t last = load_le<std::uint64_t>(data + size - 8);
        const std::uint64_t high = last >> (missing_bits / 2) >> (missing_bits / 2);
        message = static_cast<unsigned __int128>(high) << 64 | load_le<std::uint64_t>(data);
    } else {
        const std::uint64_t last = load_le<std::uint32_t>(data + size - 4);
        message = last << (8 * (size - 4)) | load_le<std::uint32_t>(data);
    }
    return (message ^ crc) << missing_bits;
}

/// The part of a register that lies beyond the first `bytes` bytes of a message.
[[gnu::always_inline]] inline std::uint32_t crc32_beyond(std::uint32_t crc,
                                                         std::size_t bytes) noexcept {
    return bytes < 4 ? crc >> (8 * bytes) : 0;
}

/// Indices for a byte shuffle: from entry n on, they move a vector's first n bytes to its end and
/// clear the others.
alignas(16) inline constexpr std::array<std::uint8_t, 32> kMoveToEnd = [] {
    std::array<std::uint8_t, 32> indices{};
    for (std::size_t i = 0; i < 16; ++i) {
        indices[i] = 0x80;
        indices[16 + i] = static_cast<std::uint8_t>(i);
    }
    return indices;
}();

}  // namespace warpz::kernels

// SPDX-License-Identifier: Zlib
// How an encoder's memory is divided: window buffer, chains, heads, tokens. zlib.h promises programs a deflate stream of
// (1 << (windowBits + 2)) + (1 << (memLevel + 9)) bytes and a fixed part of 8 KB; this keeps to it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace warpz::deflate {

struct MemoryLayout {
    /// Part of zlib.h's fixed 8 KB that is used here; the rest is for the objects themselves.
    static constexpr std::size_t kFixedPartBytes = 3840;
    /// Smallest window buffer: keeps blocks of small windows long enough that stored blocks stay cheap.
    static constexpr std::uint32_t kMinBufferBytes = 3072;
    /// Size of BlockSplitter::Part and how many are useful; they take at most a tenth of what is left for tokens.
    static constexpr std::size_t kPartBytes = 652;
    static constexpr std::size_t kMostParts = 8;

    std::uint32_t window_bytes;
    std::uint32_t buffer_bytes;  ///< the window buffer, at offset 0
    unsigned head4_bits;         ///< log2 of the number of heads
    unsigned head3_bits;
    std::size_t prev;  ///< offsets in bytes
    std::size_t head4;
    std::size_t head3;
    std::size_t parts;
    std::size_t tokens;
    unsigned part_count;  ///< 0 where there is not enough memory for two
    std::size_t total_bytes;

    /// window_bits 9..15, mem_level 1..9. windowBits 8 is a window of 9 bits, in the memory that is promised for 8.
    [[nodiscard]] static constexpr MemoryLayout of(unsigned window_bits,
                                                   unsigned mem_level) noexcept {
        MemoryLayout layout{};
        layout.window_bytes = 1U << window_bits;
        layout.buffer_bytes = std::max(2 * layout.window_bytes, kMinBufferBytes);
        layout.head4_bits = mem_level + 7;
        layout.head3_bits = mem_level + 5;
        layout.prev = layout.buffer_bytes;
        layout.head4 = layout.prev + 2 * std::size_t{layout.window_bytes};
        layout.head3 = layout.head4 + (std::size_t{2} << layout.head4_bits);
        layout.parts = layout.head3 + (std::size_t{2} << layout.head3_bits);
        const unsigned promised_bits = window_bits == 9 ? 8 : window_bits;
        layout.total_bytes = (std::size_t{1} << (promised_bits + 2)) +
                             (std::size_t{1} << (mem_level + 9)) + kFixedPartBytes;
        const std::size_t fit = (layout.total_bytes - layout.parts) / (10 * kPartBytes);
        layout.part_count = fit < 2 ? 0 : static_cast<unsigned>(std::min(fit, kMostParts));
        layout.tokens = layout.parts + layout.part_count * kPartBytes;
        return layout;
    }
};
static_assert(MemoryLayout::of(9, 1).tokens + 1024 <= MemoryLayout::of(9, 1).total_bytes);

}  // namespace warpz::deflate

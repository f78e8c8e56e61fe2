// SPDX-License-Identifier: Zlib
// How an encoder's memory is divided: window buffer, chains, heads, tokens. zlib.h promises programs a deflate stream of
// (1 << (windowBits + 2)) + (1 << (memLevel + 9)) bytes and a fixed part of 8 KB; this keeps to it at the levels that
// zlib has. Levels above need sections: megabytes more.
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

    /// Input that is parsed as a whole at levels 10 to 12, the parts that its blocks are made of, and what the parser
    /// takes for it (OptimalParser).
    static constexpr std::uint32_t kSectionBytes = std::uint32_t{1} << 18;
    static constexpr unsigned kSectionParts = kSectionBytes / 1024 + 1;
    static constexpr std::size_t kSectionParserBytes =
        std::size_t{6 + 2} * 4 * kSectionBytes + (std::size_t{420} << 10);

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
    std::size_t tokens_end;
    std::size_t section_parser;  ///< 0 where sections are not asked for
    std::size_t total_bytes;

    /// Size of the window buffer where input is parsed as it comes: positions in it have 16 bits.
    [[nodiscard]] static constexpr std::uint32_t plain_buffer(std::uint32_t window_bytes) noexcept {
        return std::max(2 * window_bytes, kMinBufferBytes);
    }

    /// window_bits 9..15, mem_level 1..9. windowBits 8 is a window of 9 bits, in the memory that is promised for 8.
    [[nodiscard]] static constexpr MemoryLayout of(unsigned window_bits, unsigned mem_level,
                                                   bool has_sections = false) noexcept {
        MemoryLayout layout{};
        layout.window_bytes = 1U << window_bits;
        layout.buffer_bytes = plain_buffer(layout.window_bytes);
        if (has_sections) layout.buffer_bytes = layout.window_bytes + kSectionBytes + 64;
        layout.head4_bits = mem_level + 7;
        layout.head3_bits = mem_level + 5;
        layout.prev = layout.buffer_bytes;
        layout.head4 = layout.prev + 2 * std::size_t{layout.window_bytes};
        layout.head3 = layout.head4 + (std::size_t{2} << layout.head4_bits);
        layout.parts = layout.head3 + (std::size_t{2} << layout.head3_bits);
        if (has_sections) {
            // The dearest tokens are matches of three bytes, in four.
            layout.part_count = kSectionParts;
            layout.tokens = layout.parts + layout.part_count * kPartBytes;
            layout.tokens_end = layout.tokens + kSectionBytes / 3 * 4 + 1024;
            layout.section_parser = (layout.tokens_end + 63) & ~std::size_t{63};
            layout.total_bytes = layout.section_parser + kSectionParserBytes;
            return layout;
        }
        const unsigned promised_bits = window_bits == 9 ? 8 : window_bits;
        layout.total_bytes = (std::size_t{1} << (promised_bits + 2)) +
                             (std::size_t{1} << (mem_level + 9)) + kFixedPartBytes;
        const std::size_t fit = (layout.total_bytes - layout.parts) / (10 * kPartBytes);
        layout.part_count = fit < 2 ? 0 : static_cast<unsigned>(std::min(fit, kMostParts));
        layout.tokens = layout.parts + layout.part_count * kPartBytes;
        layout.tokens_end = layout.total_bytes;
        return layout;
    }
};
static_assert(MemoryLayout::of(9, 1).tokens + 1024 <= MemoryLayout::of(9, 1).total_bytes);

}  // namespace warpz::deflate

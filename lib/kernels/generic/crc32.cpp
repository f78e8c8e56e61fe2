// SPDX-License-Identifier: Zlib
// Portable CRC-32: five interleaved 64-bit words per step, each with a register of its own, so that
// five chains of table look-ups run at the same time (the braids of Kadatch and Jenkins,
// "Everything we know about CRC but afraid to forget", 2010); single words and bytes at the end.
#include <array>

#include "base/bytes.hpp"
#include "kernels/crc32_poly.hpp"
#include "kernels/kernels.hpp"

namespace warpz::kernels {
namespace {

constexpr std::size_t kBraids = 5;
constexpr std::size_t kStepBytes = kBraids * 8;

// One word advances its register over itself, or over the whole step up to the same braid's next
// word.
constexpr auto kWordTables = crc32_poly::word_tables(0);
constexpr auto kBraidTables = crc32_poly::word_tables(kStepBytes - 8);

inline std::uint32_t look_up(const std::array<crc32_poly::ByteTable, 8>& tables,
                             std::uint64_t word) noexcept {
    std::uint32_t sum = 0;
    for (unsigned i = 0; i < 8; ++i) sum ^= tables[i][(word >> (8 * i)) & 0xFF];
    return sum;
}

}  // namespace

constinit const std::array<std::uint32_t, 256> kCrc32ByteTable = crc32_poly::byte_table(0);

std::uint32_t generic::crc32(std::uint32_t value, const std::uint8_t* data,
                             std::size_t size) noexcept {
    std::uint32_t crc = ~value;
    if (size >= 2 * kStepBytes) {
        std::array<std::uint32_t, kBraids> braids{crc};
        do {
            for (std::size_t i = 0; i < kBraids; ++i)
                braids[i] = look_up(kBraidTables, braids[i] ^ load_le<std::uint64_t>(data + 8 * i));
            data += kStepBytes;
            size -= kStepBytes;
        } while (size >= 2 * kStepBytes);
        // The last step joins the braids: each word also takes what the words before it left.
        crc = 0;
        for (std::size_t i = 0; i < kBraids; ++i)
            crc = look_up(kWordTables, crc ^ braids[i] ^ load_le<std::uint64_t>(data + 8 * i));
        data += kStepBytes;
        size -= kStepBytes;
    }
    for (; size >= 8; data += 8, size -= 8)
        crc = look_up(kWordTables, crc ^ load_le<std::uint64_t>(data));
    for (; size != 0; ++data, --size) crc = (crc >> 8) ^ kCrc32ByteTable[(crc ^ *data) & 0xFF];
    return ~crc;
}

}  // namespace warpz::kernels

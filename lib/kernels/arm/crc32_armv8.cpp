// SPDX-License-Identifier: Zlib
// CRC-32 with the instructions that ARMv8-A has for this polynomial, for cores without PMULL
// (Cortex-A72 of the Raspberry Pi 4). Three chains over adjacent pieces hide the instruction's
// latency; tables join them.
#include <array>

#include "base/bytes.hpp"
#include "kernels/arm/instructions.hpp"
#include "kernels/crc32_poly.hpp"
#include "kernels/kernels.hpp"

namespace warpz::kernels {
namespace {

constexpr std::size_t kPiece = 512;  // bytes of one chain

/// Tables that advance a register over kPiece zero bytes, one for each of its bytes.
constexpr std::array<crc32_poly::ByteTable, 4> kSkipTables{
    crc32_poly::byte_table(kPiece - 1), crc32_poly::byte_table(kPiece - 2),
    crc32_poly::byte_table(kPiece - 3), crc32_poly::byte_table(kPiece - 4)};

inline std::uint32_t skip_piece(std::uint32_t crc) noexcept {
    return kSkipTables[0][crc & 0xFF] ^ kSkipTables[1][(crc >> 8) & 0xFF] ^
           kSkipTables[2][(crc >> 16) & 0xFF] ^ kSkipTables[3][crc >> 24];
}

}  // namespace

[[WARPZ_TARGET_CRC]] std::uint32_t arm::crc32_armv8(std::uint32_t value, const std::uint8_t* data,
                                                    std::size_t size) noexcept {
    std::uint32_t crc = ~value;
    for (; size >= 3 * kPiece; size -= 3 * kPiece, data += 3 * kPiece) {
        std::uint32_t second = 0;
        std::uint32_t third = 0;
        for (std::size_t i = 0; i < kPiece; i += 8) {
            crc = crc32_word(crc, load_le<std::uint64_t>(data + i));
            second = crc32_word(second, load_le<std::uint64_t>(data + kPiece + i));
            third = crc32_word(third, load_le<std::uint64_t>(data + 2 * kPiece + i));
        }
        crc = skip_piece(skip_piece(crc) ^ second) ^ third;
    }
    for (; size >= 8; size -= 8, data += 8) crc = crc32_word(crc, load_le<std::uint64_t>(data));
    for (; size != 0; --size, ++data) crc = crc32_byte(crc, *data);
    return ~crc;
}

}  // namespace warpz::kernels

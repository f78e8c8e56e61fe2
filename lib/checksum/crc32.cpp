// SPDX-License-Identifier: Zlib
// CRC-32 over the chosen kernel, and its combination: appending n bytes multiplies a register by
// x^(8n).
#include "checksum/crc32.hpp"

#include "kernels/crc32_poly.hpp"

namespace warpz::checksum {

std::uint32_t crc32_combine_operator(std::uint64_t size_b) noexcept {
    return kernels::crc32_poly::power_of_x(size_b, 3);
}

std::uint32_t crc32_combine_with(std::uint32_t combine_operator, std::uint32_t crc_a,
                                 std::uint32_t crc_b) noexcept {
    // The inversions before and after each value cancel out: B's own run began where A's value is
    // now added.
    return kernels::crc32_poly::multiply(combine_operator, crc_a) ^ crc_b;
}

std::uint32_t crc32_combine(std::uint32_t crc_a, std::uint32_t crc_b,
                            std::uint64_t size_b) noexcept {
    return crc32_combine_with(crc32_combine_operator(size_b), crc_a, crc_b);
}

const std::array<std::uint32_t, 256>& crc32_byte_table() noexcept {
    return kernels::kCrc32ByteTable;
}

}  // namespace warpz::checksum

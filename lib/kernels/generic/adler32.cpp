// SPDX-License-Identifier: Zlib
// Portable Adler-32 (RFC 1950 section 8.2), with the two sums reduced once per run of bytes.
#include <algorithm>

#include "kernels/adler32_limits.hpp"
#include "kernels/kernels.hpp"

namespace warpz::kernels {

std::uint32_t generic::adler32(std::uint32_t value, const std::uint8_t* data,
                               std::size_t size) noexcept {
    std::uint32_t s1 = value & 0xFFFF;
    std::uint32_t s2 = value >> 16;
    do {
        std::size_t run = std::min(size, kMaxAdlerRun);
        size -= run;
        for (; run >= 8; run -= 8, data += 8) {
            // s2 grows by 8 * s1 + 8 * data[0] + 7 * data[1] + ... without waiting for s1.
            std::uint32_t sum = 0;
            std::uint32_t weighted = 0;
            for (std::uint32_t i = 0; i < 8; ++i) {
                sum += data[i];
                weighted += (8 - i) * data[i];
            }
            s2 += 8 * s1 + weighted;
            s1 += sum;
        }
        for (; run != 0; --run, ++data) {
            s1 += *data;
            s2 += s1;
        }
        s1 %= kAdlerModulus;
        s2 %= kAdlerModulus;
    } while (size != 0);
    return s1 | (s2 << 16);
}

}  // namespace warpz::kernels

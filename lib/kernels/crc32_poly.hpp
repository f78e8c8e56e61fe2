// SPDX-License-Identifier: Zlib
// Arithmetic modulo the CRC-32 polynomial G of RFC 1952 section 8, from which every table and every
// folding constant of the CRC kernels is computed at compile time.
//
// Notation. A message is a polynomial over GF(2) whose first bit has the highest power. Words are
// *reflected*: in an n-bit word, bit j is the coefficient of x^(n-1-j). The CRC register after a
// message M that began with register 0 is M * x^32 mod G; a register R before it adds R * x^(bits
// of M).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace warpz::kernels::crc32_poly {

/// G without its x^32, reflected: bit 31 is the coefficient of x^0.
inline constexpr std::uint32_t kPolynomial = 0xEDB8'8320;

inline constexpr std::uint32_t kOne = 0x8000'0000;  // x^0

[[nodiscard]] constexpr std::uint32_t times_x(std::uint32_t a) noexcept {
    return (a >> 1) ^ ((a & 1) != 0 ? kPolynomial : 0);
}

/// a * b mod G.
[[nodiscard]] constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t product = 0;
    for (; a != 0; a <<= 1) {
        product ^= (a >> 31) != 0 ? b : 0;
        b = times_x(b);
    }
    return product;
}

/// kSquares[k] = x^(2^k) mod G. G is primitive, so x^(2^32) = x and the exponents repeat after 32
/// entries.
inline constexpr std::array<std::uint32_t, 32> kSquares = [] {
    std::array<std::uint32_t, 32> squares{};
    squares[0] = kOne >> 1;
    for (unsigned k = 1; k < 32; ++k) squares[k] = multiply(squares[k - 1], squares[k - 1]);
    return squares;
}();
static_assert(multiply(kSquares[31], kSquares[31]) == kSquares[0]);

/// x^(n * 2^k) mod G.
[[nodiscard]] constexpr std::uint32_t power_of_x(std::uint64_t n, unsigned k = 0) noexcept {
    std::uint32_t power = kOne;
    for (; n != 0; n >>= 1, ++k) {
        if ((n & 1) != 0) power = multiply(kSquares[k % 32], power);
    }
    return power;
}
static_assert(power_of_x(32) == kPolynomial);

using ByteTable = std::array<std::uint32_t, 256>;

/// Entry v: register after the byte v and `zero_bytes` zero bytes, beginning with register 0.
[[nodiscard]] consteval ByteTable byte_table(unsigned zero_bytes) {
    ByteTable table{};
    // byte 128 is x^0 of the message
    table[128] = multiply(kPolynomial, power_of_x(zero_bytes, 3));
    // table is linear: halving the index multiplies by x, other entries are sums.
    for (unsigned v = 64; v != 0; v >>= 1) table[v] = times_x(table[2 * v]);
    for (unsigned v = 2; v < 256; v <<= 1) {
        for (unsigned low = 1; low < v; ++low) table[v + low] = table[v] ^ table[low];
    }
    return table;
}
static_assert(byte_table(0)[1] == 0x7707'3096 && byte_table(0)[255] == 0x2D02'EF8D);

/// Tables for the 8 bytes of a word that is followed by `zero_bytes` zero bytes; the first byte's
/// table first.
[[nodiscard]] consteval std::array<ByteTable, 8> word_tables(unsigned zero_bytes) {
    return {byte_table(zero_bytes + 7), byte_table(zero_bytes + 6), byte_table(zero_bytes + 5),
            byte_table(zero_bytes + 4), byte_table(zero_bytes + 3), byte_table(zero_bytes + 2),
            byte_table(zero_bytes + 1), byte_table(zero_bytes)};
}

// Constants for carry-less multiplication. The product of two reflected 64-bit words has 127 bits:
// bit k is the coefficient of x^(126-k), one place off the 128-bit reflected form. Each factor
// below has that place worked in.
//
// Fold frame: 128 bits, bit k is x^(127-k), so the low word stands for x^64 and up. Moving 128 bits
// forward by n bits multiplies the low word by x^(n+64) and the high word by x^n, modulo G.
//
// Reduce frame: 96 bits, bit k is x^(95-k). A word that is followed by n bits of message goes into
// it times x^(n+32) mod G, and the sum over all words of the message is congruent to M * x^32.

/// Factor that multiplies a word by x^n and leaves the product in the fold frame.
[[nodiscard]] constexpr std::uint64_t fold_factor(unsigned n) noexcept {
    return std::uint64_t{power_of_x(n - 1)} << 32;  // bit j of the factor is x^(63-j); times x
}

/// Factor that multiplies a word by x^n and leaves the product in the reduce frame.
[[nodiscard]] constexpr std::uint64_t reduce_factor(unsigned n) noexcept {
    return std::uint64_t{power_of_x(n)} << 1;  // bit j of the factor is x^(32-j)
}

/// Factors of the last 136 words of a message, the last word's at the end: 1 KiB, which then needs
/// no chain of folds, and one more vector of up to 64 bytes for what is left of a length in
/// vectors. A kernel that has W words left takes the last W entries, and one addition later
/// everything is in the reduce frame.
inline constexpr std::size_t kReduceWords = 136;
alignas(64) inline constexpr std::array<std::uint64_t, kReduceWords> kReduceFactors = [] {
    std::array<std::uint64_t, kReduceWords> factors{};
    for (std::size_t w = 0; w < kReduceWords; ++w)
        factors[w] = reduce_factor(static_cast<unsigned>(64 * (kReduceWords - 1 - w) + 32));
    return factors;
}();

// Barrett reduction of B in the reduce frame. Its low word is floor(B / x^32), bit j being
// x^(63-j). With kQuotient = floor(x^96 / G) without its x^0, bit j being x^(64-j), the low word of
// their product is floor(B / G). That times G, bit j being x^(32-j), is again in the reduce frame
// and agrees with B down to x^32: their sum is the remainder, bits 64 to 95.
inline constexpr std::uint64_t kQuotient = [] {
    std::uint64_t quotient = 1;
    std::uint32_t remainder = kPolynomial;
    for (unsigned j = 1; j < 64; ++j) {
        quotient |= std::uint64_t{remainder & 1} << j;
        remainder = times_x(remainder);
    }
    return quotient;
}();
inline constexpr std::uint64_t kDivisor = (std::uint64_t{kPolynomial} << 1) | 1;

}  // namespace warpz::kernels::crc32_poly

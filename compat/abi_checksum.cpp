// SPDX-License-Identifier: Zlib
// The checksum functions of zlib.h over lib/checksum. Results for arguments that zlib.h leaves open
// are zlib 1.3.2's.
#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"
#include "zlib.h"

namespace checksum = warpz::checksum;

namespace {

/// One byte, with zlib's single subtraction per sum: for an s2 of 65521 or more it can leave one
/// that is not reduced, unlike every other length.
uLong adler32_of_byte(std::uint32_t adler, Bytef byte) noexcept {
    constexpr std::uint32_t kModulus = 65521;
    std::uint32_t s1 = (adler & 0xFFFF) + byte;
    if (s1 >= kModulus) s1 -= kModulus;
    std::uint32_t s2 = (adler >> 16) + s1;
    if (s2 >= kModulus) s2 -= kModulus;
    return s1 | (s2 << 16);
}

uLong adler32_of(uLong adler, const Bytef* buf, std::size_t len) noexcept {
    const auto value = static_cast<std::uint32_t>(adler);
    if (buf == nullptr) return checksum::kAdler32Start;
    if (len == 1) return adler32_of_byte(value, *buf);
    return checksum::adler32(value, buf, len);
}

uLong crc32_of(uLong crc, const Bytef* buf, std::size_t len) noexcept {
    if (buf == nullptr) return checksum::kCrc32Start;
    return checksum::crc32(static_cast<std::uint32_t>(crc), buf, len);
}

uLong combine_adler32(uLong adler1, uLong adler2, z_off64_t len2) noexcept {
    if (len2 < 0) return 0xFFFF'FFFF;
    return static_cast<uLong>(checksum::adler32_combine(static_cast<std::uint32_t>(adler1),
                                                        static_cast<std::uint32_t>(adler2),
                                                        static_cast<std::uint64_t>(len2)));
}

/// 0, which is no operator, for a negative length.
uLong combine_operator(z_off64_t len2) noexcept {
    return len2 < 0 ? 0 : checksum::crc32_combine_operator(static_cast<std::uint64_t>(len2));
}

}  // namespace

extern "C" {

uLong ZEXPORT adler32_z(uLong adler, const Bytef* buf, z_size_t len) {
    return adler32_of(adler, buf, len);
}

uLong ZEXPORT adler32(uLong adler, const Bytef* buf, uInt len) {
    return adler32_of(adler, buf, len);
}

uLong ZEXPORT adler32_combine(uLong adler1, uLong adler2, z_off_t len2) {
    return combine_adler32(adler1, adler2, len2);
}

uLong ZEXPORT adler32_combine64(uLong adler1, uLong adler2, z_off64_t len2) {
    return combine_adler32(adler1, adler2, len2);
}

uLong ZEXPORT crc32_z(uLong crc, const Bytef* buf, z_size_t len) { return crc32_of(crc, buf, len); }

uLong ZEXPORT crc32(uLong crc, const Bytef* buf, uInt len) { return crc32_of(crc, buf, len); }

uLong ZEXPORT crc32_combine_gen64(z_off64_t len2) { return combine_operator(len2); }

uLong ZEXPORT crc32_combine_gen(z_off_t len2) { return combine_operator(len2); }

uLong ZEXPORT crc32_combine_op(uLong crc1, uLong crc2, uLong op) {
    const auto combine_operator = static_cast<std::uint32_t>(op);
    if (combine_operator == 0) return 0;
    return checksum::crc32_combine_with(combine_operator, static_cast<std::uint32_t>(crc1),
                                        static_cast<std::uint32_t>(crc2));
}

uLong ZEXPORT crc32_combine64(uLong crc1, uLong crc2, z_off64_t len2) {
    return crc32_combine_op(crc1, crc2, combine_operator(len2));
}

uLong ZEXPORT crc32_combine(uLong crc1, uLong crc2, z_off_t len2) {
    return crc32_combine_op(crc1, crc2, combine_operator(len2));
}

const z_crc_t FAR* ZEXPORT get_crc_table(void) { return checksum::crc32_byte_table().data(); }

}  // extern "C"

// SPDX-License-Identifier: Zlib
#include "native/wrapper.hpp"

#include <cstring>

#include "base/bytes.hpp"
#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"

namespace warpz::native {

std::size_t put_header(std::uint8_t* out, int format, int level) noexcept {
    if (format == WARPZ_RAW) return 0;
    if (format == WARPZ_ZLIB) {
        store_be<std::uint16_t>(out, level < 2    ? 0x7801
                                     : level < 6  ? 0x785e
                                     : level == 6 ? 0x789c
                                                  : 0x78da);
        return 2;
    }
    constexpr std::uint8_t kUnix = 3;
    const std::uint8_t header[kHeaderBytes] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, kUnix};
    std::memcpy(out, header, sizeof header);
    out[8] = level >= 9 ? 2 : level < 2 ? 4 : 0;
    return sizeof header;
}

std::size_t put_closing(std::uint8_t* out, warpz_job& job, std::size_t tail_bytes) noexcept {
    const auto* const in = static_cast<const std::uint8_t*>(job.in);
    std::uint8_t* to = out;
    if (tail_bytes == 0) {
        store_le<std::uint16_t>(to, 3);  // BFINAL, fixed, end of block
        to += 2;
    } else {
        *to = 1;  // BFINAL, stored
        store_le<std::uint16_t>(to + 1, static_cast<std::uint16_t>(tail_bytes));
        store_le<std::uint16_t>(to + 3, static_cast<std::uint16_t>(~tail_bytes));
        std::memcpy(to + 5, in + job.in_bytes - tail_bytes, tail_bytes);
        to += 5 + tail_bytes;
    }
    job.check = 0;
    if (job.format == WARPZ_ZLIB) {
        job.check = checksum::adler32(checksum::kAdler32Start, in, job.in_bytes);
        store_be<std::uint32_t>(to, job.check);
        to += 4;
    } else if (job.format == WARPZ_GZIP) {
        job.check = checksum::crc32(checksum::kCrc32Start, in, job.in_bytes);
        store_le<std::uint32_t>(to, job.check);
        store_le<std::uint32_t>(to + 4, static_cast<std::uint32_t>(job.in_bytes));
        to += 8;
    }
    return static_cast<std::size_t>(to - out);
}

namespace {

constexpr std::uint8_t kDeflated = 8;  // CM of both formats

HeaderSize read_zlib_header(const std::uint8_t* in, std::size_t size) noexcept {
    if (size < 2) return {};
    // A device does not hold distances against a smaller window.
    const bool is_header = in[0] == (7 << 4 | kDeflated) && load_be<std::uint16_t>(in) % 31 == 0 &&
                           (in[1] & 0x20) == 0;
    return {is_header, 2};
}

/// Behind a string that ends with 0; past `size` when it does not end.
std::size_t behind_string(const std::uint8_t* in, std::size_t size, std::size_t at) noexcept {
    if (at >= size) return size + 1;
    const void* const end = std::memchr(in + at, 0, size - at);
    if (end == nullptr) return size + 1;
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - in) + 1;
}

HeaderSize read_gzip_header(const std::uint8_t* in, std::size_t size) noexcept {
    enum : std::uint8_t { kHcrc = 2, kExtra = 4, kName = 8, kComment = 16, kReserved = 0xe0 };
    if (size < kHeaderBytes || in[0] != 0x1f || in[1] != 0x8b || in[2] != kDeflated) return {};
    const std::uint8_t flags = in[3];
    if ((flags & (kHcrc | kReserved)) != 0) return {};
    std::size_t at = kHeaderBytes;
    if ((flags & kExtra) != 0) {
        if (size - at < 2) return {};
        at += 2 + load_le<std::uint16_t>(in + at);
    }
    if ((flags & kName) != 0) at = behind_string(in, size, at);
    if ((flags & kComment) != 0) at = behind_string(in, size, at);
    return {at <= size, at};
}

}  // namespace

HeaderSize read_header(const warpz_job& job) noexcept {
    const auto* const in = static_cast<const std::uint8_t*>(job.in);
    if (job.format == WARPZ_ZLIB) return read_zlib_header(in, job.in_bytes);
    if (job.format == WARPZ_GZIP) return read_gzip_header(in, job.in_bytes);
    return {true, 0};
}

bool is_proven(warpz_job& job) noexcept {
    const auto* const end = static_cast<const std::uint8_t*>(job.in) + job.consumed;
    const auto* const out = static_cast<const std::uint8_t*>(job.out);
    job.check = 0;
    if (job.format == WARPZ_ZLIB) {
        if (job.consumed < 2 + 4) return false;
        job.check = checksum::adler32(checksum::kAdler32Start, out, job.produced);
        return load_be<std::uint32_t>(end - 4) == job.check;
    }
    if (job.format == WARPZ_GZIP) {
        if (job.consumed < kHeaderBytes + 8) return false;
        job.check = checksum::crc32(checksum::kCrc32Start, out, job.produced);
        return load_le<std::uint32_t>(end - 8) == job.check &&
               load_le<std::uint32_t>(end - 4) == static_cast<std::uint32_t>(job.produced);
    }
    return true;
}

}  // namespace warpz::native

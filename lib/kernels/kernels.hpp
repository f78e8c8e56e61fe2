// SPDX-License-Identifier: Zlib
// Hot leaf functions that exist in several variants, one of which is chosen once per process. The
// functions of generic/ are the truth; the variants of x86/ and arm/ give the same results and are
// found through these declarations.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/cpu_features.hpp"

namespace warpz::kernels {

/// Continues a checksum over `size` bytes at `data`; returns the new value.
///
/// value    Adler-32 (RFC 1950) or CRC-32 (RFC 1952) in the form in which streams store it.
/// Adler-32: any 32 bits,
///          each half is taken modulo 65521
/// data     any alignment; not read when size is 0. Nothing outside [data, data + size) has an
/// effect or faults returns  Adler-32: both halves below 65521 threads  any; pure function
using ChecksumFn = std::uint32_t (*)(std::uint32_t value, const std::uint8_t* data,
                                     std::size_t size) noexcept;

struct ChecksumVariant {
    const char* name;               ///< function and instruction set, as in the file's name
    bool (*runs_on)(Cpu) noexcept;  ///< also states a preference: false where a later variant is
                                    ///< the better choice
    ChecksumFn function;
    bool lowers_clock = false;  ///< fastest alone, but slows down what runs between its calls
};

/// All variants built into this library, best first. The last one runs everywhere.
[[nodiscard]] std::span<const ChecksumVariant> adler32_variants() noexcept;
[[nodiscard]] std::span<const ChecksumVariant> crc32_variants() noexcept;

/// Slots of the chosen functions. Each begins as a resolver that replaces itself on the first call;
/// threads that race there store the same pointer.
struct Slots {
    std::atomic<ChecksumFn> adler32;
    std::atomic<ChecksumFn> adler32_in_stream;
    std::atomic<ChecksumFn> crc32;
};
extern constinit Slots g_slots;
static_assert(std::atomic<ChecksumFn>::is_always_lock_free);

[[nodiscard]] inline std::uint32_t adler32(std::uint32_t value, const std::uint8_t* data,
                                           std::size_t size) noexcept {
    return g_slots.adler32.load(std::memory_order_relaxed)(value, data, size);
}

/// The same for callers that do other work between the calls: passes over variants that lower the
/// clock.
[[nodiscard]] inline std::uint32_t adler32_in_stream(std::uint32_t value, const std::uint8_t* data,
                                                     std::size_t size) noexcept {
    return g_slots.adler32_in_stream.load(std::memory_order_relaxed)(value, data, size);
}

[[nodiscard]] inline std::uint32_t crc32(std::uint32_t value, const std::uint8_t* data,
                                         std::size_t size) noexcept {
    return g_slots.crc32.load(std::memory_order_relaxed)(value, data, size);
}

/// The CRC-32 of each single byte value with a zero register: the table that zlib's get_crc_table()
/// hands out.
extern const std::array<std::uint32_t, 256> kCrc32ByteTable;

namespace generic {
std::uint32_t adler32(std::uint32_t value, const std::uint8_t* data, std::size_t size) noexcept;
std::uint32_t crc32(std::uint32_t value, const std::uint8_t* data, std::size_t size) noexcept;
}  // namespace generic

#if defined(__x86_64__)
namespace x86 {
std::uint32_t adler32_ssse3(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t adler32_avx2(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t adler32_avx_vnni(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t adler32_avx512_vnni(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t crc32_pclmul(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t crc32_vpclmul_avx2(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t crc32_vpclmul_avx512(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
}  // namespace x86
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
namespace arm {
std::uint32_t adler32_neon(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t adler32_dotprod(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t crc32_armv8(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
std::uint32_t crc32_pmull(std::uint32_t, const std::uint8_t*, std::size_t) noexcept;
}  // namespace arm
#endif

}  // namespace warpz::kernels

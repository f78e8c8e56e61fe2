// SPDX-License-Identifier: Zlib
// Unaligned little- and big-endian access to bytes. Each function compiles to one load or store (plus a swap).
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace warpz {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swap(T value) noexcept {
    if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
    if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
    if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
    return value;
}

/// Reads sizeof(T) bytes at `from`, which needs no alignment, in the machine's own byte order.
template <std::unsigned_integral T>
[[nodiscard]] inline T load_native(const std::uint8_t* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <std::unsigned_integral T>
[[nodiscard]] inline T load_le(const std::uint8_t* from) noexcept {
    const T value = load_native<T>(from);
    if constexpr (std::endian::native == std::endian::big) return byte_swap(value);
    return value;
}

template <std::unsigned_integral T>
[[nodiscard]] inline T load_be(const std::uint8_t* from) noexcept {
    const T value = load_native<T>(from);
    if constexpr (std::endian::native == std::endian::little) return byte_swap(value);
    return value;
}

template <std::unsigned_integral T>
inline void store_le(std::uint8_t* to, T value) noexcept {
    if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
    std::memcpy(to, &value, sizeof value);
}

template <std::unsigned_integral T>
inline void store_be(std::uint8_t* to, T value) noexcept {
    if constexpr (std::endian::native == std::endian::little) value = byte_swap(value);
    std::memcpy(to, &value, sizeof value);
}

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// Jobs to descriptor words and descriptor words to completions. With the device model this is all of the library that
// reads or writes fields of warpz/zip_sqe.h's structures.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "device/device_job.hpp"
#include "device/transport.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::device {

using Sqe = warpz_zip_sqe;
using Cqe = warpz_zip_cqe;

/// A field of a descriptor as a number; its memory is little-endian.
[[nodiscard]] constexpr std::uint32_t from_le(std::uint32_t word) noexcept {
    return std::endian::native == std::endian::little ? word : byte_swap(word);
}
[[nodiscard]] constexpr std::uint16_t from_le(std::uint16_t word) noexcept {
    return std::endian::native == std::endian::little ? word : byte_swap(word);
}
[[nodiscard]] constexpr std::uint32_t to_le(std::uint32_t value) noexcept { return from_le(value); }
[[nodiscard]] constexpr std::uint16_t to_le(std::uint16_t value) noexcept { return from_le(value); }

/// The CRC-32 that a checksum register stands for, and the register for a CRC-32: all bits complemented, and reversed.
[[nodiscard]] std::uint32_t crc_of_register(std::uint32_t reg) noexcept;
[[nodiscard]] inline std::uint32_t register_of_crc(std::uint32_t crc) noexcept {
    return crc_of_register(crc);
}

/// What a stream carries from one packet to the next: fields of the finished descriptor that go into the next one.
struct CarriedWords {
    std::uint32_t ctx_dw0 = 0;
    std::uint32_t ctx_dw1 = 0;
    std::uint32_t ctx_dw2 = 0;
    std::uint32_t checksum = 0;
    std::uint32_t isize = 0;
};

/// What of a job the device is told in its own terms.
struct Placement {
    std::uint64_t in;  ///< device addresses
    std::uint64_t out;
    std::uint64_t context;  ///< of the hardware's part; 0: none
    bool is_stateful;       ///< a context is given
    bool is_first;          ///< of its stream
    std::uint32_t tag;
    const CarriedWords* carried;  ///< when stateful and not first
};

/// Why a job cannot be one descriptor, or that it can: kOk or kUnsupported. Sizes, granule, formats.
[[nodiscard]] Status check_job(const Job& job, const DeviceInfo& device) noexcept;

/// Writes all 128 bytes of `sqe`. The job has passed check_job().
void build_sqe(Sqe& sqe, const Job& job, const DeviceInfo& device,
               const Placement& placement) noexcept;

/// The tag of a finished descriptor, and whether the words next to it are those that build_sqe() wrote.
[[nodiscard]] std::uint32_t tag_of(const Sqe& sqe, Generation generation) noexcept;

/// A finished descriptor, read. `sqe` is a private copy: the device cannot change it any more.
struct Reading {
    Completion completion;  ///< without the caller's tag
    CarriedWords carried;   ///< valid with the outcomes kDone and kMoreOutput
    /// False: the counts lie outside of what was given; nothing else holds then
    bool is_sane = true;
};

/// Interprets the answer to `job`.
///
/// cached  the cached input bits of the stream's context, as the device left them; asked for raw inflate only
[[nodiscard]] Reading read_sqe(const Sqe& sqe, const Job& job,
                               std::span<const std::uint8_t> context) noexcept;

/// What the bits that an inflate device has read and not decoded amount to, when it stands between blocks (RFC 1951
/// 3.2.3-3.2.6). They end on a byte boundary of the stream.
enum class CachedBits : std::uint8_t {
    kIncomplete,  ///< more input is needed
    kFinalBlock,  ///< a complete final block of the fixed kind, or an empty stored one: an empty packet finishes it
    kMalformed,
};
[[nodiscard]] CachedBits judge_cached_bits(std::uint64_t bits, unsigned count) noexcept;

}  // namespace warpz::device

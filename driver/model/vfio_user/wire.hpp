// SPDX-License-Identifier: Zlib
// Messages of the vfio-user protocol, version 0.x, as its public specification has them (docs/interop/vfio-user.rst in
// QEMU): a header, then what the command says. Numbers are little-endian; so is every host that this is built for.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace warpz::vfio_user {

static_assert(std::endian::native == std::endian::little);

enum class Command : std::uint16_t {
    kVersion = 1,
    kDmaMap = 2,
    kDmaUnmap = 3,
    kDeviceInfo = 4,
    kRegionInfo = 5,
    kRegionIoFds = 6,
    kIrqInfo = 7,
    kSetIrqs = 8,
    kRegionRead = 9,
    kRegionWrite = 10,
    kDmaRead = 11,  ///< from server to client, as the next
    kDmaWrite = 12,
    kReset = 13,
    kDirtyPages = 14,
};

struct Header {
    std::uint16_t id;
    std::uint16_t command;
    std::uint32_t size;  ///< of the message, this header included
    std::uint32_t flags;
    std::uint32_t error;
};
static_assert(sizeof(Header) == 16);

inline constexpr std::uint32_t kTypeMask = 0xf;
inline constexpr std::uint32_t kTypeCommand = 0;
inline constexpr std::uint32_t kTypeReply = 1;
inline constexpr std::uint32_t kNoReply = 1U << 4;
inline constexpr std::uint32_t kError = 1U << 5;

inline constexpr std::uint32_t kMaxDataBytes =
    1U << 20;  ///< of a read or write; also what is meant when a peer is silent
inline constexpr std::uint32_t kMaxPayloadBytes = kMaxDataBytes + 64;
inline constexpr std::size_t kMaxFds = 16;  ///< in a message

struct Version {  ///< then JSON text with a terminating 0, which may be missing altogether
    std::uint16_t major;
    std::uint16_t minor;
};

struct DmaMap {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t offset;
    std::uint64_t address;
    std::uint64_t size;
};
inline constexpr std::uint32_t kDmaReadable = 1U << 0;
inline constexpr std::uint32_t kDmaWriteable = 1U << 1;

struct DmaUnmap {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint64_t address;
    std::uint64_t size;
};
inline constexpr std::uint32_t kUnmapDirtyBitmap = 1U << 0;
inline constexpr std::uint32_t kUnmapAll = 1U << 1;

struct DeviceInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t regions;
    std::uint32_t irqs;
};
inline constexpr std::uint32_t kDeviceCanReset = 1U << 0;
inline constexpr std::uint32_t kDeviceIsPci = 1U << 1;

struct RegionInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t cap_offset;
    std::uint64_t size;
    std::uint64_t offset;
};
inline constexpr std::uint32_t kRegionReadable = 1U << 0;
inline constexpr std::uint32_t kRegionWriteable = 1U << 1;

struct IrqInfo {
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t count;
};
inline constexpr std::uint32_t kIrqEventfd = 1U << 0;

struct SetIrqs {  ///< then a byte for each interrupt with kIrqDataBool
    std::uint32_t argsz;
    std::uint32_t flags;
    std::uint32_t index;
    std::uint32_t start;
    std::uint32_t count;
};
inline constexpr std::uint32_t kIrqDataNone = 1U << 0;
inline constexpr std::uint32_t kIrqDataBool = 1U << 1;
inline constexpr std::uint32_t kIrqDataEventfd = 1U << 2;
inline constexpr std::uint32_t kIrqActionTrigger = 1U << 5;

struct RegionAccess {  ///< then the data: of a write in the command, of a read in the reply
    std::uint64_t offset;
    std::uint32_t region;
    std::uint32_t count;
};

struct DmaAccess {  ///< then the data, likewise
    std::uint64_t address;
    std::uint64_t count;
};

/// Regions and interrupts of a PCI device, in vfio's order.
inline constexpr std::uint32_t kRegionBars = 6;
inline constexpr std::uint32_t kRegionConfig = 7;
inline constexpr std::uint32_t kRegionCount = 9;
inline constexpr std::uint32_t kIrqMsix = 2;
inline constexpr std::uint32_t kIrqCount = 5;

/// The structure that the bytes begin with; false when they are too few.
template <class Structure>
[[nodiscard]] bool take(std::span<const std::uint8_t> bytes, Structure& structure) noexcept {
    if (bytes.size() < sizeof(Structure)) return false;
    std::memcpy(&structure, bytes.data(), sizeof(Structure));
    return true;
}

template <class Structure>
[[nodiscard]] std::span<const std::uint8_t> bytes_of(const Structure& structure) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(&structure), sizeof(Structure)};
}

}  // namespace warpz::vfio_user

// SPDX-License-Identifier: Zlib
// What sysfs says about uacce devices (Documentation/misc-devices/uacce.rst): which of them speak the descriptors that
// this library writes, and which of those is nearest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/transport.hpp"

namespace warpz::device {

/// Where the kernel's trees are. Tests point them elsewhere.
struct SystemRoots {
    const char* sys = "/sys";
    const char* dev = "/dev";
};

/// Longest path that is ever built; what is longer is passed over.
inline constexpr std::size_t kMaxPathBytes = 512;

/// One usable device.
struct UacceNode {
    DeviceInfo info;
    std::size_t mmio_bytes;
    std::size_t dus_bytes;
    unsigned available;  ///< free queues when it was looked at
    /// NUMA distance from the asking thread's node, 10 is local; unknown nodes come last
    unsigned distance;
};

/// Why a device of the class is not usable; for diagnosis.
enum class NodeVerdict : std::uint8_t {
    kUsable,
    kNoApi,  ///< `api` is missing, or not of hisi_qm_v2 or later, or the unsafe mode without an IOMMU
    kNoAlgorithm,  ///< none of zlib, gzip, deflate
    kNoRegions,    ///< the regions' sizes are missing or too small
    kIsolated,     ///< taken out of service after too many errors
};

/// Reads the attributes of `<sys>/class/uacce/<name>`.
[[nodiscard]] NodeVerdict read_uacce_node(const SystemRoots& roots, const char* name,
                                          UacceNode& node) noexcept;

/// Usable devices, nearest first, those with most free queues first among equals.
/// returns how many of `nodes` were filled; devices beyond its size are not looked at
[[nodiscard]] std::size_t find_uacce_nodes(const SystemRoots& roots,
                                           std::span<UacceNode> nodes) noexcept;

/// Whether the kernel has taken the device out of service after too many errors.
[[nodiscard]] bool is_isolated(const SystemRoots& roots, const char* name) noexcept;

/// Free queues now; 0 when the device is gone or isolated.
[[nodiscard]] unsigned read_available_queues(const SystemRoots& roots, const char* name) noexcept;

}  // namespace warpz::device

// SPDX-License-Identifier: Zlib
// The accelerators of a machine as sysfs and /dev have them, those included that the library would not use.
#pragma once

#include <string>
#include <vector>

#include "device/uacce_discovery.hpp"

namespace warpz::ctl {

/// Where to look: --sys and --dev.
struct Roots {
    std::string sys = "/sys";
    std::string dev = "/dev";
    [[nodiscard]] device::SystemRoots view() const { return {sys.c_str(), dev.c_str()}; }
};

/// Reads the options of `devices` and `check`. Throws UsageError.
[[nodiscard]] Roots parse_roots(int argc, char** argv);

struct Node {
    device::UacceNode uacce{};
    device::NodeVerdict verdict{};
    int open_error = 0;  ///< errno why this user may not open it; 0 when he may
};

/// All of <sys>/class/uacce by name; for each the verdict of the library.
[[nodiscard]] std::vector<Node> find_nodes(const Roots& roots);

/// Why the library does not use the node; empty when it would.
[[nodiscard]] std::string trouble_of(const Node& node);
/// "zlib,gzip,deflate"
[[nodiscard]] std::string formats_of(const device::DeviceInfo& info);
/// "sva" or "bounce"
[[nodiscard]] const char* addresses_of(const device::DeviceInfo& info);

}  // namespace warpz::ctl

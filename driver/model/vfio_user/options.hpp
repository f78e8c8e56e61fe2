// SPDX-License-Identifier: Zlib
// What warpz-vdev is told on its command line.
#pragma once

#include <span>
#include <string>

#include "device.hpp"
#include "host_device.hpp"

namespace warpz::vfio_user {

struct Options {
    std::string socket;
    std::string backing = "cores";  ///< or what HostDevice::find() takes
    Proof proof = Proof::kAll;
    DeviceOptions device;
    bool wants_help = false;
    bool wants_version = false;
};

/// words  what follows the program's name
/// Returns what is wrong with them, empty when nothing is.
[[nodiscard]] std::string parse_options(std::span<char* const> words, Options& options);

extern const char kUsage[];

}  // namespace warpz::vfio_user

// SPDX-License-Identifier: Zlib
// One job in each direction on a real queue.
#pragma once

#include <string>

#include "device/transport.hpp"

namespace warpz::ctl {

struct RoundTrip {
    std::string trouble;  ///< empty when all bytes came back
    double deflate_us = 0;
    double inflate_us = 0;
    std::size_t in_bytes = 0;
    std::size_t packed_bytes = 0;
};

/// Opens a queue of each kind, compresses a sample on the device, and decompresses the result twice: by software and on
/// the device. Takes at most some seconds, whatever the device does.
[[nodiscard]] RoundTrip try_round_trip(device::Device& device);

}  // namespace warpz::ctl

// SPDX-License-Identifier: Zlib
// A client of warpz-vdev whose device has the model in this process for a host's accelerator.
#pragma once

#include <memory>

#include "device/model/model_device.hpp"
#include "driver/running_client.hpp"
#include "host_device.hpp"

BOOST_TEST_DONT_PRINT_LOG_VALUE(warpz::device::AddressMode)
BOOST_TEST_DONT_PRINT_LOG_VALUE(warpz::device::model::FaultKind)
BOOST_TEST_DONT_PRINT_LOG_VALUE(warpz::vfio_user::Proof)

namespace warpz::test {

inline std::shared_ptr<vfio_user::HostDevice> host_of(const device::model::ModelOptions& model,
                                                      vfio_user::HostOptions options) {
    const auto device = device::model::ModelDevice::create(model);
    BOOST_TEST_REQUIRE(static_cast<bool>(device));
    const std::shared_ptr<device::model::ModelDevice> owned(*device,
                                                            device::model::ModelDevice::destroy);
    return std::make_shared<vfio_user::HostDevice>(owned, options);
}

/// The window of a bouncing model is so small that a packet of the sample's size takes several.
constexpr std::size_t kSmallWindow = 256 * 1024;

inline device::model::ModelOptions model_of(device::AddressMode mode,
                                            device::model::ModelFault fault = {}) {
    device::model::ModelOptions options{.address_mode = mode, .window_bytes = kSmallWindow};
    options.faults.faults[0] = fault;
    return options;
}

struct BackedClient : RunningClient {
    static constexpr vfio_user::HostOptions kOptions{.patience_us = 400'000, .pause_us = 1};
    explicit BackedClient(const device::model::ModelOptions& model = {},
                          std::uint32_t type = WARPZ_QC_TYPE_COMPRESS,
                          const vfio_user::HostOptions& options = kOptions)
        : RunningClient({.queues = 4, .backing = host_of(model, options)}, type) {}

    std::uint64_t by_device() { return told("device_jobs"); }
    std::uint64_t by_cores() { return told("core_jobs"); }
};

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
#include "offload/model.hpp"

#include "offload/devices.hpp"
#include "offload/streams.hpp"

namespace warpz::test {

void install_model(const device::model::ModelOptions& options, unsigned timeout_ms) {
    const auto made = device::model::ModelDevice::create(options);
    demand(static_cast<bool>(made), "no model");
    static device::Device* devices[1];
    devices[0] = *made;
    device::PoolOptions pool;
    pool.queue.job_timeout_us = timeout_ms * 1000;
    offload::Devices::install(devices, pool);
}

}  // namespace warpz::test

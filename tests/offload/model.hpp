// SPDX-License-Identifier: Zlib
// A model device as the only device of a test's child process.
#pragma once

#include "device/model/model_device.hpp"

namespace warpz::test {

/// How long a queue of install_model() waits for an answer.
inline constexpr unsigned kQueueTimeoutMs = 60;

/// To be called once, in a child, before the first stream.
void install_model(const device::model::ModelOptions& options);

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// A model device as the only device of a test's child process.
#pragma once

#include "device/model/model_device.hpp"

namespace warpz::test {

/// A time-out for queues of a device that will not answer.
inline constexpr unsigned kShortTimeoutMs = 60;
/// And of one that will. On a busy machine its thread may wait long for a CPU: no test ends by this one.
inline constexpr unsigned kLongTimeoutMs = 1'000'000;

/// To be called once, in a child, before the first stream. Queues wait so long for an answer.
void install_model(const device::model::ModelOptions& options,
                   unsigned timeout_ms = kLongTimeoutMs);

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// A model device as the only device of a test's child process.
#pragma once

#include "device/model/model_device.hpp"

namespace warpz::test {

/// A time-out for queues of a device that will not answer. One that only has to get a CPU may take longer on a busy
/// machine: elsewhere the queues have the library's own.
inline constexpr unsigned kShortTimeoutMs = 60;

/// To be called once, in a child, before the first stream.
///
/// timeout_ms  how long a queue waits for an answer; 0: as long as the library's
void install_model(const device::model::ModelOptions& options, unsigned timeout_ms = 0);

}  // namespace warpz::test

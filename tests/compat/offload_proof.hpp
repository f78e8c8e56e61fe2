// SPDX-License-Identifier: Zlib
// How the suites tell that they run with executors of lib/offload, and what these have done so far.
#pragma once

#include <cstdint>

namespace warpz::test {

/// The environment names a device or threads. What a stream makes of its input may come out later then, by up to a few
/// chunks of a megabyte, and never later than a flush.
[[nodiscard]] bool is_offloading();

/// Jobs of both queues and the pool; 0 when the suite runs on a shared library, whose counters are its own.
[[nodiscard]] std::uint64_t offloaded_jobs();

/// Everything that an executor can do goes there, from the first byte on, and offloaded_jobs() can tell.
[[nodiscard]] bool is_offload_forced();

/// The device of the environment, not the pool.
[[nodiscard]] bool is_on_device();

}  // namespace warpz::test

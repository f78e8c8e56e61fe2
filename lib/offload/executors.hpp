// SPDX-License-Identifier: Zlib
// What this process can offload to, by its configuration: the pool of cores, and devices.
#pragma once

#include "engine/deflate_stream.hpp"
#include "engine/route.hpp"
#include "offload/core_pool.hpp"

namespace warpz::offload {

/// Where deflate streams find their executors; null when the process has none, so that nothing of this folder is
/// touched.
[[nodiscard]] const engine::DeflateOffload* deflate_offload() noexcept;

/// What there is at this moment, for route.hpp.
[[nodiscard]] engine::Executors deflate_executors(int level) noexcept;
[[nodiscard]] engine::Executors inflate_executors() noexcept;

/// The pool that WARPZ_THREADS asks for; without that, one that has no threads and does jobs where they are waited for.
/// Null without memory.
[[nodiscard]] CorePool* pool_of_process() noexcept;

}  // namespace warpz::offload

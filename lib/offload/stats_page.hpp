// SPDX-License-Identifier: Zlib
// The process's counters for the eyes of others: a file of one page in a run directory, mapped where the counters are.
// Only its owner and root may read it. It exists from the moment that a stream first leaves its thread until the process
// ends, or is dlclose()d; what a killed process leaves is known by its pid and start time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/stats.hpp"

namespace warpz::offload {

/// Makes the file; once per process, later calls cost two loads. Not in processes that gained privileges. What fails is
/// no error: then nobody sees the counters. No descriptor stays open. Any thread.
void show_stats() noexcept;

/// The run directory: /dev/shm, or what WARPZ_RUN_DIR names (for tests).
[[nodiscard]] const char* run_directory() noexcept;
/// Files there are called this, and "<uid>-<pid>".
inline constexpr const char* kStatsPrefix = "warpz-";

/// When a process began, in ticks since the machine did (proc(5), starttime); 0 when it is not there.
[[nodiscard]] std::uint64_t start_ticks_of(std::uint32_t pid) noexcept;

}  // namespace warpz::offload

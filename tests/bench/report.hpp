// SPDX-License-Identifier: Zlib
// Results as tables for people or as JSON for programs.
#pragma once

#include <string>

#include "bench/totals.hpp"

namespace warpz::bench {

/// The libraries with versions and files, and what else a reader of the numbers has to know.
[[nodiscard]] std::string describe_run(const Options& options, const Engines& engines,
                                       const std::vector<Input>& inputs);
[[nodiscard]] std::string tables(const Report& report);
[[nodiscard]] std::string json(const Report& report);

}  // namespace warpz::bench

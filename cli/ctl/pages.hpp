// SPDX-License-Identifier: Zlib
// The pages that running processes show (lib/offload/stats_page.hpp), read as data of strangers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace warpz::ctl {

/// Counters by name, in the library's order.
using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

/// Value of a counter; 0 when it is not among them.
[[nodiscard]] std::uint64_t value_of(const Counters& counters, const std::string& name);

struct Process {
    std::uint32_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string program;
    Counters counters;
};

/// Processes whose pages this user may read, by pid. What killed processes have left is removed.
[[nodiscard]] std::vector<Process> read_pages();

}  // namespace warpz::ctl

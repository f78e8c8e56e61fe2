// SPDX-License-Identifier: Zlib
// Sums over files, and the curve of a library's levels: what tables, JSON and the picture are made of.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "bench/options.hpp"

namespace warpz::bench {

struct Report {
    const Options& options;
    const Engines& engines;
    const std::vector<Input>& inputs;
    const std::vector<Task>& tasks;
    const Results& results;
};

/// Files whose figures are added up.
struct Group {
    enum class Scope { kAll, kKind, kFile };
    Scope scope = Scope::kAll;
    std::string name;  ///< empty for all files
    std::vector<std::size_t> inputs;
};

/// The part of a file's name before its first "_", or all of it.
[[nodiscard]] std::string kind_of(const std::string& file_name);

/// All files first, then what --by-kind and --per-file ask for.
[[nodiscard]] std::vector<Group> groups_of(const Options& options,
                                           const std::vector<Input>& inputs);

/// One library's totals for a task over some inputs: medians added up.
struct Total {
    double seconds = 0;
    double plain_bytes = 0;
    double packed_bytes = 0;

    [[nodiscard]] double megabytes_per_second() const { return plain_bytes / seconds / 1e6; }
    [[nodiscard]] double ratio() const { return plain_bytes / packed_bytes; }
};

/// Empty when the library does not support the task.
[[nodiscard]] std::optional<Total> total_of(const Report& report, std::size_t task,
                                            std::size_t engine, const Group& group);

/// "64K" and the like; "all" for 0.
[[nodiscard]] std::string size_name(std::size_t bytes);

/// Tasks with equal titles make up one table; they differ in the level, or in the piece size of a checksum.
[[nodiscard]] std::string table_title(const Task& task);

[[nodiscard]] std::string cpu_model();
/// What built this program, and with it the library under test where both are of one build.
[[nodiscard]] std::string compiler();

/// A level of a library.
struct Point {
    int level = 0;
    double ratio = 0;
    double speed = 0;  ///< MB/s
};
/// In the order of levels.
using Curve = std::vector<Point>;

/// A library's levels above 0 among the tasks first to last - 1.
[[nodiscard]] Curve curve_of(const Report& report, std::size_t first, std::size_t last,
                             std::size_t engine, const Group& group);

/// The best speed at a ratio of at least `ratio`: of a level, or on the way between neighbouring levels, where the
/// logarithm of the speed is taken to change linearly with the ratio. Empty when no level reaches the ratio.
[[nodiscard]] std::optional<double> speed_at(const Curve& curve, double ratio);

}  // namespace warpz::bench

// SPDX-License-Identifier: Zlib
// The picture of --plot: speed against ratio, one curve per library, as an SVG that needs nothing else and is legible
// on light and dark pages.
#pragma once

#include <string>
#include <vector>

#include "bench/totals.hpp"

namespace warpz::bench {

struct Picture {
    struct Series {
        std::string name;
        std::string note;  ///< a version, or what else belongs beside the name; may be empty
        Curve curve;       ///< positive ratios and speeds; may be empty
        bool is_ours = false;
    };
    std::string title;
    std::string subtitle;
    std::vector<std::string> footer;  ///< lines below the axes
    std::vector<Series> series;
};

/// A complete SVG document. Text may hold any UTF-8; what XML does not allow is escaped or left out.
[[nodiscard]] std::string svg_of(const Picture& picture);

/// Whether there are levels to show: deflate with the default strategy.
[[nodiscard]] bool can_be_plotted(const std::vector<Task>& tasks);

/// Writes the first such table's curves over all files to report.options.plot. Throws std::runtime_error when it cannot
/// be written.
void write_plot(const Report& report);

}  // namespace warpz::bench

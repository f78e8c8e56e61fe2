// SPDX-License-Identifier: Zlib
// Sums, names and curves; see totals.hpp.
#include "bench/totals.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>

#include "bench/text.hpp"

namespace warpz::bench {

std::string kind_of(const std::string& file_name) {
    return file_name.substr(0, file_name.find('_'));
}

std::vector<Group> groups_of(const Options& options, const std::vector<Input>& inputs) {
    std::vector<Group> groups(1);
    groups[0].inputs.resize(inputs.size());
    std::iota(groups[0].inputs.begin(), groups[0].inputs.end(), std::size_t{0});
    const auto add = [&](Group::Scope scope, const std::string& name, std::size_t input) {
        const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
            return group.scope == scope && group.name == name;
        });
        if (found != groups.end())
            found->inputs.push_back(input);
        else
            groups.push_back({scope, name, {input}});
    };
    if (options.by_kind) {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            add(Group::Scope::kKind, kind_of(inputs[i].name), i);
    }
    if (options.per_file) {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            groups.push_back({Group::Scope::kFile, inputs[i].name, {i}});
    }
    return groups;
}

std::optional<Total> total_of(const Report& report, std::size_t task, std::size_t engine,
                              const Group& group) {
    Total total;
    for (const std::size_t input : group.inputs) {
        const Cell& cell = report.results.at(task, input, engine);
        if (!cell.is_supported) return std::nullopt;
        total.seconds += cell.median_seconds();
        total.plain_bytes += static_cast<double>(cell.plain_bytes);
        total.packed_bytes += static_cast<double>(cell.packed_bytes);
    }
    return total;
}

std::string size_name(std::size_t bytes) {
    if (bytes == 0) return "all";
    if (bytes % (1024 * 1024) == 0) return std::to_string(bytes / (1024 * 1024)) + "M";
    if (bytes % 1024 == 0) return std::to_string(bytes / 1024) + "K";
    return std::to_string(bytes);
}

std::string table_title(const Task& task) {
    std::string title = name_of(task.operation);
    switch (task.operation) {
        case Operation::kDeflate:
            if (task.strategy != 0) title += join({" with ", name_of_strategy(task.strategy)});
            [[fallthrough]];
        case Operation::kInflate:
            title +=
                join({", ", name_of(task.wrap), ", ", size_name(task.chunk_bytes), " per call"});
            break;
        case Operation::kDeflateMessages:
        case Operation::kInflateMessages:
            title += join({", ", name_of(task.wrap), ", ", size_name(task.message_bytes), " each, ",
                           task.reset_per_message ? "reset" : "End and Init", " between"});
            break;
        default:
            title += ", by bytes per call";
            break;
    }
    return title;
}

std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    std::map<std::string, std::string> values;
    // Of the first processor: an empty line follows it.
    for (std::string line; std::getline(info, line) && !line.empty();) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::size_t name_end = line.find_last_not_of(" \t", colon - 1) + 1;
        values[line.substr(0, name_end)] = line.substr(std::min(line.size(), colon + 2));
    }
    // Virtual machines often leave the number out of the name.
    if (values.contains("model name"))
        return join({values["model name"], " (family ", values["cpu family"], " model ",
                     values["model"], ")"});
    return values.contains("CPU part") ? join({"CPU part ", values["CPU part"]}) : "unknown CPU";
}

std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

Curve curve_of(const Report& report, std::size_t first, std::size_t last, std::size_t engine,
               const Group& group) {
    Curve curve;
    for (std::size_t t = first; t < last; ++t) {
        const std::optional<Total> total = total_of(report, t, engine, group);
        if (total && report.tasks[t].level != 0)
            curve.push_back({report.tasks[t].level, total->ratio(), total->megabytes_per_second()});
    }
    std::sort(curve.begin(), curve.end(),
              [](const Point& a, const Point& b) { return a.level < b.level; });
    return curve;
}

std::optional<double> speed_at(const Curve& curve, double ratio) {
    std::optional<double> best;
    const auto offer = [&](double speed) { best = std::max(best.value_or(speed), speed); };
    for (std::size_t i = 0; i < curve.size(); ++i) {
        const Point& here = curve[i];
        if (here.ratio >= ratio) offer(here.speed);
        if (i == 0) continue;
        const Point& before = curve[i - 1];
        if ((before.ratio < ratio) == (here.ratio < ratio)) continue;
        const double way = (ratio - before.ratio) / (here.ratio - before.ratio);
        offer(std::exp(std::lerp(std::log(before.speed), std::log(here.speed), way)));
    }
    return best;
}

}  // namespace warpz::bench

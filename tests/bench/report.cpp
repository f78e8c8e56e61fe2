// SPDX-License-Identifier: Zlib
// Layout of the tables; see report.hpp.
#include "bench/report.hpp"

#include <algorithm>

#include "bench/text.hpp"

namespace warpz::bench {
namespace {

bool has_levels(Operation operation) {
    return operation != Operation::kCrc32 && operation != Operation::kAdler32;
}
bool shows_ratio(Operation operation) {
    return operation == Operation::kDeflate || operation == Operation::kDeflateMessages;
}

std::string row_label(const Task& task) {
    return has_levels(task.operation) ? format("-%d", task.level) : size_name(task.piece_bytes);
}

std::string cell_text(const Task& task, const std::optional<Total>& total, const Total& reference,
                      bool is_reference) {
    constexpr int kWidth = 24;
    std::string text = "-";
    if (total) {
        text = shows_ratio(task.operation) ? format("%.3f ", total->ratio()) : std::string();
        text += format("%8.1f", total->megabytes_per_second());
        text += is_reference ? "       "
                             : format(" %5.2fx", total->megabytes_per_second() /
                                                     reference.megabytes_per_second());
    }
    return format("%*s", kWidth, text.c_str());
}

/// The tasks of one table.
struct Rows {
    std::size_t first = 0;
    std::size_t last = 0;  // one past
};

std::vector<Rows> tables_of(const std::vector<Task>& tasks) {
    std::vector<Rows> rows;
    for (std::size_t t = 0; t < tasks.size(); ++t) {
        if (t == 0 || table_title(tasks[t]) != table_title(tasks[t - 1])) rows.push_back({t, t});
        rows.back().last = t + 1;
    }
    return rows;
}

void append_tables(std::string& out, const Report& report, const Group& group) {
    for (const Rows& rows : tables_of(report.tasks)) {
        const Task& any = report.tasks[rows.first];
        out +=
            join({"\n", table_title(any), shows_ratio(any.operation) ? " (ratio, MB/s" : " (MB/s",
                  ", times the first)\n", std::string(6, ' ')});
        for (const auto& engine : report.engines)
            out += format("%24s", join({engine->name(), engine->streams() ? "" : "*"}).c_str());
        out += "\n";
        for (std::size_t t = rows.first; t < rows.last; ++t) {
            const Task& task = report.tasks[t];
            out += format("%6s", row_label(task).c_str());
            const Total reference = total_of(report, t, 0, group).value();
            for (std::size_t e = 0; e < report.engines.size(); ++e)
                out += cell_text(task, total_of(report, t, e, group), reference, e == 0);
            out += "\n";
        }
    }
}

/// For each kind of data and each level of warpz: its speed over that of the fastest other libz at the same ratio, and
/// its ratio over the first library's at the same level.
void append_comparison_by_kind(std::string& out, const Report& report) {
    std::size_t ours = 0;
    while (ours < report.engines.size() && report.engines[ours]->name() != "warpz") ++ours;
    if (ours == report.engines.size()) return;
    for (const Rows& rows : tables_of(report.tasks)) {
        if (report.tasks[rows.first].operation != Operation::kDeflate) continue;
        out += join(
            {"\n", table_title(report.tasks[rows.first]),
             ": warpz by kind (speed over the fastest other libz at the same ratio, ratio over the "
             "first's; - none reaches it)\n",
             std::string(12, ' ')});
        for (std::size_t t = rows.first; t < rows.last; ++t)
            out += format("%14s", row_label(report.tasks[t]).c_str());
        out += "\n";
        for (const Group& group : groups_of(report.options, report.inputs)) {
            if (group.scope == Group::Scope::kFile) continue;
            out += format("%-12s", group.name.empty() ? "all" : group.name.c_str());
            for (std::size_t t = rows.first; t < rows.last; ++t) {
                const Total own = total_of(report, t, ours, group).value();
                std::optional<double> best;
                for (std::size_t e = 0; e < report.engines.size(); ++e) {
                    if (e == ours || !report.engines[e]->is_libz()) continue;
                    const auto speed =
                        speed_at(curve_of(report, rows.first, rows.last, e, group), own.ratio());
                    if (speed) best = std::max(best.value_or(*speed), *speed);
                }
                const std::string speed =
                    best ? format("%.2fx", own.megabytes_per_second() / *best) : "-";
                out += format("%8s %5.3f", speed.c_str(),
                              own.ratio() / total_of(report, t, 0, group).value().ratio());
            }
            out += "\n";
        }
    }
}

}  // namespace

std::string describe_run(const Options& options, const Engines& engines,
                         const std::vector<Input>& inputs) {
    std::string out = join(
        {"command: ", options.command, "\nCPU: ", cpu_model(), "\ncompiler: ", compiler(), "\n"});
    std::size_t bytes = 0;
    for (const Input& input : inputs) bytes += input.content.size();
    out += format("input: %zu files or samples, %.2f MB:", inputs.size(),
                  static_cast<double>(bytes) / 1e6);
    constexpr std::size_t kNamed = 12;
    for (std::size_t i = 0; i < std::min(inputs.size(), kNamed); ++i)
        out += join({" ", inputs[i].name});
    out += inputs.size() > kNamed ? " ...\n" : "\n";
    out += format(
        "rounds: %u, medians of the thread's CPU time; MB = 1000000 bytes of uncompressed data\n",
        options.rounds);
    for (const auto& engine : engines)
        out += format("%-12s %-16s %s%s\n", engine->name().c_str(), engine->version().c_str(),
                      engine->file().c_str(), engine->streams() ? "" : "  (* whole buffers only)");
    return out;
}

std::string tables(const Report& report) {
    std::string out;
    const std::vector<Group> groups = groups_of(report.options, report.inputs);
    for (const Group& group : groups) {
        // The figures of a single file or kind are those of all.
        if (group.scope != Group::Scope::kAll && report.inputs.size() == 1) continue;
        if (group.scope != Group::Scope::kAll) out += join({"\n== ", group.name, "\n"});
        append_tables(out, report, group);
    }
    if (report.options.by_kind) append_comparison_by_kind(out, report);
    out += format("\nverified: %llu outputs, none wrong\n",
                  static_cast<unsigned long long>(report.results.verified_outputs()));
    for (std::size_t e = 0; e < report.engines.size(); ++e) {
        if (report.results.leaves_upper_halves_in_use(e))
            out += join({"returns with the upper halves of vector registers in use: ",
                         report.engines[e]->name(), "\n"});
    }
    return out;
}

}  // namespace warpz::bench

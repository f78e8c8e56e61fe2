// SPDX-License-Identifier: Zlib
// Layout of tables and JSON; see report.hpp.
#include "bench/report.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>

#include "bench/text.hpp"

namespace warpz::bench {
namespace {

std::string size_name(std::size_t bytes) {
    if (bytes == 0) return "all";
    if (bytes % (1024 * 1024) == 0) return std::to_string(bytes / (1024 * 1024)) + "M";
    if (bytes % 1024 == 0) return std::to_string(bytes / 1024) + "K";
    return std::to_string(bytes);
}

std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name") || line.starts_with("CPU part"))
            return line.substr(std::min(line.size(), line.find(':') + 2));
    }
    return "unknown CPU";
}

/// One library's totals for a task over some inputs.
struct Total {
    double seconds = 0;
    double plain_bytes = 0;
    double packed_bytes = 0;

    [[nodiscard]] double megabytes_per_second() const { return plain_bytes / seconds / 1e6; }
    [[nodiscard]] double ratio() const { return plain_bytes / packed_bytes; }
};

std::optional<Total> total_of(const Report& report, std::size_t task, std::size_t engine,
                              const std::vector<std::size_t>& inputs) {
    Total total;
    for (const std::size_t input : inputs) {
        const Cell& cell = report.results.at(task, input, engine);
        if (!cell.is_supported) return std::nullopt;
        total.seconds += cell.median_seconds();
        total.plain_bytes += static_cast<double>(cell.plain_bytes);
        total.packed_bytes += static_cast<double>(cell.packed_bytes);
    }
    return total;
}

bool has_levels(Operation operation) {
    return operation != Operation::kCrc32 && operation != Operation::kAdler32;
}
bool shows_ratio(Operation operation) {
    return operation == Operation::kDeflate || operation == Operation::kDeflateMessages;
}

/// Tasks of one table differ in the level, or in the piece size of a checksum.
std::string table_title(const Task& task) {
    std::string title = name_of(task.operation);
    const char* between = task.reset_per_message ? "reset" : "End and Init";
    switch (task.operation) {
        case Operation::kDeflate:
            title += format(", %s, %s per call", name_of(task.wrap),
                            size_name(task.chunk_bytes).c_str());
            break;
        case Operation::kInflate:
            title += format(", %s, %s per call", name_of(task.wrap),
                            size_name(task.chunk_bytes).c_str());
            break;
        case Operation::kDeflateMessages:
        case Operation::kInflateMessages:
            title += format(", %s, %s each, %s between", name_of(task.wrap),
                            size_name(task.message_bytes).c_str(), between);
            break;
        default:
            title += ", by bytes per call";
            break;
    }
    return title;
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

void append_tables(std::string& out, const Report& report, const std::vector<std::size_t>& inputs) {
    std::string title;
    for (std::size_t t = 0; t < report.tasks.size(); ++t) {
        const Task& task = report.tasks[t];
        if (table_title(task) != title) {
            title = table_title(task);
            out += join({"\n", title, shows_ratio(task.operation) ? " (ratio, MB/s" : " (MB/s",
                         ", times the first)\n", std::string(6, ' ')});
            for (const auto& engine : report.engines) {
                const std::string mark = engine->streams() ? "" : "*";
                out += format("%24s", (engine->name() + mark).c_str());
            }
            out += "\n";
        }
        out += format("%6s", row_label(task).c_str());
        const Total reference = total_of(report, t, 0, inputs).value();
        for (std::size_t e = 0; e < report.engines.size(); ++e)
            out += cell_text(task, total_of(report, t, e, inputs), reference, e == 0);
        out += "\n";
    }
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            result += format("\\u%04x", static_cast<unsigned>(c));
        else
            result += c;
    }
    result += '"';
    return result;
}

std::vector<std::size_t> all_of(const std::vector<Input>& inputs) {
    std::vector<std::size_t> indices(inputs.size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
}

}  // namespace

std::string describe_run(const Options& options, const Engines& engines,
                         const std::vector<Input>& inputs) {
    std::string out = join({"CPU: ", cpu_model(), "\n"});
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
    append_tables(out, report, all_of(report.inputs));
    if (report.options.per_file && report.inputs.size() > 1) {
        for (std::size_t i = 0; i < report.inputs.size(); ++i) {
            out += format("\n== %s, %zu bytes\n", report.inputs[i].name.c_str(),
                          report.inputs[i].content.size());
            append_tables(out, report, {i});
        }
    }
    out += format("\nverified: %llu outputs, none wrong\n",
                  static_cast<unsigned long long>(report.results.verified_outputs()));
    return out;
}

std::string json(const Report& report) {
    std::string out =
        "{\n  \"cpu\": " + quoted(cpu_model()) +
        format(",\n  \"rounds\": %u,\n  \"clock\": \"thread cpu\",\n  \"libraries\": [",
               report.options.rounds);
    const char* comma = "";
    for (const auto& engine : report.engines) {
        out += std::string(comma) + "\n    {\"name\": " + quoted(engine->name()) +
               ", \"version\": " + quoted(engine->version()) +
               ", \"file\": " + quoted(engine->file()) +
               format(", \"streams\": %s}", engine->streams() ? "true" : "false");
        comma = ",";
    }
    out += "\n  ],\n  \"inputs\": [";
    comma = "";
    for (const Input& input : report.inputs) {
        out += std::string(comma) + "\n    {\"name\": " + quoted(input.name) +
               format(", \"bytes\": %zu}", input.content.size());
        comma = ",";
    }
    out += "\n  ],\n  \"results\": [";
    comma = "";
    const auto add = [&](std::size_t t, const std::string& input,
                         const std::vector<std::size_t>& inputs) {
        const Task& task = report.tasks[t];
        const Total reference = total_of(report, t, 0, inputs).value();
        for (std::size_t e = 0; e < report.engines.size(); ++e) {
            const std::optional<Total> total = total_of(report, t, e, inputs);
            if (!total) continue;
            out += std::string(comma) + "\n    {\"operation\": " + quoted(name_of(task.operation)) +
                   ", \"input\": " + quoted(input) +
                   ", \"library\": " + quoted(report.engines[e]->name());
            if (has_levels(task.operation))
                out += format(
                    ", \"wrap\": \"%s\", \"level\": %d, \"strategy\": %d, \"packed_bytes\": %.0f",
                    name_of(task.wrap), task.level, task.strategy, total->packed_bytes);
            out += format(", \"chunk_bytes\": %zu, \"message_bytes\": %zu, \"piece_bytes\": %zu",
                          task.chunk_bytes, task.message_bytes, task.piece_bytes);
            out += format(", \"plain_bytes\": %.0f, \"seconds\": %.9f, \"times_first\": %.4f}",
                          total->plain_bytes, total->seconds,
                          total->megabytes_per_second() / reference.megabytes_per_second());
            comma = ",";
        }
    };
    for (std::size_t t = 0; t < report.tasks.size(); ++t) {
        add(t, "", all_of(report.inputs));
        if (!report.options.per_file) continue;
        for (std::size_t i = 0; i < report.inputs.size(); ++i) add(t, report.inputs[i].name, {i});
    }
    return out + "\n  ]\n}\n";
}

}  // namespace warpz::bench

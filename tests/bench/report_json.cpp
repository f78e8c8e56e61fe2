// SPDX-License-Identifier: Zlib
// The JSON of --json; see report.hpp.
#include "bench/report.hpp"
#include "bench/text.hpp"

namespace warpz::bench {
namespace {

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

/// One library's total for a task and a group of files.
std::string result_json(const Task& task, const Group& group, const Engine& engine,
                        const Total& total, double reference_speed) {
    std::string out = "{\"operation\": " + quoted(name_of(task.operation));
    const bool is_kind = group.scope == Group::Scope::kKind;
    out += join({", \"kind\": ", quoted(is_kind ? group.name : ""), ", \"input\": ",
                 quoted(is_kind ? "" : group.name), ", \"library\": ", quoted(engine.name())});
    const bool is_checksum =
        task.operation == Operation::kCrc32 || task.operation == Operation::kAdler32;
    if (!is_checksum) {
        out += format(
            ", \"wrap\": \"%s\", \"level\": %d, \"strategy\": \"%s\", \"packed_bytes\": %.0f",
            name_of(task.wrap), task.level, name_of_strategy(task.strategy), total.packed_bytes);
    }
    if (task.message_bytes != 0) {
        out += format(", \"message_bytes\": %zu, \"between\": \"%s\"", task.message_bytes,
                      task.reset_per_message ? "reset" : "init");
    } else if (is_checksum) {
        out += format(", \"piece_bytes\": %zu", task.piece_bytes);
    } else {
        out += format(", \"chunk_bytes\": %zu", task.chunk_bytes);
    }
    return out + format(", \"plain_bytes\": %.0f, \"seconds\": %.9f, \"times_first\": %.4f}",
                        total.plain_bytes, total.seconds,
                        total.megabytes_per_second() / reference_speed);
}

}  // namespace

std::string json(const Report& report) {
    std::string out =
        join({"{\n  \"command\": ", quoted(report.options.command),
              ",\n  \"cpu\": ", quoted(cpu_model()), ",\n  \"compiler\": ", quoted(compiler()),
              format(",\n  \"rounds\": %u", report.options.rounds),
              ",\n  \"clock\": \"thread cpu\",\n  \"libraries\": ["});
    const char* comma = "";
    for (std::size_t e = 0; e < report.engines.size(); ++e) {
        const Engine& engine = *report.engines[e];
        out += join({comma, "\n    {\"name\": ", quoted(engine.name()), ", \"version\": ",
                     quoted(engine.version()), ", \"file\": ", quoted(engine.file()),
                     ", \"streams\": ", engine.streams() ? "true" : "false",
                     ", \"leaves_upper_vector_halves_in_use\": ",
                     report.results.leaves_upper_halves_in_use(e) ? "true}" : "false}"});
        comma = ",";
    }
    out += "\n  ],\n  \"inputs\": [";
    comma = "";
    for (const Input& input : report.inputs) {
        out += join({comma, "\n    {\"name\": ", quoted(input.name),
                     format(", \"bytes\": %zu}", input.content.size())});
        comma = ",";
    }
    out += "\n  ],\n  \"results\": [";
    comma = "";
    for (const Group& group : groups_of(report.options, report.inputs)) {
        for (std::size_t t = 0; t < report.tasks.size(); ++t) {
            const double reference = total_of(report, t, 0, group).value().megabytes_per_second();
            for (std::size_t e = 0; e < report.engines.size(); ++e) {
                const std::optional<Total> total = total_of(report, t, e, group);
                if (!total) continue;
                out += join(
                    {comma, "\n    ",
                     result_json(report.tasks[t], group, *report.engines[e], *total, reference)});
                comma = ",";
            }
        }
    }
    return out + "\n  ]\n}\n";
}

}  // namespace warpz::bench

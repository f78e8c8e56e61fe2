// SPDX-License-Identifier: Zlib
// warpzctl check: everything between a stream and a device that an administrator can get wrong, one line for each.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/settings.hpp"
#include "ctl/ctl.hpp"
#include "ctl/nodes.hpp"
#include "ctl/round_trip.hpp"
#include "device/model/model_device.hpp"
#include "device/uacce_device.hpp"

extern char** environ;

namespace warpz::ctl {
namespace {

/// Prints findings and remembers whether any was bad.
class Report {
  public:
    void good(const std::string& text) { std::printf("ok       %s\n", printable(text).c_str()); }
    void note(const std::string& text) { std::printf("note     %s\n", printable(text).c_str()); }
    void problem(const std::string& text) {
        std::printf("problem  %s\n", printable(text).c_str());
        has_problems_ = true;
    }
    [[nodiscard]] int exit_status() const { return has_problems_ ? kProblem : kGood; }

  private:
    bool has_problems_ = false;
};

std::string sentence(Verdict verdict, std::string_view key, std::string_view value) {
    std::string text = describe(verdict);
    if (!key.empty()) text += ": " + std::string(key);
    if (verdict == Verdict::kBadValue) text += " = " + std::string(value);
    return text;
}

/// "/etc/warpz.conf:3: bad value: WARPZ_THREADS = many", and the environment's variables likewise.
Config check_settings(Report& report) {
    struct File {
        Report& report;
        const char* path;
        unsigned taken = 0;
        bool has_problems = false;
    } file{report, settings_path()};
    const LineObserver observer{
        [](void* context, unsigned line, Verdict verdict, std::string_view key,
           std::string_view value) noexcept {
            auto& seen = *static_cast<File*>(context);
            if (verdict == Verdict::kTaken) {
                ++seen.taken;
                return;
            }
            seen.has_problems = true;
            std::string place = seen.path;
            if (line != 0) place += ":" + std::to_string(line);
            if (verdict == Verdict::kUnreadable) key = {};
            seen.report.problem(place + ": " + sentence(verdict, key, value));
        },
        &file};
    Config config;
    read_settings(file.path, config, &observer);
    struct stat status {};
    if (stat(file.path, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        file.has_problems = true;
        report.problem(std::string(file.path) + ": may be written by others than its owner");
    }
    if (!file.has_problems) {
        report.good(std::string(file.path) + ": " +
                    (file.taken != 0 ? std::to_string(file.taken) + " settings" : "no settings"));
    }
    bool is_good = true;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t sign = text.find('=');
        if (!text.starts_with("WARPZ_") || sign == std::string_view::npos) continue;
        const std::string_view key = text.substr(0, sign);
        const std::string_view value = text.substr(sign + 1);
        if (key == "WARPZ_CPU" || key == "WARPZ_CONF" || key == "WARPZ_RUN_DIR" || value.empty()) {
            continue;
        }
        const Verdict verdict = apply_setting(config, key, value);
        if (verdict == Verdict::kTaken) continue;
        is_good = false;
        report.problem("environment: " + sentence(verdict, key, value));
    }
    if (is_good) report.good("environment: what there is of WARPZ_ is understood");
    return config;
}

void check_device(Report& report, device::Device& device) {
    const std::string name = device.info().name;
    const RoundTrip trip = try_round_trip(device);
    if (!trip.trouble.empty()) return report.problem(name + ": " + trip.trouble);
    char text[160];
    std::snprintf(text, sizeof text, ": %zu bytes became %zu in %.0f us, and came back in %.0f us",
                  trip.in_bytes, trip.packed_bytes, trip.deflate_us, trip.inflate_us);
    report.good(name + text);
}

void check_node(Report& report, const Node& node, const Roots& roots) {
    const device::DeviceInfo& info = node.uacce.info;
    const std::string name = info.name;
    if (const std::string trouble = trouble_of(node); !trouble.empty()) {
        // Other classes of accelerators are none of ours.
        const bool is_foreign = node.verdict == device::NodeVerdict::kNoApi ||
                                node.verdict == device::NodeVerdict::kNoAlgorithm;
        return is_foreign ? report.note(name + ": not used: " + trouble)
                          : report.problem(name + ": " + trouble);
    }
    report.good(name + ": " + formats_of(info));
    if (info.address_mode == device::AddressMode::kShared) {
        report.good(name + ": shares addresses with programs (SVA)");
    } else {
        report.note(name + ": no SVA, data are copied through a window");
    }
    if (node.uacce.available == 0) return report.problem(name + ": all queues are taken");
    report.good(name + ": " + std::to_string(node.uacce.available) + " free queues");
    device::UacceDevice uacce(node.uacce, roots.view());
    check_device(report, uacce);
}

/// Whether lines of the log would arrive.
void check_log(Report& report, const Config& config) {
    std::string path;
    if (config.log == LogTarget::kNone) return;
    if (config.log == LogTarget::kSyslog) {
        path = "/dev/log";
    } else {
        // A log that is not there yet is made in its folder.
        path = config.log_path;
        if (access(path.c_str(), F_OK) != 0) {
            path = std::filesystem::path(path).parent_path();
            if (path.empty()) path = ".";
        }
    }
    if (access(path.c_str(), W_OK) != 0) {
        return report.problem("WARPZ_LOG: " + path + ": " + std::strerror(errno));
    }
    report.good("WARPZ_LOG: " + path + " may be written");
}

/// What is configured against what there is.
void check_choice(Report& report, const Config& config, const std::vector<Node>& nodes) {
    if (config.reproducible && (config.device != DeviceChoice::kAuto || config.threads != 0)) {
        report.note("WARPZ_REPRODUCIBLE keeps to software: devices and threads are not used");
    }
    if (config.device != DeviceChoice::kUacce) return;
    for (const Node& node : nodes) {
        if (std::strcmp(node.uacce.info.name, config.device_name) == 0) return;
    }
    report.problem("WARPZ_DEVICE: there is no device " + std::string(config.device_name));
}

}  // namespace

int run_check(int argc, char** argv) {
    const Roots roots = parse_roots(argc, argv);
    Report report;
    const Config config = check_settings(report);
    const std::vector<Node> nodes = find_nodes(roots);
    if (nodes.empty()) report.note(roots.sys + "/class/uacce: no accelerators");
    check_log(report, config);
    check_choice(report, config, nodes);
    for (const Node& node : nodes) check_node(report, node, roots);
    const auto model = device::model::ModelDevice::create({});
    if (model) {
        check_device(report, **model);
        device::model::ModelDevice::destroy(*model);
    } else {
        report.problem("model: no memory");
    }
    return report.exit_status();
}

}  // namespace warpz::ctl

// SPDX-License-Identifier: Zlib
// The list of nodes, and the command that prints it.
#include "ctl/nodes.hpp"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "ctl/ctl.hpp"

namespace warpz::ctl {

Roots parse_roots(int argc, char** argv) {
    static const option kOptions[] = {
        {"sys", required_argument, nullptr, 's'}, {"dev", required_argument, nullptr, 'd'}, {}};
    Roots roots;
    opterr = 0;
    optind = 1;
    for (int choice = 0; (choice = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
        if (choice == '?') throw UsageError("cannot use '" + printable(argv[optind - 1]) + "'");
        (choice == 's' ? roots.sys : roots.dev) = optarg;
    }
    if (optind != argc) throw UsageError("cannot use '" + printable(argv[optind]) + "'");
    return roots;
}

std::vector<Node> find_nodes(const Roots& roots) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(roots.sys + "/class/uacce", error)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    std::vector<Node> nodes;
    for (const std::string& name : names) {
        Node node;
        node.verdict = device::read_uacce_node(roots.view(), name.c_str(), node.uacce);
        std::snprintf(node.uacce.info.name, sizeof node.uacce.info.name, "%s", name.c_str());
        const std::string path = roots.dev + "/" + name;
        if (access(path.c_str(), R_OK | W_OK) != 0) node.open_error = errno;
        nodes.push_back(node);
    }
    return nodes;
}

std::string trouble_of(const Node& node) {
    switch (node.verdict) {
        case device::NodeVerdict::kUsable:
            break;
        case device::NodeVerdict::kNoApi:
            return "does not speak hisi_qm_v2 or later, or is in the unsafe mode without an IOMMU";
        case device::NodeVerdict::kNoAlgorithm:
            return "has none of the algorithms zlib, gzip, deflate";
        case device::NodeVerdict::kNoRegions:
            return "has regions of missing or impossible sizes";
        case device::NodeVerdict::kIsolated:
            return "was isolated by the kernel after too many errors";
    }
    return node.open_error != 0 ? std::strerror(node.open_error) : "";
}

std::string formats_of(const device::DeviceInfo& info) {
    struct Name {
        device::Format format;
        const char* text;
    };
    std::string result;
    for (const Name& name :
         {Name{device::Format::kZlib, "zlib"}, Name{device::Format::kGzip, "gzip"},
          Name{device::Format::kRaw, "deflate"}}) {
        if ((info.formats >> static_cast<unsigned>(name.format) & 1) == 0) continue;
        result += (result.empty() ? "" : ",") + std::string(name.text);
    }
    return result;
}

const char* addresses_of(const device::DeviceInfo& info) {
    return info.address_mode == device::AddressMode::kShared ? "sva" : "bounce";
}

int run_devices(int argc, char** argv) {
    const Roots roots = parse_roots(argc, argv);
    std::printf("%-20s %-8s %-18s %-7s %5s %6s  %s\n", "DEVICE", "QUEUES", "FORMATS", "ADDRESS",
                "NODE", "FREE", "STATE");
    for (const Node& node : find_nodes(roots)) {
        const device::DeviceInfo& info = node.uacce.info;
        const std::string trouble = trouble_of(node);
        const bool is_known = node.verdict == device::NodeVerdict::kUsable;
        std::printf("%-20s %-8s %-18s %-7s %5s %6s  %s\n", printable(info.name).c_str(),
                    !is_known                                    ? "-"
                    : info.generation == device::Generation::kV2 ? "v2"
                                                                 : "v3",
                    is_known ? formats_of(info).c_str() : "-", is_known ? addresses_of(info) : "-",
                    is_known && info.numa_node >= 0 ? std::to_string(info.numa_node).c_str() : "-",
                    is_known ? std::to_string(node.uacce.available).c_str() : "-",
                    trouble.empty() ? "usable" : trouble.c_str());
    }
    std::printf("%-20s %-8s %-18s %-7s %5s %6s  %s\n", "model", "v3", "zlib,gzip,deflate", "sva",
                "-", "-", "in each process, for tests (WARPZ_DEVICE=model)");
    return kGood;
}

}  // namespace warpz::ctl

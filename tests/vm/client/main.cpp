// SPDX-License-Identifier: Zlib
// vm_client: programs that use the device node directly, for the guests of tests/vm.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "raw_queue.hpp"

namespace {

constexpr char kUsage[] =
    "usage: vm_client edges DEVICE\n"
    "       vm_client work DEVICE SECONDS\n"
    "       vm_client hold DEVICE QUEUES SECONDS\n"
    "       vm_client outlive DEVICE SECONDS\n"
    "       vm_client storm DEVICE CLIENTS\n"
    "       vm_client hostile DEVICE ROUNDS SEED\n"
    "DEVICE is a name of /sys/class/uacce.\n";

unsigned long number(const char* text) { return std::strtoul(text, nullptr, 0); }

int run(int count, char** words) {
    namespace vm = warpz::vm;
    const std::string_view mode = count > 2 ? words[1] : "";
    if (mode.empty()) return std::fputs(kUsage, stderr), 2;
    const vm::Node node = vm::Node::find(words[2]);
    const auto seconds = [&](int at) { return static_cast<unsigned>(number(words[at])); };
    if (mode == "edges" && count == 3) return vm::check_edges(node);
    if (mode == "work" && count == 4) return vm::work(node, seconds(3));
    if (mode == "hold" && count == 5) return vm::hold_queues(node, seconds(3), seconds(4));
    if (mode == "outlive" && count == 4) return vm::outlive_device(node, seconds(3));
    if (mode == "storm" && count == 4) return vm::kill_clients(node, seconds(3));
    if (mode == "hostile" && count == 5)
        return vm::be_hostile(node, number(words[3]), number(words[4]));
    return std::fputs(kUsage, stderr), 2;
}

}  // namespace

int main(int count, char** words) {
    try {
        return run(count, words);
    } catch (const std::exception& error) {
        std::printf("vm_client: %s\n", error.what());
        return 1;
    }
}

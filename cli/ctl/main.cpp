// SPDX-License-Identifier: Zlib
// warpzctl: what the library sees of this machine, and what it does in running programs.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "ctl/ctl.hpp"

namespace warpz::ctl {
namespace {

constexpr const char kHelp[] =
    "Usage: warpzctl COMMAND [OPTION]...\n"
    "See which accelerators warpz finds, whether they work, and what they do.\n"
    "\n"
    "  devices             list accelerators\n"
    "  check               check the configuration, and each accelerator by a round trip\n"
    "  top                 show what running programs offload\n"
    "    -d, --delay=S     seconds between two looks; 2 if none are given\n"
    "    -n, --count=N     looks; without end on a terminal, else 1\n"
    "  run [--] PROGRAM [ARGUMENT]...\n"
    "                      run a program with warpz as its zlib, then say what was offloaded\n"
    "    -D, --device=D    auto, none, uacce:<name> or model\n"
    "    -T, --threads=N   cores for one stream, or auto\n"
    "  -h, --help          show this text\n"
    "  -V, --version       show the version\n"
    "\n"
    "devices and check take --sys=DIR and --dev=DIR in place of /sys and /dev.\n"
    "Exit status: 0 good, 1 something is wrong, 2 usage; of run, that of the program, or 125 if "
    "it\n"
    "was not begun, 126 if it cannot be executed, 127 if it was not found.\n";

struct Command {
    const char* name;
    int (*run)(int argc, char** argv);
};

constexpr Command kCommands[] = {
    {"devices", run_devices}, {"check", run_check}, {"top", run_top}, {"run", run_program}};

int dispatch(int argc, char** argv) {
    if (argc < 2) throw UsageError("a command is missing");
    const std::string word = argv[1];
    if (word == "-h" || word == "--help") {
        std::fputs(kHelp, stdout);
        return kGood;
    }
    if (word == "-V" || word == "--version") {
        std::puts("warpzctl " WARPZ_VERSION);
        return kGood;
    }
    for (const Command& command : kCommands) {
        if (word != command.name) continue;
        // Behind a command's name, too, but not behind run's program.
        if (argc == 3 && (std::strcmp(argv[2], "--help") == 0 || std::strcmp(argv[2], "-h") == 0)) {
            std::fputs(kHelp, stdout);
            return kGood;
        }
        return command.run(argc - 1, argv + 1);
    }
    throw UsageError("no command '" + printable(word) + "'");
}

int main_of(int argc, char** argv) {
    int status = kUsage;
    try {
        status = dispatch(argc, argv);
    } catch (const UsageError& error) {
        std::fprintf(stderr, "warpzctl: %s\nTry 'warpzctl --help'.\n", error.what());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "warpzctl: %s\n", error.what());
        status = kProblem;
    }
    if (std::fflush(stdout) != 0) {
        std::perror("warpzctl: stdout");
        if (status == kGood) status = kProblem;
    }
    return status;
}

}  // namespace

std::string short_bytes(unsigned long long bytes) {
    constexpr const char* kUnits[] = {"", "K", "M", "G", "T", "P", "E"};
    auto number = static_cast<double>(bytes);
    std::size_t unit = 0;
    // From here on three digits would be rounded to four.
    for (; number >= 999.5; ++unit) number /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, "%.*f%s", unit != 0 && number < 9.95 ? 1 : 0, number,
                  kUnits[unit]);
    return text;
}

std::string printable(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c < ' ' || c == 0x7f) c = '?';
    }
    return result;
}

}  // namespace warpz::ctl

int main(int argc, char** argv) { return warpz::ctl::main_of(argc, argv); }

// SPDX-License-Identifier: Zlib
// warpzctl top: one line per process that offloads, again and again.
#include <getopt.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "ctl/ctl.hpp"
#include "ctl/pages.hpp"

namespace warpz::ctl {
namespace {

struct Options {
    double delay_seconds = 2;
    unsigned long count = 0;  // 0: without end
};

double parse_number(const char* text, double least, double most) {
    char* end = nullptr;
    const double number = std::strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= least) || number > most) {
        throw UsageError("'" + printable(text) + "' is no number that can be used here");
    }
    return number;
}

Options parse(int argc, char** argv) {
    static const option kOptions[] = {
        {"delay", required_argument, nullptr, 'd'}, {"count", required_argument, nullptr, 'n'}, {}};
    Options options;
    if (isatty(STDOUT_FILENO) == 0) options.count = 1;
    opterr = 0;
    optind = 1;
    for (int choice = 0; (choice = getopt_long(argc, argv, "d:n:", kOptions, nullptr)) != -1;) {
        if (choice == 'd') {
            options.delay_seconds = parse_number(optarg, 0.1, 3600);
        } else if (choice == 'n') {
            options.count = static_cast<unsigned long>(std::floor(parse_number(optarg, 1, 1e9)));
        } else {
            throw UsageError("cannot use '" + printable(argv[optind - 1]) + "'");
        }
    }
    if (optind != argc) throw UsageError("cannot use '" + printable(argv[optind]) + "'");
    return options;
}

/// Uncompressed bytes that went through executors.
std::uint64_t plain_bytes(const Counters& counters) {
    return value_of(counters, "pool.in_bytes") + value_of(counters, "deflate_queue.in_bytes") +
           value_of(counters, "inflate_queue.out_bytes");
}

/// Bytes at the last look, by process.
using Seen = std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t>;

void print_all(Seen& seen, double seconds) {
    std::printf("%8s %-16s %9s %8s %8s %8s %8s %8s %7s %6s\n", "PID", "PROGRAM", "STREAMS", "POOL",
                "DEFLATE", "INFLATE", "BYTES/S", "WAIT-MS", "RETRIES", "FAULTS");
    Seen now;
    for (const Process& process : read_pages()) {
        const auto value = [&](const char* name) { return value_of(process.counters, name); };
        const auto key = std::make_pair(process.pid, process.start_ticks);
        const std::uint64_t bytes = plain_bytes(process.counters);
        now[key] = bytes;
        std::string rate = "-";
        if (const auto last = seen.find(key); last != seen.end() && bytes >= last->second) {
            rate = short_bytes(static_cast<unsigned long long>(
                static_cast<double>(bytes - last->second) / seconds));
        }
        std::printf(
            "%8u %-16.16s %9llu %8s %8s %8s %8s %8llu %7llu %6llu\n", process.pid,
            process.program.c_str(),
            static_cast<unsigned long long>(value("deflate_streams") + value("inflate_streams")),
            short_bytes(value("pool.in_bytes")).c_str(),
            short_bytes(value("deflate_queue.in_bytes")).c_str(),
            short_bytes(value("inflate_queue.out_bytes")).c_str(), rate.c_str(),
            static_cast<unsigned long long>(value("wait_us") / 1000),
            static_cast<unsigned long long>(value("retries")),
            static_cast<unsigned long long>(value("faults")));
    }
    seen = std::move(now);
}

}  // namespace

int run_top(int argc, char** argv) {
    const Options options = parse(argc, argv);
    const bool is_terminal = isatty(STDOUT_FILENO) != 0;
    Seen seen;
    for (unsigned long look = 0; options.count == 0 || look < options.count; ++look) {
        if (look != 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(options.delay_seconds));
        }
        if (is_terminal) std::fputs("\033[H\033[J", stdout);
        print_all(seen, options.delay_seconds);
        if (std::fflush(stdout) != 0) return kProblem;
    }
    return kGood;
}

}  // namespace warpz::ctl

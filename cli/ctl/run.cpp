// SPDX-License-Identifier: Zlib
// warpzctl run: a program with the preload library, and at its end the sum of what its processes have told in a file of
// WARPZ_STATS.
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/settings.hpp"
#include "ctl/ctl.hpp"
#include "ctl/pages.hpp"

namespace warpz::ctl {
namespace {

// As env(1) and timeout(1) have them.
enum : int { kNotBegun = 125, kNotExecutable = 126, kNotFound = 127, kSignalled = 128 };

/// Takes over a value for the child's environment if the library would understand it.
void set_checked(const char* key, const char* value) {
    Config scratch;
    if (apply_setting(scratch, key, value) != Verdict::kTaken) {
        throw UsageError(std::string(key) + " cannot be '" + printable(value) + "'");
    }
    setenv(key, value, 1);
}

/// The arguments from the program's name on.
char** parse(int argc, char** argv) {
    static const option kOptions[] = {{"device", required_argument, nullptr, 'D'},
                                      {"threads", required_argument, nullptr, 'T'},
                                      {}};
    opterr = 0;
    optind = 1;
    for (int choice = 0; (choice = getopt_long(argc, argv, "+D:T:", kOptions, nullptr)) != -1;) {
        if (choice == '?') throw UsageError("cannot use '" + printable(argv[optind - 1]) + "'");
        set_checked(choice == 'D' ? "WARPZ_DEVICE" : "WARPZ_THREADS", optarg);
    }
    if (optind == argc) throw UsageError("a program is missing");
    return argv + optind;
}

/// libwarpz-preload.so beside this program's folder, or where it is installed; empty when it is nowhere.
std::string find_preload() {
    std::error_code error;
    const std::filesystem::path bin =
        std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const std::filesystem::path& folder : {bin / ".." / "lib", bin / ".." / WARPZ_LIBDIR,
                                                std::filesystem::path(WARPZ_FULL_LIBDIR)}) {
        const std::filesystem::path path = (folder / "libwarpz-preload.so").lexically_normal();
        if (access(path.c_str(), R_OK) == 0) return path;
    }
    return {};
}

/// A file for the summaries of the program's processes; it is gone with this object.
class SummaryFile {
  public:
    SummaryFile() {
        const char* folder = std::getenv("TMPDIR");
        path_ =
            std::string(folder != nullptr && *folder == '/' ? folder : "/tmp") + "/warpzctl.XXXXXX";
        const int fd = mkostemp(path_.data(), O_CLOEXEC);
        if (fd < 0) path_.clear();
        if (fd >= 0) close(fd);
    }
    ~SummaryFile() {
        if (!path_.empty()) unlink(path_.c_str());
    }
    SummaryFile(const SummaryFile&) = delete;
    SummaryFile& operator=(const SummaryFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// Sums of all counters in lines like "warpz[12]: gzip: pool.jobs=3 retries=1".
struct Sums {
    unsigned processes = 0;
    Counters counters;

    void add(const std::string& name, std::uint64_t value) {
        for (auto& [known, sum] : counters) {
            if (known != name) continue;
            sum += value;
            return;
        }
        counters.emplace_back(name, value);
    }
};

Sums read_summaries(const std::string& path) {
    Sums sums;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        ++sums.processes;
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            const std::size_t sign = word.find('=');
            if (sign == std::string::npos) continue;
            std::uint64_t value = 0;
            const char* const end = word.data() + word.size();
            const auto [rest, error] = std::from_chars(word.data() + sign + 1, end, value);
            if (error == std::errc{} && rest == end) sums.add(word.substr(0, sign), value);
        }
    }
    return sums;
}

void print_executor(const Sums& sums, const std::string& prefix, const char* what) {
    const std::uint64_t jobs = value_of(sums.counters, prefix + ".jobs");
    if (jobs == 0) return;
    std::fprintf(stderr, "  %-28s %llu jobs, %s to %s\n", what,
                 static_cast<unsigned long long>(jobs),
                 short_bytes(value_of(sums.counters, prefix + ".in_bytes")).c_str(),
                 short_bytes(value_of(sums.counters, prefix + ".out_bytes")).c_str());
}

/// To standard error: standard output is the program's.
void print_summary(const Sums& sums) {
    const auto value = [&](const char* name) {
        return static_cast<unsigned long long>(value_of(sums.counters, name));
    };
    std::fprintf(stderr, "warpzctl: %u process%s used warpz\n", sums.processes,
                 sums.processes == 1 ? "" : "es");
    if (value("deflate_streams") + value("inflate_streams") == 0) {
        std::fprintf(stderr, "  nothing was offloaded\n");
    } else {
        std::fprintf(stderr, "  %-28s %llu compressed, %llu decompressed\n", "streams offloaded",
                     value("deflate_streams"), value("inflate_streams"));
    }
    print_executor(sums, "pool", "compressed by the pool");
    print_executor(sums, "deflate_queue", "compressed by devices");
    print_executor(sums, "inflate_queue", "decompressed by devices");
    struct Line {
        const char* name;
        const char* what;
    };
    for (const Line& line :
         {Line{"retries", "jobs done again by software"},
          Line{"replays", "streams back to software"},
          Line{"verify_failures", "wrong bytes, caught"}, Line{"faults", "queues lost"}}) {
        if (value(line.name) != 0) {
            std::fprintf(stderr, "  %-28s %llu\n", line.what, value(line.name));
        }
    }
    std::string reasons;
    for (const auto& [name, count] : sums.counters) {
        if (name.starts_with("reason.")) {
            reasons += " " + name.substr(7) + "=" + std::to_string(count);
        }
    }
    if (!reasons.empty()) std::fprintf(stderr, "  %-27s%s\n", "routes by reason", reasons.c_str());
}

volatile sig_atomic_t g_child = 0;

extern "C" void pass_on(int number) {
    if (g_child != 0) kill(static_cast<pid_t>(g_child), number);
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return kNotBegun;
    }
    return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Runs the program and waits for it. Signals that end programs reach it, and the summary is printed all the same: those
/// of the terminal go to both anyway, the others are passed on.
int run_and_wait(char** program) {
    struct sigaction ignore {};
    struct sigaction forward {};
    ignore.sa_handler = SIG_IGN;
    forward.sa_handler = pass_on;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t child = fork();
    if (child < 0) {
        std::perror("warpzctl: fork");
        return kNotBegun;
    }
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, nullptr);
        execvp(program[0], program);
        const int error = errno;
        std::fprintf(stderr, "warpzctl: %s: %s\n", printable(program[0]).c_str(),
                     std::strerror(error));
        _exit(error == ENOENT ? kNotFound : kNotExecutable);
    }
    g_child = child;
    for (const int number : {SIGINT, SIGQUIT}) sigaction(number, &ignore, nullptr);
    for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
        sigaction(number, &forward, nullptr);
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return wait_for(child);
}

int refuse(const std::string& reason) {
    std::fprintf(stderr, "warpzctl: %s\n", reason.c_str());
    return kNotBegun;
}

}  // namespace

int run_program(int argc, char** argv) {
    char** program = nullptr;
    try {
        program = parse(argc, argv);
    } catch (const UsageError& error) {
        return refuse(error.what());
    }
    std::string preload = find_preload();
    if (preload.empty()) return refuse("libwarpz-preload.so was not found");
    // The loader's list knows no quotes.
    if (preload.find_first_of(" :") != std::string::npos) {
        return refuse("a path with blanks or colons cannot be preloaded: " + printable(preload));
    }
    if (const char* others = std::getenv("LD_PRELOAD"); others != nullptr && *others != '\0') {
        preload += std::string(":") + others;
    }
    const SummaryFile summaries;
    if (summaries.path().empty()) return refuse("no file for the summary can be made");
    setenv("LD_PRELOAD", preload.c_str(), 1);
    setenv("WARPZ_STATS", summaries.path().c_str(), 1);
    const int status = run_and_wait(program);
    if (status < kNotBegun || status > kNotFound) print_summary(read_summaries(summaries.path()));
    return status;
}

}  // namespace warpz::ctl

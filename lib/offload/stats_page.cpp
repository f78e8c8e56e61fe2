// SPDX-License-Identifier: Zlib
// The page's file and, at the library's end, the summary of WARPZ_STATS.
#include "offload/stats_page.hpp"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/log.hpp"
#include "base/process_stamp.hpp"
#include "base/quiet_scope.hpp"
#include "base/signal_guard.hpp"
#include "base/text.hpp"

namespace warpz::offload {
namespace {

using engine::StatsPage;

constinit ProcessOwner g_shown{ProcessOwner::kNobody};
constinit Text<256> g_path;  // of this process's file; empty when there is none

/// The program's name, without what would break a line into two or a name into words.
Text<32> program_name() noexcept {
    Text<32> name;
    for (const char* c = program_invocation_short_name; *c != '\0'; ++c) {
        name << (*c > ' ' && *c < 0x7f && *c != ':' ? std::string_view(c, 1) : "?");
    }
    return name;
}

int create_file(const char* path) noexcept {
    constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const int fd = open(path, kFlags, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
    // Of an earlier process that had our number and was killed.
    unlink(path);
    return open(path, kFlags, 0600);
}

/// Writes the page, so that the file has its memory and a full file system is found out here, and maps the file over it.
/// What other threads count in between is lost.
bool map_file(int fd, StatsPage& page) noexcept {
    // Word by word, because other threads count meanwhile; behind the page's words there are zeros.
    static_assert(sizeof page % sizeof(std::uint64_t) == 0);
    std::uint64_t words[512] = {};
    static_assert(sizeof page <= sizeof words && StatsPage::kBytes % sizeof words == 0);
    auto* const counts = reinterpret_cast<std::uint64_t*>(&page);
    for (std::size_t i = 0; i < sizeof page / sizeof words[0]; ++i) {
        words[i] = std::atomic_ref(counts[i]).load(std::memory_order_relaxed);
    }
    for (std::size_t done = 0; done < StatsPage::kBytes; done += sizeof words) {
        if (write(fd, words, sizeof words) != static_cast<ssize_t>(sizeof words)) return false;
        std::memset(words, 0, sizeof words);
    }
    // Moved there rather than mapped there, for ThreadSanitizer: it takes mmap() for a write.
    void* mapped = mmap(nullptr, StatsPage::kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) return false;
    if (mremap(mapped, StatsPage::kBytes, StatsPage::kBytes, MREMAP_MAYMOVE | MREMAP_FIXED,
               &page) != MAP_FAILED) {
        return true;
    }
    munmap(mapped, StatsPage::kBytes);
    return false;
}

void make_file() noexcept {
    g_path = {};
    const char* const directory = run_directory();
    if (getauxval(AT_SECURE) != 0 || *directory != '/') return;
    const QuietScope quiet;
    const SignalGuard guard;
    const auto pid = static_cast<std::uint32_t>(getpid());
    Text<256> path;
    path << directory << "/" << kStatsPrefix << geteuid() << "-" << pid;
    const int fd = create_file(path.c_str());
    if (fd < 0) return;
    StatsPage& page = engine::stats_page();
    page.size_bytes = sizeof page;
    page.pid = pid;
    page.start_ticks = start_ticks_of(pid);
    std::memcpy(page.program, program_name().c_str(), sizeof page.program);
    page.magic = StatsPage::kMagic;
    if (map_file(fd, page)) {
        g_path = path;
    } else {
        unlink(path.c_str());
    }
    close(fd);
}

/// "gzip: deflate_streams=1 pool.jobs=12 ..."; counters that are zero are left out.
void write_summary(const Config& chosen) noexcept {
    Text<1900> line;
    line << program_name().view() << ":";
    bool is_empty = true;
    engine::for_each_counter(engine::stats(),
                             [&](const char* prefix, const char* name, std::uint64_t value) {
                                 if (value == 0) return;
                                 line << " " << prefix << name << "=" << value;
                                 is_empty = false;
                             });
    if (is_empty) line << " nothing was offloaded";
    if (chosen.stats_path[0] == '\0') return log_line(LogLevel::kInfo, line.view());
    Text<2048> whole;
    whole << "warpz[" << static_cast<std::uint32_t>(getpid()) << "]: " << line.view();
    append_line(chosen.stats_path, whole.view());
}

/// The library's end. A forked child that has counted nothing has neither a file nor a summary: its parent has them.
[[gnu::destructor]] void close_stats() {
    const Config* const chosen = config_if_used();
    if (chosen == nullptr) return;
    if (chosen->stats && engine::are_stats_own()) write_summary(*chosen);
    if (g_shown.is_here() && !g_path.view().empty()) {
        const QuietScope quiet;
        unlink(g_path.c_str());
    }
}

}  // namespace

void show_stats() noexcept { g_shown.enter(make_file); }

const char* run_directory() noexcept {
    const char* directory = secure_getenv("WARPZ_RUN_DIR");
    return directory != nullptr ? directory : "/dev/shm";
}

std::uint64_t start_ticks_of(std::uint32_t pid) noexcept {
    const QuietScope quiet;
    Text<32> path;
    path << "/proc/" << pid << "/stat";
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[1024];
    const ssize_t count = read(fd, text, sizeof text);
    close(fd);
    if (count <= 0) return 0;
    std::string_view rest(text, static_cast<std::size_t>(count));
    // The second field is a name in brackets that may hold anything; the start time is the 22nd.
    const std::size_t name_end = rest.rfind(')');
    if (name_end == std::string_view::npos) return 0;
    rest.remove_prefix(name_end + 1);
    for (int field = 2; field < 22; ++field) {
        const std::size_t blank = rest.find(' ');
        if (blank == std::string_view::npos) return 0;
        rest.remove_prefix(blank + 1);
    }
    std::uint64_t ticks = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    return ticks;
}

}  // namespace warpz::offload

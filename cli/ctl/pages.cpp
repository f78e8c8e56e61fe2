// SPDX-License-Identifier: Zlib
#include "ctl/pages.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "ctl/ctl.hpp"
#include "engine/stats.hpp"
#include "offload/stats_page.hpp"

namespace warpz::ctl {
namespace {

using engine::StatsPage;

/// Reads a page; nothing when it is none, or of another build of the library.
std::optional<Process> read_page(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return {};
    struct stat status {};
    const auto page = std::make_unique<StatsPage>();
    const bool is_read = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                         status.st_size == static_cast<off_t>(StatsPage::kBytes) &&
                         read(fd, page.get(), sizeof *page) == static_cast<ssize_t>(sizeof *page);
    close(fd);
    if (!is_read || page->magic != StatsPage::kMagic || page->size_bytes != sizeof *page) return {};
    Process process;
    process.pid = page->pid;
    process.start_ticks = page->start_ticks;
    process.program = printable({page->program, strnlen(page->program, sizeof page->program)});
    engine::for_each_counter(page->stats,
                             [&](const char* prefix, const char* name, std::uint64_t value) {
                                 process.counters.emplace_back(std::string(prefix) + name, value);
                             });
    return process;
}

/// Whether the page's process is there and still has it: one that has become another program by exec() does not.
bool is_in_use(const Process& process, const std::string& file_name) {
    const std::uint64_t ticks = offload::start_ticks_of(process.pid);
    if (ticks == 0 || (process.start_ticks != 0 && ticks != process.start_ticks)) return false;
    std::ifstream maps("/proc/" + std::to_string(process.pid) + "/maps");
    bool is_empty = true;
    for (std::string line; std::getline(maps, line); is_empty = false) {
        if (line.find('/' + file_name) != std::string::npos) return true;
    }
    return is_empty;  // not for us to know
}

}  // namespace

std::uint64_t value_of(const Counters& counters, const std::string& name) {
    const auto found = std::find_if(counters.begin(), counters.end(),
                                    [&](const auto& counter) { return counter.first == name; });
    return found == counters.end() ? 0 : found->second;
}

std::vector<Process> read_pages() {
    std::vector<Process> processes;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(offload::run_directory(), error)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(offload::kStatsPrefix)) continue;
        auto process = read_page(entry.path());
        if (!process) continue;
        if (is_in_use(*process, name)) {
            processes.push_back(std::move(*process));
        } else {
            unlink(entry.path().c_str());
        }
    }
    std::sort(processes.begin(), processes.end(),
              [](const Process& a, const Process& b) { return a.pid < b.pid; });
    return processes;
}

}  // namespace warpz::ctl

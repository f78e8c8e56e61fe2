// SPDX-License-Identifier: Zlib
// Operands; see job.hpp: finding files, walking directories, refusing what gzip refuses. The order of checks and their
// consequences are gzip's. What is done with a file that is accepted is in job_coding.cpp.
#include "job.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "suffix.hpp"

namespace warpz::cli {
namespace {

/// The names in a directory, sorted. Throws Failure.
std::vector<std::string> directory_entries(int fd, const std::string& name) {
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(own < 0 ? nullptr : fdopendir(own), closedir);
    if (!dir) {
        const int error = errno;
        if (own >= 0) ::close(own);
        throw Failure(name, error_text(error));
    }
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = readdir(dir.get());
        if (entry == nullptr) break;
        const std::string_view base = entry->d_name;
        if (base != "." && base != "..") names.emplace_back(base);
    }
    if (errno != 0) throw Failure(name, error_text(errno));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

void Job::run_operand(std::string_view path) {
    if (path == "-") {
        run_stdin();
        return;
    }
    run_place(locate(path), false);
}

bool Job::prepare() {
    const std::size_t operands = options_.operands.size();
    if (options_.output.empty() || !options_.makes_files()) return true;
    Fd dir(open(options_.output.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (dir) {
        output_dir_ = std::make_shared<const Fd>(std::move(dir));
        if (operands != 0 || !options_.files0_from.empty()) return true;
        messages_.usage_error("-o needs a file name for standard input");
        return false;
    }
    if (operands <= 1 && !options_.recursive && options_.files0_from.empty()) return true;
    messages_.error(options_.output, "is not a directory, as several results need it");
    return false;
}

void Job::finish() {
    if (options_.action == Action::kList && !options_.json) {
        // gzip adds up operands, not the files that are found below one.
        if (options_.operands.size() > 1 || !messages_.speaks_as_gzip())
            table_.finish(options_.operands.size() > 1);
    }
    if (!options_.shows_stats) return;
    const std::string text = run_stats_.text(options_.json);
    if (options_.json && !(options_.to_stdout || options_.operands.empty())) {
        print(text);
    } else {
        messages_.report(text.substr(0, text.size() - 1));
    }
}

void Job::print(const std::string& text) const { std::fwrite(text.data(), 1, text.size(), stdout); }

void Job::report_failure(const Failure& failure) {
    const auto* const damage = dynamic_cast<const BadData*>(&failure);
    messages_.error(failure.name(), failure.what(), failure.aftermath() == Aftermath::kEnd);
    if (damage != nullptr && !damage->second_reason().empty())
        messages_.error(failure.name(), damage->second_reason());
    if (options_.action == Action::kTest) report_damage(failure, damage);
    if (!messages_.speaks_as_gzip()) return;
    const bool makes_nothing = options_.action == Action::kTest || options_.action == Action::kList;
    if (failure.aftermath() == Aftermath::kEnd ||
        (failure.aftermath() == Aftermath::kNextFileOfTest && !makes_nothing))
        throw RunEnded();
}

void Job::report_damage(const Failure& failure, const BadData* damage) {
    if (options_.json) {
        JsonObject object;
        object.add("name", failure.name()).add("ok", false).add("error", failure.what());
        if (damage != nullptr) object.add("offset", damage->offset());
        print(object.line());
    } else if (damage != nullptr && !damage->is_at_end() && !messages_.speaks_as_gzip()) {
        messages_.note(failure.name(), "damage found at byte " + std::to_string(damage->offset()));
    }
}

void Job::run_place(Place place, bool was_walked_to) try {
    Source source = open_source(std::move(place), was_walked_to);
    if (S_ISDIR(source.status.st_mode)) {
        run_directory(std::move(source));
    } else {
        run_file(std::move(source));
    }
    messages_.forget_result();
} catch (const OutputFailure&) {
    throw;
} catch (const Failure& failure) {
    report_failure(failure);
}

Job::Source Job::open_source(Place place, bool was_walked_to) const {
    int flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
    // A target replaces a regular file: a link is not followed. Opening a FIFO does not wait for a writer unless
    // the user named it as input for -c, -t or -l.
    if (options_.makes_files() || was_walked_to) flags |= O_NONBLOCK;
    if (options_.makes_files() && !options_.force) flags |= O_NOFOLLOW;
    const auto open_base = [&](const std::string& base) {
        return Fd(openat(place.dir_fd(), base.c_str(), flags));
    };
    Fd fd = open_base(place.base);
    if (!fd && errno == ENOENT && options_.decodes() && !place.base.empty()) {
        const auto candidates =
            compressed_candidates(place.base.substr(place.base.rfind('/') + 1), options_.suffix);
        for (const std::string& candidate : candidates) {
            fd = open_base(candidate);
            if (fd || errno != ENOENT) {
                place = place.sibling(candidate);
                break;
            }
        }
        // The reason is about the name that was looked for first.
        if (!fd && errno == ENOENT && !candidates.empty()) place.shown += options_.suffix;
    }
    if (!fd) throw Failure(place.shown, error_text(errno));
    Source source{std::move(place), std::move(fd), {}, was_walked_to};
    source.status = status_of(source.fd.get(), source.place.shown);
    return source;
}

void Job::run_directory(Source source) {
    const std::string& name = source.place.shown;
    if (!options_.recursive) {
        messages_.warning(name, "is a directory -- ignored");
        return;
    }
    if (source.was_walked_to) {
        struct stat link {};
        if (fstatat(source.place.dir_fd(), source.place.base.c_str(), &link, AT_SYMLINK_NOFOLLOW) ==
                0 &&
            S_ISLNK(link.st_mode)) {
            messages_.warning(name, "is a symbolic link to a directory -- ignored");
            return;
        }
    }
    const std::vector<std::string> names = directory_entries(source.fd.get(), name);
    const auto dir = std::make_shared<const Fd>(std::move(source.fd));
    const std::string prefix = name.ends_with('/') ? name : name + '/';
    for (const std::string& base : names) run_place(Place{dir, base, prefix + base}, true);
}

bool Job::is_refused(const Source& source) {
    const mode_t mode = source.status.st_mode;
    const std::string& name = source.place.shown;
    if (!S_ISREG(mode)) {
        messages_.warning(name, "is not a directory or a regular file - ignored");
    } else if (!options_.makes_files()) {
        return false;
    } else if ((mode & S_ISUID) != 0) {
        messages_.warning(name, "is set-user-ID on execution - ignored");
    } else if ((mode & S_ISGID) != 0) {
        messages_.warning(name, "is set-group-ID on execution - ignored");
    } else if (options_.force) {
        return false;
    } else if ((mode & S_ISVTX) != 0) {
        messages_.warning(name, "has the sticky bit set - file ignored");
    } else if (source.status.st_nlink > 1) {
        const auto others = source.status.st_nlink - 1;
        messages_.warning(name, "has " + std::to_string(others) + " other link" +
                                    (others == 1 ? "" : "s") + " -- file ignored");
    } else {
        return false;
    }
    return true;
}

std::optional<std::string> Job::target_base(const Source& source) {
    const std::string& base = source.place.base;
    // A walk meets files of both kinds, so the wrong kind is worth a word with -v only.
    const bool is_silent = (options_.recursive || options_.quiet) && !options_.verbose;
    if (options_.decodes()) {
        std::optional<std::string> name = decompressed_name(base, options_.suffix);
        const bool is_named = !options_.output.empty() && !output_dir_;
        const bool needs_suffix = options_.action == Action::kDecompress
                                      ? !options_.to_stdout && !is_named
                                      : options_.recursive;
        if (name || !needs_suffix) return name.value_or(base);
        if (!is_silent) messages_.warning(source.place.shown, "unknown suffix -- ignored");
        return std::nullopt;
    }
    if (options_.makes_files() && !options_.force) {
        if (const std::string_view suffix = find_suffix(base, options_.suffix); !suffix.empty()) {
            // gzip's exit status stays 0 here: nothing is wrong with a file that is compressed already.
            if (!is_silent) {
                messages_.note(source.place.shown,
                               "already has " + printable(suffix) + " suffix -- unchanged");
            }
            return std::nullopt;
        }
    }
    return base + options_.suffix;
}

void Job::run_file(Source source) {
    if ((options_.makes_files() || source.was_walked_to) && is_refused(source)) return;
    const std::optional<std::string> result_base = target_base(source);
    if (!result_base) return;
    if (options_.decodes()) {
        decompress_file(source, *result_base);
    } else {
        compress_file(source, *result_base);
    }
}

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// warpz, a gzip: reads the command line, works through the operands, and makes sure that standard output took
// everything before it reports success.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>

#include "args.hpp"
#include "job.hpp"
#include "message.hpp"
#include "signals.hpp"

namespace warpz::cli {
namespace {

/// Occupies closed standard descriptors with ones that refuse the use they are meant for, so that no file opened
/// later becomes standard output.
void occupy_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            // The lowest free number is `fd`.
            static_cast<void>(open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
        }
    }
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// The names in `path`, each ended by a zero byte; the last one may do without.
void run_files0_from(const std::string& path, Job& job, Messages& messages) {
    const bool is_stdin = path == "-";
    const Fd file(is_stdin ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!is_stdin && !file) throw Failure(path, error_text(errno));
    Reader in(is_stdin ? STDIN_FILENO : file.get(), is_stdin ? "stdin" : path, nullptr);
    std::string name;
    const auto run_name = [&] {
        if (name.empty()) {
            messages.error(path, "holds an empty file name");
        } else if (is_stdin && name == "-") {
            messages.error(path, "the names come from standard input, which cannot be one of them");
        } else {
            job.run_operand(name);
        }
        name.clear();
    };
    for (auto bytes = in.available(); !bytes.empty(); bytes = in.available()) {
        const auto byte = static_cast<char>(bytes.front());
        in.take(1);
        if (byte == '\0')
            run_name();
        else
            name += byte;
    }
    if (!name.empty()) run_name();
}

void run(const Options& options, Messages& messages) {
    switch (options.action) {
        case Action::kShowHelp:
            print(options.help_topic.empty() ? help_text(messages.program())
                                             : help_about(options.help_topic));
            return;
        case Action::kShowVersion:
            print(version_text(messages.program()));
            return;
        case Action::kShowLicense:
            print(license_text());
            return;
        default:
            break;
    }
    configure_library(options);
    install_signal_handlers();
    Job job(options, messages);
    if (!job.prepare()) return;
    if (options.operands.empty() && options.files0_from.empty()) job.run_stdin();
    for (const std::string& operand : options.operands) job.run_operand(operand);
    if (!options.files0_from.empty()) run_files0_from(options.files0_from, job, messages);
    job.finish();
}

/// Reports what standard output has not taken, at the latest when it is closed.
void close_stdout(const Options& options, Messages& messages) {
    int error = 0;
    if (std::fflush(stdout) != 0) error = errno;
    if (error == 0 && options.synchronous && fsync(STDOUT_FILENO) != 0 && errno == EIO)
        error = errno;
    if (close(STDOUT_FILENO) != 0 && error == 0) error = errno;
    if (error != 0) messages.error("stdout", error_text(error), true);
}

int run_program(int argc, char** argv) {
    occupy_standard_descriptors();
    Messages messages;
    const std::optional<Options> options = parse_command_line(argc, argv, messages);
    if (!options) return messages.exit_status();
    try {
        run(*options, messages);
        close_stdout(*options, messages);
    } catch (const RunEnded&) {
        close_stdout(*options, messages);
    } catch (const Failure& failure) {
        messages.error(failure.name(), failure.what(), failure.aftermath() == Aftermath::kEnd);
    } catch (const std::bad_alloc&) {
        messages.usage_error("memory exhausted");
    } catch (const std::exception& error) {
        messages.usage_error(error.what());
    }
    return messages.exit_status();
}

}  // namespace
}  // namespace warpz::cli

int main(int argc, char** argv) { return warpz::cli::run_program(argc, argv); }

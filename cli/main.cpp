// SPDX-License-Identifier: Zlib
// warpz, a gzip: reads the command line, works through the operands, and makes sure that standard output took
// everything before it reports success.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
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

void run(const Options& options, Messages& messages) {
    switch (options.action) {
        case Action::kShowHelp:
            print(help_text());
            return;
        case Action::kShowVersion:
            print(version_text());
            return;
        case Action::kShowLicense:
            print(license_text());
            return;
        default:
            break;
    }
    install_signal_handlers();
    Job job(options, messages);
    if (options.operands.empty()) job.run_stdin();
    for (const std::string& operand : options.operands) job.run_operand(operand);
    job.finish();
}

/// Reports what standard output has not taken, at the latest when it is closed.
void close_stdout(const Options& options, Messages& messages) {
    int error = 0;
    if (std::fflush(stdout) != 0) error = errno;
    if (error == 0 && options.synchronous && fsync(STDOUT_FILENO) != 0 && errno == EIO)
        error = errno;
    if (close(STDOUT_FILENO) != 0 && error == 0) error = errno;
    if (error != 0) messages.error("stdout", error_text(error));
}

int run_program(int argc, char** argv) {
    occupy_standard_descriptors();
    // All cores, unless the user says otherwise; before the library reads its configuration.
    setenv("WARPZ_THREADS", "auto", 0);
    Messages messages;
    const std::optional<Options> options = parse_command_line(argc, argv, messages);
    if (!options) return messages.exit_status();
    try {
        run(*options, messages);
        close_stdout(*options, messages);
    } catch (const Failure& failure) {
        messages.error(failure.name(), failure.what());
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

// SPDX-License-Identifier: Zlib
// A signal that ends the program takes the unfinished target file with it. One file is unfinished at a time. SIGUSR1 asks
// for a line of progress.
#pragma once

#include <signal.h>

#include <string>

namespace warpz::cli {

/// Installs the handlers for SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXCPU and SIGXFSZ where they are not ignored. The handler
/// removes the unfinished file and lets the signal end the program, so the parent sees it.
void install_signal_handlers();

/// True once after each SIGUSR1, which asks how far the work is.
[[nodiscard]] bool take_progress_request() noexcept;

/// True when SIGINT was ignored at the start: the program runs in the background and asks no questions.
[[nodiscard]] bool runs_in_background() noexcept;

/// Holds those signals back while it lives, around steps that belong together.
class SignalBlock {
  public:
    SignalBlock() noexcept;
    ~SignalBlock();
    SignalBlock(const SignalBlock&) = delete;
    SignalBlock& operator=(const SignalBlock&) = delete;

  private:
    sigset_t previous_;
};

/// Names the unfinished file: `base` in the directory `dir_fd` (or AT_FDCWD), valid until forget_unfinished(). The
/// caller holds a SignalBlock around the creation and this call.
void remember_unfinished(int dir_fd, const std::string& base) noexcept;
void forget_unfinished() noexcept;

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// Writing to a pipe that nobody reads, or beyond the limit of a file's size, raises signals that end programs. What the
// library writes for itself must not.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace warpz {

/// Keeps signals that writing may raise from the program: those that were not pending before are taken back.
class [[nodiscard]] SignalGuard {
  public:
    SignalGuard() noexcept {
        sigemptyset(&ours_);
        sigaddset(&ours_, SIGPIPE);
        sigaddset(&ours_, SIGXFSZ);
        sigset_t pending;
        sigpending(&pending);
        for (const int number : {SIGPIPE, SIGXFSZ}) {
            if (sigismember(&pending, number) == 1) sigdelset(&ours_, number);
        }
        pthread_sigmask(SIG_BLOCK, &ours_, &before_);
    }
    ~SignalGuard() {
        const timespec now{};
        while (sigtimedwait(&ours_, nullptr, &now) > 0) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

  private:
    sigset_t ours_;
    sigset_t before_;
};

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// Signal handling; see signals.hpp. The handler reads two variables that change only while signals are blocked,
// and calls async-signal-safe functions only.
#include "signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace warpz::cli {
namespace {

constexpr std::array kSignals = {SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXCPU, SIGXFSZ};

constinit sigset_t g_handled{};
constinit bool g_background = false;
constinit int g_unfinished_dir = AT_FDCWD;
constinit const char* volatile g_unfinished_base = nullptr;

void on_signal(int signal_number) {
    const int saved_errno = errno;
    const char* base = g_unfinished_base;
    g_unfinished_base = nullptr;
    if (base != nullptr) unlinkat(g_unfinished_dir, base, 0);
    // Pending until this handler returns, then it ends the program.
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    errno = saved_errno;
}

}  // namespace

void install_signal_handlers() {
    sigemptyset(&g_handled);
    for (const int number : kSignals) {
        struct sigaction current {};
        sigaction(number, nullptr, &current);
        if (current.sa_handler == SIG_IGN) {
            if (number == SIGINT) g_background = true;
            continue;
        }
        sigaddset(&g_handled, number);
    }
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_mask = g_handled;
    for (const int number : kSignals) {
        if (sigismember(&g_handled, number) == 1) sigaction(number, &action, nullptr);
    }
}

bool runs_in_background() noexcept { return g_background; }

SignalBlock::SignalBlock() noexcept : previous_{} {
    sigprocmask(SIG_BLOCK, &g_handled, &previous_);
}

SignalBlock::~SignalBlock() {
    const int saved_errno = errno;
    sigprocmask(SIG_SETMASK, &previous_, nullptr);
    errno = saved_errno;
}

void remember_unfinished(int dir_fd, const std::string& base) noexcept {
    g_unfinished_dir = dir_fd;
    g_unfinished_base = base.c_str();
}

void forget_unfinished() noexcept { g_unfinished_base = nullptr; }

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// Signal handling; see signals.hpp. The handler reads two variables that change only while signals are blocked,
// and calls async-signal-safe functions only.
#include "signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace warpz::cli {
namespace {

constexpr std::array kSignals = {SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXCPU, SIGXFSZ};

constinit sigset_t g_handled{};
constinit volatile std::sig_atomic_t g_progress_request = 0;
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

void on_progress_request(int) { g_progress_request = 1; }

}  // namespace

bool take_progress_request() noexcept {
    if (g_progress_request == 0) return false;
    g_progress_request = 0;
    return true;
}

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
    action.sa_handler = on_progress_request;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, nullptr);
    sigaddset(&g_handled, SIGUSR1);
}

bool runs_in_background() noexcept { return g_background; }

SignalBlock::SignalBlock() noexcept : previous_{} {
    pthread_sigmask(SIG_BLOCK, &g_handled, &previous_);
}

SignalBlock::~SignalBlock() {
    const int saved_errno = errno;
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
    errno = saved_errno;
}

void remember_unfinished(int dir_fd, const std::string& base) noexcept {
    g_unfinished_dir = dir_fd;
    g_unfinished_base = base.c_str();
}

void forget_unfinished() noexcept { g_unfinished_base = nullptr; }

}  // namespace warpz::cli

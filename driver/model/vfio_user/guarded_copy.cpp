// SPDX-License-Identifier: Zlib
#include "guarded_copy.hpp"

#include <setjmp.h>
#include <signal.h>

#include <atomic>
#include <cstring>

namespace warpz::vfio_user {
namespace {

// In an executable this is a fixed offset from the thread's pointer: a handler may read it.
constinit thread_local sigjmp_buf* guard = nullptr;

void on_bus_error(int signal) {
    if (guard != nullptr) siglongjmp(*guard, 1);
    // Again, with nobody to catch it.
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
}

}  // namespace

void install_copy_guard() noexcept {
    struct sigaction action {};
    action.sa_handler = on_bus_error;
    // The handler is left by a jump that restores no mask.
    action.sa_flags = SA_NODEFER;
    sigaction(SIGBUS, &action, nullptr);
}

void admit_copy_guard() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool guarded_call(void (*function)(void*) noexcept, void* argument) noexcept {
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        guard = nullptr;
        return false;
    }
    guard = &here;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    function(argument);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    guard = nullptr;
    return true;
}

bool guarded_copy(void* to, const void* from, std::size_t size) noexcept {
    struct Copy {
        void* to;
        const void* from;
        std::size_t size;
    } copy{to, from, size};
    return guarded_call(
        [](void* argument) noexcept {
            const auto& what = *static_cast<const Copy*>(argument);
            std::memcpy(what.to, what.from, what.size);
        },
        &copy);
}

}  // namespace warpz::vfio_user

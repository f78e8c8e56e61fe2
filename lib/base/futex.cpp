// SPDX-License-Identifier: Zlib
// futex(2) for words of one process; see futex.hpp.
#include "base/futex.hpp"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace warpz {
namespace {

void call(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept {
    const int saved = errno;
    syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
    errno = saved;
}

}  // namespace

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
    call(word, FUTEX_WAIT_PRIVATE, expected);
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept {
    call(word, FUTEX_WAKE_PRIVATE, static_cast<std::uint32_t>(count));
}

}  // namespace warpz

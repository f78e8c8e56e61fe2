// SPDX-License-Identifier: Zlib
// futex(2) for words of one process; see futex.hpp.
#include "base/futex.hpp"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
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

bool futex_wait_until(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                      std::uint64_t deadline_ns) noexcept {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const timespec deadline{static_cast<time_t>(deadline_ns / kSecond),
                            static_cast<long>(deadline_ns % kSecond)};
    const int saved = errno;
    const long result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, &deadline,
                                nullptr, FUTEX_BITSET_MATCH_ANY);
    const bool is_over = result != 0 && errno == ETIMEDOUT;
    errno = saved;
    return !is_over;
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept {
    call(word, FUTEX_WAKE_PRIVATE, static_cast<std::uint32_t>(count));
}

}  // namespace warpz

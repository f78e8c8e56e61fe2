// SPDX-License-Identifier: Zlib
// What a piece of code takes from the system: allocations by the linked library's own objects (the linker wraps their
// calls), and system calls of the thread (a seccomp filter turns each into a signal).
#pragma once

#include <functional>

#include "offload/in_child.hpp"

namespace warpz::test {

struct Cost {
    bool is_complete = false;  ///< the body ran to its end
    unsigned allocations =
        0;  ///< calls of malloc(), calloc(), realloc(), aligned_alloc() and mmap()
    unsigned system_calls = 0;       ///< meant by this thread; none of them was made
    int first_system_call = -1;      ///< its number
    std::uint64_t deflate_jobs = 0;  ///< packets of deflate and inflate, jobs of the pool
    std::uint64_t inflate_jobs = 0;
    std::uint64_t pool_jobs = 0;
};

enum class SystemCalls : bool { kAllowed, kTrapped };

/// Runs `prepare` in a child process with variables of its own and then what it returned, whose cost is counted. That
/// body neither throws nor asks the system for anything itself; with kTrapped a system call that it causes fails with
/// ENOSYS. The child ends at once with the body: whatever it holds goes with the process.
[[nodiscard]] Cost cost_of(const Variables& variables, SystemCalls calls,
                           const std::function<std::function<void()>()>& prepare);

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
#include "offload/cost.hpp"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "engine/stats.hpp"

namespace {

std::atomic<unsigned> g_allocations{0};
warpz::test::Cost* g_cost = nullptr;  // shared with the child

void count_allocation() { g_allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

// By -Wl,--wrap: calls in the library's objects come here.
extern "C" {
void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
void* __real_mmap(void* address, size_t size, int protection, int flags, int file, off_t offset);

void* __wrap_malloc(size_t size) {
    count_allocation();
    return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
    count_allocation();
    return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
    count_allocation();
    return __real_realloc(memory, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
    count_allocation();
    return __real_aligned_alloc(alignment, size);
}
void* __wrap_mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
    count_allocation();
    return __real_mmap(address, size, protection, flags, file, offset);
}
}

namespace warpz::test {
namespace {

void on_system_call(int, siginfo_t* info, void* context) {
    if (g_cost->system_calls++ == 0) g_cost->first_system_call = info->si_syscall;
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    registers.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
    registers.regs[0] = static_cast<unsigned long long>(-ENOSYS);
#else
    static_cast<void>(registers);
#endif
}

/// From here on this thread gets a signal for each system call but those that end a handler and the process.
bool trap_system_calls() {
    struct sigaction action {};
    action.sa_sigaction = on_system_call;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    if (sigaction(SIGSYS, &action, nullptr) != 0) return false;
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(filter), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

Cost counters() {
    const engine::Stats& stats = engine::stats();
    return {.allocations = g_allocations.load(),
            .deflate_jobs = stats.deflate_queue.jobs.value(),
            .inflate_jobs = stats.inflate_queue.jobs.value(),
            .pool_jobs = stats.pool.jobs.value()};
}

[[noreturn]] void run(SystemCalls calls, const std::function<std::function<void()>()>& prepare) {
    try {
        const std::function<void()> body = prepare();
        const Cost before = counters();
        if (calls == SystemCalls::kAllowed || trap_system_calls()) {
            body();
            const Cost after = counters();
            g_cost->allocations = after.allocations - before.allocations;
            g_cost->deflate_jobs = after.deflate_jobs - before.deflate_jobs;
            g_cost->inflate_jobs = after.inflate_jobs - before.inflate_jobs;
            g_cost->pool_jobs = after.pool_jobs - before.pool_jobs;
            g_cost->is_complete = true;
        }
        _exit(0);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cost_of: %s\n", error.what());
        _exit(1);
    }
}

}  // namespace

Cost cost_of(const Variables& variables, SystemCalls calls,
             const std::function<std::function<void()>()>& prepare) {
    void* shared = __real_mmap(nullptr, sizeof(Cost), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(shared != MAP_FAILED);
    g_cost = ::new (shared) Cost;
    const int pid = fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        alarm(120);
        for (const auto& [name, value] : variables) setenv(name, value, 1);
        run(calls, prepare);
    }
    BOOST_TEST(exit_code_of(pid) == 0);
    const Cost cost = *g_cost;
    munmap(shared, sizeof(Cost));
    BOOST_TEST(cost.is_complete);
    return cost;
}

}  // namespace warpz::test

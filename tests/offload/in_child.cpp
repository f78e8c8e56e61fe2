// SPDX-License-Identifier: Zlib
#include "offload/in_child.hpp"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

namespace warpz::test {

int exit_code_of(int pid) {
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Bytes in_child(const Variables& variables, const std::function<Bytes()>& body, unsigned seconds) {
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    std::cout.flush();
    std::fflush(nullptr);
    const int pid = fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        alarm(seconds);
        close(ends[0]);
        for (const auto& [name, value] : variables) setenv(name, value, 1);
        int code = 1;
        try {
            const Bytes result = body();
            std::size_t written = 0;
            while (written < result.size()) {
                const ssize_t n = write(ends[1], result.data() + written, result.size() - written);
                if (n <= 0) break;
                written += static_cast<std::size_t>(n);
            }
            code = written == result.size() ? 0 : 2;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "in_child: %s\n", error.what());
        }
        close(ends[1]);
        std::exit(code);
    }
    close(ends[1]);
    Bytes result;
    std::uint8_t piece[1 << 16];
    for (ssize_t n = 0; (n = read(ends[0], piece, sizeof piece)) > 0;) {
        result.insert(result.end(), piece, piece + n);
    }
    close(ends[0]);
    BOOST_TEST(exit_code_of(pid) == 0);
    return result;
}

unsigned thread_count() {
    unsigned count = 0;
    DIR* folder = opendir("/proc/self/task");
    if (folder == nullptr) return 0;
    while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

unsigned threads_before() {
    std::thread([] {}).join();
    return thread_count();
}

boost::test_tools::assertion_result without_thread_sanitizer(boost::unit_test::test_unit_id) {
#ifdef __SANITIZE_THREAD__
    boost::test_tools::assertion_result result(false);
    result.message() << "ThreadSanitizer does not follow threads that are made after a fork";
    return result;
#else
    return true;
#endif
}

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// Off means off: without a device and threads the shared library brings no thread, no descriptor and no mapping of a
// file, and a program that is started with it preloaded and does not use it starts as fast as with the system's zlib.
#include <dirent.h>
#include <dlfcn.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <set>
#include <string>

#include "offload/in_child.hpp"
#include "offload/streams.hpp"

using namespace warpz::test;

namespace {

/// What is open, by number and target; the descriptor of the folder itself left out.
std::set<std::string> descriptors() {
    std::set<std::string> found;
    DIR* folder = opendir("/proc/self/fd");
    demand(folder != nullptr, "/proc/self/fd");
    const std::string own = std::to_string(dirfd(folder));
    while (const dirent* entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || entry->d_name == own) continue;
        char target[512];
        const std::string link = std::string("/proc/self/fd/") + entry->d_name;
        const ssize_t size = readlink(link.c_str(), target, sizeof target);
        found.insert(entry->d_name +
                     std::string(target, static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
    }
    closedir(folder);
    return found;
}

/// Files that are mapped now.
std::set<std::string> mapped_files() {
    std::set<std::string> found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto path = line.find('/');
        if (path != std::string::npos) found.insert(line.substr(path));
    }
    return found;
}

/// Large enough for a pool or a device.
void compress_and_expand(void* library) {
    const auto compress = reinterpret_cast<decltype(&compress2)>(dlsym(library, "compress2"));
    const auto expand = reinterpret_cast<decltype(&uncompress)>(dlsym(library, "uncompress"));
    demand(compress != nullptr && expand != nullptr, "dlsym()");
    const Bytes plain = make_sample(Sample::kMixed, 3'000'000);
    for (const int level : {1, 6, 9}) {
        Bytes packed(plain.size() + 10'000);
        uLongf packed_size = packed.size();
        demand(compress(packed.data(), &packed_size, plain.data(), plain.size(), level) == Z_OK,
               "compress2()");
        Bytes again(plain.size());
        uLongf size = again.size();
        demand(expand(again.data(), &size, packed.data(), packed_size) == Z_OK, "uncompress()");
        demand(again == plain, "other bytes");
    }
}

/// Milliseconds from the start of /bin/true with this library preloaded to its end.
double start_ms(const std::string& library) {
    std::string preload = "LD_PRELOAD=" + library;
    std::array<char*, 2> environment{preload.data(), nullptr};
    char name[] = "true";
    std::array<char*, 2> arguments{name, nullptr};
    const auto start = std::chrono::steady_clock::now();
    pid_t pid = 0;
    if (posix_spawn(&pid, "/bin/true", nullptr, nullptr, arguments.data(), environment.data()) !=
        0) {
        return -1;
    }
    if (exit_code_of(pid) != 0) return -1;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

boost::test_tools::assertion_result without_sanitizers(boost::unit_test::test_unit_id) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    boost::test_tools::assertion_result result(false);
    result.message() << "a sanitizer's library cannot be preloaded into another program";
    return result;
#else
    return true;
#endif
}

}  // namespace

BOOST_AUTO_TEST_SUITE(off)

BOOST_AUTO_TEST_CASE(no_thread_no_descriptor_no_file) {
    in_child({{"WARPZ_DEVICE", "none"}, {"WARPZ_ENGINE", "own"}}, [] {
        void* library = dlopen(WARPZ_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
        demand(library != nullptr, "dlopen()");
        const auto threads = thread_count();
        const auto open = descriptors();
        const auto mapped = mapped_files();
        compress_and_expand(library);
        demand(thread_count() == threads, "a thread");
        demand(descriptors() == open, "a descriptor");
        demand(mapped_files() == mapped, "a mapped file");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(no_thread_no_descriptor_on_a_machine_without_devices) {
    in_child({}, [] {
        void* library = dlopen(WARPZ_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
        demand(library != nullptr, "dlopen()");
        const auto threads = thread_count();
        const auto open = descriptors();
        compress_and_expand(library);
        demand(thread_count() == threads, "a thread");
        demand(descriptors() == open, "a descriptor");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(programs_start_as_fast, *boost::unit_test::precondition(without_sanitizers)) {
    constexpr int kStarts = 151;
    const std::string ours = WARPZ_SHARED_LIBRARY;
    const std::string systems = reference_zlib().file;
    std::vector<double> with_ours;
    std::vector<double> with_systems;
    for (int i = 0; i < kStarts; ++i) {
        with_systems.push_back(start_ms(systems));
        with_ours.push_back(start_ms(ours));
        BOOST_REQUIRE(with_systems.back() > 0);
        BOOST_REQUIRE(with_ours.back() > 0);
    }
    const double more = median(with_ours) - median(with_systems);
    BOOST_TEST_MESSAGE("start of true: " << median(with_ours) << " ms with this library, "
                                         << median(with_systems) << " ms with the system's");
    BOOST_TEST(more <= 1.0);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Streams on the pool of cores: the same bytes for any number of threads and any call sizes, no ratio lost, whole after
// fork() at any point, threads that mask all signals and are gone when the library is.
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/offload_deflater.hpp"
#include "offload/streams.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace data = boost::unit_test::data;
using namespace warpz::test;

namespace warpz::test {
std::ostream& operator<<(std::ostream& out, Sample kind) { return out << name_of(kind); }
}  // namespace warpz::test

namespace {

constexpr std::size_t kUnit = warpz::offload::kUnitBytes;

const Bytes& mixed() {
    static const Bytes bytes = make_sample(Sample::kMixed, 3'000'000);
    return bytes;
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

/// Threads of this process before the library makes any. A sanitizer's own one begins with the first other.
unsigned threads_before() {
    std::thread([] {}).join();
    return thread_count();
}

Bytes pack_on(const char* threads, const Bytes& plain, int level, std::size_t in_step,
              std::size_t out_step) {
    return in_child({{"WARPZ_THREADS", threads}}, [&] {
        Packer packer(level, 15, out_step);
        packer.write(plain.data(), plain.size(), Z_FINISH, in_step);
        return packer.out;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_DATA_TEST_CASE(the_bytes_are_the_same_for_any_number_of_threads, data::make({1, 2, 4, 6, 9}),
                     level) {
    const Bytes expected = pack_on("1", mixed(), level, ~std::size_t{0}, 1 << 16);
    BOOST_TEST((unpack_whole(expected) == mixed()));
    BOOST_TEST((pack_on("2", mixed(), level, 1000, 1 << 14) == expected));
    BOOST_TEST((pack_on("3", mixed(), level, kUnit, 777) == expected));
    BOOST_TEST((pack_on("8", mixed(), level, 100'003, 1 << 20) == expected));
}

BOOST_AUTO_TEST_CASE(lengths_around_the_cuts_of_chunks_decode) {
    in_child({{"WARPZ_THREADS", "2"}}, [] {
        for (const std::size_t units : {1, 2, 3, 4, 34}) {
            for (const int more : {-1, 0, 1}) {
                const std::size_t size = units * kUnit + static_cast<std::size_t>(more);
                const Bytes plain = make_sample(Sample::kMixed, size, units);
                for (const int window_bits : {-15, 15, 31, 9}) {
                    Packer packer(6, window_bits);
                    packer.write(plain.data(), size, Z_FINISH);
                    demand(unpack_whole(packer.out, window_bits) == plain, "other bytes");
                }
            }
        }
        return Bytes{};
    });
}

BOOST_DATA_TEST_CASE(the_ratio_is_within_a_thousandth,
                     data::make({Sample::kText, Sample::kBinary, Sample::kSkewed}), kind) {
    const Bytes plain = make_sample(kind, 16'000'000);
    const auto alone = pack_on("0", plain, 6, 1 << 16, 1 << 16).size();
    const auto pooled = pack_on("2", plain, 6, 1 << 16, 1 << 16).size();
    BOOST_TEST(pooled * 1000 <= alone * 1001, pooled << " bytes for " << alone);
}

BOOST_AUTO_TEST_CASE(small_streams_start_no_thread) {
    in_child({{"WARPZ_THREADS", "4"}}, [] {
        const unsigned before = threads_before();
        for (int i = 0; i < 50; ++i) {
            Packer packer;
            packer.write(mixed().data(), 100'000, Z_FINISH, 10'000);
        }
        demand(thread_count() == before, "a thread for small streams");
        Packer large;
        large.write(mixed().data(), mixed().size(), Z_FINISH);
        demand(thread_count() > before, "no thread for a large stream");
        demand(thread_count() <= before + 3, "more threads than were asked for");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(without_configuration_there_is_no_thread_and_no_job) {
    in_child({}, [] {
        const unsigned before = thread_count();
        Packer packer;
        packer.write(mixed().data(), mixed().size(), Z_FINISH);
        demand(thread_count() == before, "a thread");
        demand(warpz::engine::stats().pool.jobs.value() == 0, "a job");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(threads_mask_all_signals) {
    in_child({{"WARPZ_THREADS", "3"}}, [] {
        Packer packer;
        packer.write(mixed().data(), mixed().size(), Z_NO_FLUSH);
        DIR* folder = opendir("/proc/self/task");
        unsigned seen = 0;
        while (const dirent* entry = readdir(folder)) {
            if (entry->d_name[0] == '.' || std::stoi(entry->d_name) == getpid()) continue;
            std::ifstream status("/proc/self/task/" + std::string(entry->d_name) + "/status");
            for (std::string line; std::getline(status, line);) {
                if (line.rfind("SigBlk:", 0) != 0) continue;
                const auto mask = std::stoull(line.substr(7), nullptr, 16);
                constexpr unsigned long long kCannotBlock = 1ULL << 8 | 1ULL << 18;  // KILL, STOP
                constexpr unsigned long long kGlibcsOwn = 3ULL << 31;
                demand((mask | kCannotBlock | kGlibcsOwn) == ~0ULL, "a signal is not masked");
                ++seen;
            }
        }
        closedir(folder);
        demand(seen != 0, "no thread");
        return Bytes{};
    });
}

// Threads made after a fork are beyond ThreadSanitizer.
BOOST_AUTO_TEST_CASE(both_sides_of_a_fork_finish_the_stream_wherever_it_is,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    in_child({{"WARPZ_THREADS", "3"}}, [] {
        constexpr std::size_t kPiece = 40'000;
        Packer packer(6, 31, 30'000);
        unsigned forks = 0;
        for (std::size_t at = 0; at < mixed().size(); at += kPiece) {
            const std::size_t size = std::min(kPiece, mixed().size() - at);
            packer.write(mixed().data() + at, size,
                         at % (kPiece * 10) == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH);
            const int pid = fork();
            if (pid == 0) {
                int code = 1;
                try {
                    const std::size_t rest =
                        std::min<std::size_t>(mixed().size() - at - size, 400'000);
                    packer.write(mixed().data() + at + size, rest, Z_FINISH);
                    const Bytes plain = unpack_whole(packer.out, 31);
                    code = plain.size() == at + size + rest &&
                                   std::equal(plain.begin(), plain.end(), mixed().begin())
                               ? 0
                               : 2;
                } catch (...) {
                    code = 3;
                }
                // Every other child ends as main() does, with the library's end.
                if (forks % 2 == 0) std::exit(code);
                _exit(code);
            }
            ++forks;
            demand(exit_code_of(pid) == 0, "the child's stream is broken");
        }
        packer.finish();
        demand(unpack_whole(packer.out, 31) == mixed(), "the parent's stream is broken");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(sixty_four_threads_share_the_pool) {
    in_child({{"WARPZ_THREADS", "2"}}, [] {
        std::atomic<unsigned> good{0};
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 64; ++i) {
            threads.emplace_back([&good, i] {
                const Bytes plain = make_sample(kAllSamples[i % 8], 300'000 + i * 1000, i);
                for (int round = 0; round < 3; ++round) {
                    Packer packer(1 + static_cast<int>(i % 6));
                    packer.write(plain.data(), plain.size(), Z_FINISH, 20'000);
                    if (unpack_whole(packer.out) != plain) return;
                }
                ++good;
            });
        }
        for (auto& thread : threads) thread.join();
        demand(good == 64, "a stream is broken");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(callers_with_small_stacks_in_a_storm_of_signals) {
    in_child({{"WARPZ_THREADS", "3"}}, [] {
        static std::atomic<unsigned> signals{0};
        struct sigaction action {};
        action.sa_handler = [](int) { ++signals; };
        sigaction(SIGPROF, &action, nullptr);
        const itimerval often{{0, 1000}, {0, 1000}};
        setitimer(ITIMER_PROF, &often, nullptr);
        const auto run = [](void*) -> void* {
            Packer packer;
            packer.write(mixed().data(), mixed().size(), Z_FINISH, 100'000);
            return unpack_whole(packer.out) == mixed() ? &signals : nullptr;
        };
        mixed();
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 64 << 10);
        pthread_t threads[4];
        for (auto& thread : threads) {
            demand(pthread_create(&thread, &attributes, run, nullptr) == 0, "pthread_create()");
        }
        for (const auto thread : threads) {
            void* result = nullptr;
            pthread_join(thread, &result);
            demand(result != nullptr, "other bytes");
        }
        demand(signals > 10, "no storm");
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(streams_that_are_left_in_the_middle_leave_nothing_running) {
    in_child({{"WARPZ_THREADS", "3"}}, [] {
        for (int round = 0; round < 20; ++round) {
            Packer packer(9);
            packer.write(mixed().data(), 2'500'000, Z_NO_FLUSH);
            if (round % 3 == 0) demand(linked_zlib().deflateReset(&packer.strm) == Z_OK, "reset");
        }
        return Bytes{};
    });
}

BOOST_AUTO_TEST_CASE(dlclose_with_work_in_flight_ends_the_threads) {
    in_child({{"WARPZ_THREADS", "4"}}, [] {
#ifdef __SANITIZE_ADDRESS__
        __lsan_disable();  // the streams are left open on purpose
#endif
        const unsigned before = threads_before();
        for (int round = 0; round < 5; ++round) {
            void* library = dlopen(WARPZ_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
            demand(library != nullptr, "dlopen()");
            const auto init =
                reinterpret_cast<decltype(&deflateInit_)>(dlsym(library, "deflateInit_"));
            const auto step = reinterpret_cast<decltype(&deflate)>(dlsym(library, "deflate"));
            z_stream strm{};
            demand(init(&strm, 9, ZLIB_VERSION, sizeof strm) == Z_OK, "deflateInit()");
            Bytes out(1 << 20);
            strm.next_in = const_cast<Bytef*>(mixed().data());
            strm.avail_in = 1'500'000;
            strm.next_out = out.data();
            strm.avail_out = static_cast<uInt>(out.size());
            demand(step(&strm, Z_NO_FLUSH) == Z_OK, "deflate()");
            demand(thread_count() > before, "no thread");
            dlclose(library);
            demand(thread_count() == before, "a thread outlives the library");
        }
        return Bytes{};
    });
}

BOOST_AUTO_TEST_SUITE_END()

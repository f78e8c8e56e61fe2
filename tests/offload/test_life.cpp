// SPDX-License-Identifier: Zlib
// What a process may do to streams that are on an executor: use many threads, small stacks and signals, kill its
// children, unload the library. Each case for each executor; fork() at every point of a stream is in test_pool.cpp and
// test_device_faults.cpp.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "engine/stats.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"
#include "offload/run_folder.hpp"
#include "offload/streams.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace data = boost::unit_test::data;
using namespace warpz::test;
using warpz::engine::Stats;

namespace {

struct Executor {
    const char* name;
    const char* threads;
    const char* device;
    bool has_thread;  // the device works in a thread of its own, not when it is looked at

    [[nodiscard]] bool is_pool() const { return threads[0] != '0'; }
    [[nodiscard]] std::uint64_t deflated(const Stats& stats) const {
        return (is_pool() ? stats.pool : stats.deflate_queue).jobs.value();
    }
    [[nodiscard]] std::uint64_t inflated(const Stats& stats) const {
        return stats.inflate_queue.jobs.value();
    }
};

std::ostream& operator<<(std::ostream& out, const Executor& executor) {
    return out << executor.name;
}

constexpr Executor kPool{"pool", "3", "none", false};
constexpr Executor kDevice{"device", "0", "model", false};
constexpr Executor kDeviceWithThread{"device with a thread", "0", "model", true};
constexpr Executor kExecutors[] = {kPool, kDevice, kDeviceWithThread};
constexpr Executor kConfigured[] = {kPool, kDevice};  // by variables alone

/// Far more than any case takes on a slow machine.
constexpr unsigned kMostSeconds = 500;

const Bytes& mixed() {
    static const Bytes bytes = make_sample(Sample::kMixed, 3'000'000);
    return bytes;
}

const Bytes& packed_by_zlib() {
    static const Bytes bytes = [] {
        Packer packer(6, 31, 1 << 16, reference_zlib());
        packer.write(mixed().data(), mixed().size(), Z_FINISH);
        return packer.out;
    }();
    return bytes;
}

/// Runs `body` in a child whose streams go to the executor, however small they are.
void run_on(const Executor& executor, const RunFolder& folder, const std::function<void()>& body) {
    in_child(
        {{"WARPZ_THREADS", executor.threads},
         {"WARPZ_DEVICE", executor.device},
         {"WARPZ_MIN_BYTES", "1"},
         {"WARPZ_RUN_DIR", folder.path()}},
        [&] {
            if (executor.has_thread) {
                warpz::device::model::ModelOptions options;
                options.has_thread = true;
                install_model(options);
            }
            body();
            return Bytes{};
        },
        kMostSeconds);
}

/// There and back, and whether all of it was right.
bool round_trip(const Bytes& plain, int level) {
    Packer packer(level, 31);
    packer.write(plain.data(), plain.size(), Z_FINISH, 20'000);
    return unpack_whole(packer.out, 31) == plain &&
           unpack_in_pieces(packer.out, 31, 30'000, 50'000) == plain;
}

/// Nothing of the work was refused or lost by the executor, and a fair part of it was done there.
void demand_work(const Executor& executor, std::uint64_t jobs) {
    const Stats& stats = warpz::engine::stats();
    demand(executor.deflated(stats) >= jobs, "little deflating on the executor");
    demand(executor.is_pool() || executor.inflated(stats) >= jobs, "little inflating on a device");
    demand(stats.faults.value() == 0, "a lost queue");
    demand(stats.retries.value() == 0, "a job that was done again");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(life)

BOOST_DATA_TEST_CASE(sixty_four_threads_share_an_executor, data::make(kExecutors), executor) {
    const RunFolder folder;
    run_on(executor, folder, [&] {
        std::atomic<unsigned> good{0};
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 64; ++i) {
            threads.emplace_back([&good, i] {
                const Bytes plain = make_sample(kAllSamples[i % 8], 150'000 + i * 1000, i);
                for (int round = 0; round < 2; ++round) {
                    if (!round_trip(plain, 1 + static_cast<int>(i % 6))) return;
                }
                ++good;
            });
        }
        for (auto& thread : threads) thread.join();
        demand(good == 64, "a stream is broken");
        demand_work(executor, 64);
    });
}

BOOST_DATA_TEST_CASE(callers_with_small_stacks_in_a_storm_of_signals, data::make(kExecutors),
                     executor) {
    const RunFolder folder;
    run_on(executor, folder, [&] {
        static std::atomic<unsigned> signals{0};
        struct sigaction action {};
        action.sa_handler = [](int) { ++signals; };
        sigaction(SIGPROF, &action, nullptr);
        const itimerval often{{0, 1000}, {0, 1000}};
        mixed();
        setitimer(ITIMER_PROF, &often, nullptr);
        const auto run = [](void*) -> void* {
            bool is_good = true;
            while (is_good && signals < 30) is_good = round_trip(mixed(), 6);
            return is_good ? &signals : nullptr;
        };
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
        demand_work(executor, 4);
    });
}

namespace {

/// What a child that will be killed lets its parent see.
struct Progress {
    std::atomic<std::uint64_t> deflated;
    std::atomic<std::uint64_t> inflated;
};

/// Deflates and inflates for as long as it lives, after `first`. There is work in flight all the time.
[[noreturn]] void work_until_killed(const Executor& executor, Progress& progress,
                                    const std::function<void()>& first) {
    alarm(kMostSeconds);
    const auto tell = [&] {
        progress.deflated = executor.deflated(warpz::engine::stats());
        progress.inflated = executor.inflated(warpz::engine::stats());
    };
    try {
        first();
        for (;;) {
            Packer packer(6, 31);
            for (std::size_t at = 0; at + 50'000 <= mixed().size(); at += 50'000) {
                packer.write(mixed().data() + at, 50'000, Z_NO_FLUSH);
                tell();
            }
            unpack_in_pieces(packed_by_zlib(), 31, 20'000, 60'000, [&](z_stream&) { tell(); });
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "work_until_killed: %s\n", error.what());
    }
    _exit(1);
}

/// Forks a child and kills it when the executor has done so many jobs for it.
void kill_a_child_at_work(const Executor& executor, std::uint64_t jobs,
                          const std::function<void()>& first) {
    void* memory =
        mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    demand(memory != MAP_FAILED, "mmap()");
    auto& progress = *::new (memory) Progress{};
    const int pid = fork();
    if (pid == 0) work_until_killed(executor, progress, first);
    while (progress.deflated < jobs || (!executor.is_pool() && progress.inflated < jobs)) {
        demand(waitpid(pid, nullptr, WNOHANG) == 0, "the child has ended by itself");
        usleep(100);
    }
    kill(pid, SIGKILL);
    demand(exit_code_of(pid) == 128 + SIGKILL, "not killed");
    munmap(memory, sizeof(Progress));
}

}  // namespace

BOOST_DATA_TEST_CASE(a_child_that_is_killed_at_work_harms_nothing_in_its_parent,
                     data::make(kExecutors), executor) {
#ifdef __SANITIZE_THREAD__
    if (executor.is_pool() || executor.has_thread) {
        BOOST_TEST_MESSAGE("skipped: ThreadSanitizer does not follow threads made after a fork");
        return;
    }
#endif
    const RunFolder folder;
    run_on(executor, folder, [&] {
        mixed();
        packed_by_zlib();
        // The parent is in the middle of a stream of either direction, with jobs of its own under way.
        Packer packer(6, 31, 30'000);
        constexpr std::size_t kPiece = 500'000;
        std::size_t given = 0;
        unsigned calls = 0;
        const Bytes plain = unpack_in_pieces(packed_by_zlib(), 31, 20'000, 60'000, [&](z_stream&) {
            if (++calls % 8 != 0 || given == mixed().size()) return;
            packer.write(mixed().data() + given, kPiece, Z_NO_FLUSH);
            given += kPiece;
            kill_a_child_at_work(executor, given / kPiece * 3 - 2, [&] { packer.finish(); });
        });
        demand(plain == mixed(), "the parent's inflating stream is broken");
        demand(given == mixed().size(), "too few children");
        packer.finish();
        demand(unpack_whole(packer.out, 31) == mixed(), "the parent's deflating stream is broken");

        const std::uint64_t before = executor.deflated(warpz::engine::stats());
        demand(round_trip(mixed(), 6), "new streams are broken");
        demand_work(executor, before + 4);
    });
}

namespace {

/// Where the file is mapped into this process.
unsigned mappings_of(const std::string& path) {
    std::ifstream maps("/proc/self/maps");
    unsigned count = 0;
    for (std::string line; std::getline(maps, line);) count += line.find(path) != line.npos;
    return count;
}

/// The library as a program loads it, in the middle of two streams that nobody will end.
class LoadedLibrary {
  public:
    LoadedLibrary() : library_(dlopen(WARPZ_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL)) {
        demand(library_ != nullptr, "dlopen()");
    }
    ~LoadedLibrary() { dlclose(library_); }
    LoadedLibrary(const LoadedLibrary&) = delete;
    LoadedLibrary& operator=(const LoadedLibrary&) = delete;

    /// Gives all input and takes next to no output: jobs that are done now are not used, and a device has done one.
    void begin_deflating() {
        const auto init = find<decltype(&deflateInit_)>("deflateInit_");
        const auto step = find<decltype(&deflate)>("deflate");
        demand(init(&deflating_, 9, ZLIB_VERSION, sizeof deflating_) == Z_OK, "deflateInit()");
        deflating_.next_in = const_cast<Bytef*>(mixed().data());
        deflating_.avail_in = static_cast<uInt>(mixed().size());
        for (const int flush : {Z_NO_FLUSH, Z_FINISH}) {
            // The first chunks are used up; the last one becomes several jobs at once.
            deflating_.next_out = out_.data();
            deflating_.avail_out = flush == Z_FINISH ? 1000 : static_cast<uInt>(out_.size());
            demand(step(&deflating_, flush) == Z_OK, "deflate()");
        }
        demand(deflating_.avail_in == 0 && deflating_.avail_out == 0, "deflate() is not busy");
    }
    void begin_inflating() {
        const auto init = find<decltype(&inflateInit2_)>("inflateInit2_");
        const auto step = find<decltype(&inflate)>("inflate");
        demand(init(&inflating_, 31, ZLIB_VERSION, sizeof inflating_) == Z_OK, "inflateInit2()");
        inflating_.next_in = const_cast<Bytef*>(packed_by_zlib().data());
        inflating_.avail_in = 500'000;
        inflating_.next_out = out_.data();
        inflating_.avail_out = 1'000'000;
        demand(step(&inflating_, Z_NO_FLUSH) == Z_OK, "inflate()");
    }

  private:
    template <class Function>
    Function find(const char* name) {
        return reinterpret_cast<Function>(dlsym(library_, name));
    }

    void* library_;
    z_stream deflating_{};
    z_stream inflating_{};
    Bytes out_ = Bytes(4 << 20);
};

}  // namespace

BOOST_DATA_TEST_CASE(dlclose_with_work_in_flight_leaves_nothing, data::make(kConfigured),
                     executor) {
    const RunFolder folder;
    const std::string file = std::filesystem::canonical(WARPZ_SHARED_LIBRARY);
    run_on(executor, folder, [&] {
#ifdef __SANITIZE_ADDRESS__
        __lsan_disable();  // the streams are left open on purpose
#endif
        packed_by_zlib();
        const unsigned before = threads_before();
        for (int round = 0; round < 5; ++round) {
            {
                LoadedLibrary library;
                demand(mappings_of(file) != 0, "not mapped, or by another name");
                library.begin_inflating();
                library.begin_deflating();
                demand((thread_count() > before) == executor.is_pool(), "threads");
                const RunFolder::Page page = folder.read_page();
                demand(page != nullptr, "no page of counters");
                const Stats& stats = page->stats;
                demand(executor.deflated(stats) > 4, "little deflating on the executor");
                demand(executor.is_pool() || executor.inflated(stats) != 0, "no inflating");
                const std::uint64_t used =
                    stats.pool.in_bytes.value() + stats.deflate_queue.in_bytes.value();
                constexpr std::size_t kMostInAJob = 256 << 10;
                demand(used + kMostInAJob < mixed().size(), "nothing is in flight");
            }
            demand(thread_count() == before, "a thread outlives the library");
            demand(mappings_of(file) == 0, "a mapping of the library");
            demand(mappings_of(folder.path()) == 0, "a mapping of the counters");
            demand(folder.names().empty(), "the page of counters");
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

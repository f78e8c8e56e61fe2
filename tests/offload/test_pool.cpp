// SPDX-License-Identifier: Zlib
// Streams on the pool of cores: the same bytes for any number of threads and any call sizes, no ratio lost, whole after
// fork() at any point, threads that mask all signals. What a hard life does to it is in test_life.cpp.
#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "engine/deflate_stream.hpp"
#include "engine/stats.hpp"
#include "offload/executors.hpp"
#include "offload/in_child.hpp"
#include "offload/offload_deflater.hpp"
#include "offload/streams.hpp"

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

BOOST_DATA_TEST_CASE(input_that_is_put_in_its_place_makes_the_same_bytes, data::make({1, 6}),
                     level) {
    namespace engine = warpz::engine;
    const Bytes expected = pack_on("2", mixed(), level, ~std::size_t{0}, 1 << 16);
    const Bytes packed = in_child({{"WARPZ_THREADS", "2"}}, [&] {
        const engine::DeflateSettings settings{.level = level,
                                               .strategy = warpz::deflate::Strategy::kDefault,
                                               .window_bits = 15,
                                               .mem_level = 8,
                                               .wrap = engine::Wrap::kZlib,
                                               .may_allocate = true,
                                               .offload = warpz::offload::deflate_offload()};
        Bytes memory(settings.memory_layout().total_bytes);
        engine::DeflateStream stream;
        stream.create(settings, memory.data());
        Bytes out(mixed().size());
        engine::Space space{out.data(), out.size()};
        std::size_t taken = 0;
        std::size_t in_place = 0;
        const auto step = [&](engine::Bytes in, engine::Flush flush) {
            const std::size_t offered = in.avail;
            const warpz::Status status = stream.step(in, space, flush, nullptr, taken);
            demand(in.avail == 0, "input that was not taken");
            taken += offered;
            return status;
        };
        while (taken != mixed().size()) {
            const engine::Bytes rest{mixed().data() + taken, mixed().size() - taken};
            const engine::Space place = stream.input_space();
            const std::size_t size =
                std::min({rest.avail, place.avail != 0 ? place.avail : 5000, std::size_t{200'000}});
            if (place.avail != 0) std::copy_n(rest.next, size, place.next);
            in_place += place.avail != 0 ? size : 0;
            static_cast<void>(
                step({place.avail != 0 ? place.next : rest.next, size}, engine::Flush::kNone));
        }
        demand(in_place > mixed().size() / 2, "little had a place");
        demand(step({}, engine::Flush::kFinish) == warpz::Status::kStreamEnd, "no end");
        stream.destroy();
        out.resize(out.size() - space.avail);
        return out;
    });
    BOOST_TEST((packed == expected));
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

BOOST_AUTO_TEST_CASE(urgent_jobs_come_first_in_their_order) {
    using warpz::offload::CorePool;
    using warpz::offload::Job;
    const Bytes order = in_child({}, [] {
        struct Note : Job {
            std::size_t place = 0;
        };
        static std::atomic<bool> may_end{false};
        static std::atomic<std::size_t> done{0};
        static constexpr std::size_t kJobs = 7;
        static Note notes[kJobs];
        CorePool& pool = *CorePool::of_process(2);
        for (Note& note : notes) {
            note.task = [](Job& job) noexcept {
                while (!may_end.load()) sched_yield();
                static_cast<Note&>(job).place = done.load();
                done.fetch_add(1);
            };
        }
        // The only thread has the first; 2, 4 and 5 are urgent, and 4 is taken back.
        const bool has_thread = pool.submit(notes[0]);
        while (notes[0].state.load() == Job::kQueued) sched_yield();
        for (std::size_t i = 1; i < kJobs; ++i)
            (void)pool.submit(notes[i], i == 2 || i == 4 || i == 5);
        const bool is_back = pool.withdraw(notes[4]);
        (void)pool.submit(notes[4], true);
        may_end.store(true);
        while (done.load() != kJobs) sched_yield();
        Bytes places{has_thread, is_back};
        for (const Note& note : notes) places.push_back(static_cast<std::uint8_t>(note.place));
        return places;
    });
    BOOST_TEST((order == Bytes{1, 1, 0, 4, 1, 5, 3, 2, 6}));
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

BOOST_AUTO_TEST_SUITE_END()

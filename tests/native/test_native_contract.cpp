// SPDX-License-Identifier: Zlib
// What warpz.h promises beside the results: whose turn it is, what an event and a time-out mean, that too little space and
// damage are told apart, what lengths there are, and that jobs are done when no thread can be had.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <thread>

#include "offload/in_child.hpp"
#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"

using namespace warpz::test;
using warpz::native::Context;
using warpz::native::make_job;
using warpz::native::Stream;

namespace {

Context make_context(unsigned flags, unsigned threads = 0) {
    warpz_options options{};
    options.threads = threads;
    options.flags = flags;
    return Context::create(options);
}

unsigned cores_of(const Context& context) {
    warpz_capabilities found{};
    warpz_query(context.get(), &found);
    return found.cores;
}

// Jobs over the same input, each with room of its own.
struct Jobs {
    Jobs(std::size_t bytes, int level, unsigned count)
        : in(make_sample(Sample::kText, bytes)), out(count, Bytes(warpz_bound(bytes))) {
        for (auto& space : out) {
            all.push_back(make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(in)),
                                   std::as_writable_bytes(std::span(space)), level));
        }
    }
    Bytes in;
    std::vector<Bytes> out;
    std::vector<warpz_job> all;
};

void take_all(Context& context) {
    warpz_job* done[8];
    while (context.pending() != 0) (void)context.wait(done);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_contract)

BOOST_AUTO_TEST_CASE(an_event_stays_as_long_as_there_is_something_to_take) {
    Context context = make_context(WARPZ_EVENTS | WARPZ_NO_DEVICE);
    Jobs jobs(20'000, 6, 10);
    for (auto& job : jobs.all) BOOST_REQUIRE(context.submit(job) == 1);
    // One is taken at a time, and the descriptor asked before each.
    for (unsigned taken = 0; taken < 10;) {
        pollfd event{context.event_fd(), POLLIN, 0};
        BOOST_REQUIRE(::poll(&event, 1, 10'000) == 1);
        BOOST_TEST(warpz_poll(context.get(), nullptr, 0) == 0);  // takes none
        warpz_job* done[1];
        taken += static_cast<unsigned>(context.poll(done));
    }
    warpz_job* done[1];
    BOOST_TEST(context.poll(done) == 0);
    pollfd event{context.event_fd(), POLLIN, 0};
    BOOST_TEST(::poll(&event, 1, 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_wait_without_time_does_no_jobs) {
    Context context = make_context(WARPZ_NO_DEVICE);
    Jobs jobs(100'000, 6, 6);
    for (auto& job : jobs.all) BOOST_REQUIRE(context.submit(job) == 1);
    warpz_job* done[1];
    while (context.pending() != 0) {
        if (context.wait(done, 0) == 0) std::this_thread::yield();
    }
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    BOOST_TEST(statistics.helped == 0U);
    BOOST_TEST(statistics.jobs[cores_of(context) == 1 ? WARPZ_INLINE : WARPZ_POOL] == 6U);
}

BOOST_AUTO_TEST_CASE(who_waits_helps_with_urgent_jobs_first,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    const Bytes result = in_child({}, [] {
        Context context = make_context(WARPZ_NO_DEVICE, 2);
        Jobs busy(10'000'000, 9, 1);
        Jobs jobs(5'000, 6, 5);
        (void)context.submit(busy.all[0]);
        // The only thread has that when output appears.
        while (std::atomic_ref(busy.out[0][0]).load() == 0) std::this_thread::yield();
        jobs.all[1].priority = jobs.all[3].priority = WARPZ_LATENCY;
        for (auto& job : jobs.all) (void)context.submit(job);
        Bytes order;
        while (order.size() < 2) {
            warpz_job* done[1];
            if (context.wait(done) == 1 && done[0] != &busy.all[0])
                order.push_back(static_cast<std::uint8_t>(done[0] - jobs.all.data()));
        }
        take_all(context);
        return order;
    });
    BOOST_TEST((result == Bytes{1, 3}));
}

BOOST_AUTO_TEST_CASE(jobs_are_done_where_no_thread_can_be_had,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    const Bytes result = in_child({}, [] {
        // Only threads: sanitizers look for leaks from a process of their own.
        sock_filter program[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 4, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 2),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),  // then clone() is tried
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
        Bytes codes;
        codes.push_back(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
        Context context = make_context(WARPZ_NO_DEVICE | WARPZ_EVENTS, 3);
        Jobs jobs(50'000, 6, 4);
        for (auto& job : jobs.all) (void)context.submit(job);
        // An event loop, which never waits otherwise.
        while (context.pending() != 0) {
            pollfd event{context.event_fd(), POLLIN, 0};
            if (::poll(&event, 1, 5000) != 1) break;
            warpz_job* done[4];
            (void)context.poll(done);
        }
        for (auto& job : jobs.all) codes.push_back(job.status == WARPZ_OK && job.produced != 0);
        return codes;
    });
    BOOST_TEST((result == Bytes(5, 1)));
}

BOOST_AUTO_TEST_CASE(too_little_space_is_not_damage_nor_damage_too_little_space) {
    Context context = make_context(WARPZ_NO_DEVICE);
    // Of 20 zeros the last byte has been looked at when the space ends.
    for (const auto& [kind, bytes] :
         {std::pair{Sample::kText, 700}, {Sample::kZeros, 20}, {Sample::kRandom, 700}}) {
        const Bytes plain = make_sample(kind, static_cast<std::size_t>(bytes));
        for (int format = WARPZ_ZLIB; format <= WARPZ_RAW; ++format) {
            Bytes packed(warpz_bound(plain.size()));
            warpz_job job = make_job(WARPZ_DEFLATE, static_cast<warpz_format>(format),
                                     std::as_bytes(std::span(plain)),
                                     std::as_writable_bytes(std::span(packed)), 9);
            BOOST_REQUIRE(context.run(job) == WARPZ_OK);
            packed.resize(job.produced);
            for (std::size_t space = 0; space <= plain.size(); ++space) {
                Bytes again(space);
                warpz_job back = make_job(WARPZ_INFLATE, static_cast<warpz_format>(format),
                                          std::as_bytes(std::span(packed)),
                                          std::as_writable_bytes(std::span(again)));
                BOOST_TEST(context.run(back) ==
                           (space == plain.size() ? WARPZ_OK : WARPZ_ERROR_NO_SPACE));
            }
            for (std::size_t size = 0; size < packed.size(); ++size) {
                for (const std::size_t more : {0, 1}) {
                    Bytes again(plain.size() + more);
                    warpz_job back = make_job(WARPZ_INFLATE, static_cast<warpz_format>(format),
                                              std::as_bytes(std::span(packed).first(size)),
                                              std::as_writable_bytes(std::span(again)));
                    BOOST_TEST(context.run(back) == WARPZ_ERROR_DATA);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_the_caller_sets_stays_and_counts_are_of_this_run) {
    Context context = make_context(WARPZ_NO_DEVICE);
    Jobs jobs(3000, 6, 1);
    warpz_job& job = jobs.all[0];
    job.flush = WARPZ_SYNC_FLUSH;  // of no meaning here
    BOOST_TEST(context.run(job) == WARPZ_OK);
    BOOST_TEST(job.flush == WARPZ_SYNC_FLUSH);
    job.level = 99;
    BOOST_TEST(context.run(job) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(job.consumed + job.produced == 0U);
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    BOOST_TEST(statistics.in_bytes == 3000U);
}

BOOST_AUTO_TEST_CASE(a_stream_at_work_is_left_alone) {
    Context context = make_context(WARPZ_NO_DEVICE);
    Stream stream = Stream::create(WARPZ_DEFLATE, WARPZ_ZLIB);
    Jobs jobs(300'000, 9, 1);
    warpz_job& job = jobs.all[0];
    job.stream = stream.get();
    job.flush = WARPZ_FINISH;
    BOOST_REQUIRE(context.submit(job) == 1);
    BOOST_TEST(warpz_stream_set_dictionary(stream.get(), "abc", 3) == WARPZ_ERROR_BUSY);
    stream.reset();
    take_all(context);
    BOOST_TEST(job.status == WARPZ_STREAM_END);
    // What has written a header has no dictionary any more.
    stream.reset();
    job.in_bytes = 0;
    job.flush = WARPZ_SYNC_FLUSH;
    BOOST_TEST(context.run(job) == WARPZ_OK);
    BOOST_TEST(job.produced > 2U);
    BOOST_TEST(warpz_stream_set_dictionary(stream.get(), "abc", 3) == WARPZ_ERROR_PARAMETER);
}

BOOST_AUTO_TEST_CASE(a_child_frees_nothing_of_a_job_that_a_thread_had,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    const Bytes result = in_child({}, [] {
        Context context = make_context(WARPZ_NO_DEVICE, 2);
        const Bytes plain(std::size_t{50} << 20);
        Bytes packed(std::size_t{1} << 20);
        Bytes again(plain.size());
        warpz_job job = make_job(WARPZ_DEFLATE, WARPZ_RAW, std::as_bytes(std::span(plain)),
                                 std::as_writable_bytes(std::span(packed)), 1);
        job.dictionary = "two words";
        job.dictionary_bytes = 9;
        (void)context.run(job);
        warpz_job back =
            make_job(WARPZ_INFLATE, WARPZ_RAW, std::as_bytes(std::span(packed).first(job.produced)),
                     std::as_writable_bytes(std::span(again)));
        back.dictionary = job.dictionary;
        back.dictionary_bytes = 9;
        (void)context.submit(back);
        ::poll(nullptr, 0, 5);  // a thread is in the middle of it
        const int pid = fork();
        if (pid == 0) {
            context = Context();
            _exit(0);
        }
        Bytes codes{static_cast<std::uint8_t>(exit_code_of(pid))};
        take_all(context);
        codes.push_back(back.status == WARPZ_OK && again == plain);
        return codes;
    });
    BOOST_TEST((result == Bytes{0, 1}));
}

// 4 GiB and something of zeros, there and back: all of it is the page of zeros, and a few pages that repeat.
BOOST_AUTO_TEST_CASE(lengths_are_not_of_32_bits, *boost::unit_test::timeout(250)) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
    BOOST_TEST_MESSAGE("skipped: it takes minutes in this build");
#else
    constexpr std::size_t kPiece = std::size_t{64} << 20;
    constexpr std::size_t kPieces = 65;
    constexpr std::size_t kBytes = kPiece * kPieces - 1234;
    void* const zeros = mmap(nullptr, kPiece * kPieces, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void* const place = mmap(nullptr, kPiece * kPieces, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const int file = memfd_create("plain", 0);
    BOOST_REQUIRE((zeros != MAP_FAILED && place != MAP_FAILED && file >= 0));
    BOOST_REQUIRE(ftruncate(file, kPiece) == 0);
    for (std::size_t i = 0; i < kPieces; ++i) {
        BOOST_REQUIRE(mmap(static_cast<std::byte*>(place) + i * kPiece, kPiece,
                           PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED);
    }
    close(file);
    BOOST_TEST(warpz_bound(kBytes) > kBytes);
    Context context = make_context(WARPZ_NO_DEVICE);
    Bytes packed(std::size_t{32} << 20);
    warpz_job job = make_job(WARPZ_DEFLATE, WARPZ_GZIP, {static_cast<std::byte*>(zeros), kBytes},
                             std::as_writable_bytes(std::span(packed)), 1);
    BOOST_REQUIRE(context.submit(job) == 1);
    take_all(context);
    BOOST_TEST(job.status == WARPZ_OK);
    BOOST_TEST(job.consumed == kBytes);
    warpz_job back =
        make_job(WARPZ_INFLATE, WARPZ_GZIP, std::as_bytes(std::span(packed).first(job.produced)),
                 {static_cast<std::byte*>(place), kBytes});
    BOOST_REQUIRE(context.submit(back) == 1);
    take_all(context);
    BOOST_TEST(back.status == WARPZ_OK);
    BOOST_TEST(back.produced == kBytes);
    BOOST_TEST(back.consumed == job.produced);
    BOOST_TEST(back.check == job.check);
    munmap(zeros, kPiece * kPieces);
    munmap(place, kPiece * kPieces);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Jobs of warpz.h on the model device, which the environment names: what it makes is whole streams, and once its queue is
// open a job makes no system call.
#define BOOST_TEST_MODULE native_device
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "native/batch.hpp"
#include "offload/in_child.hpp"
#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz::test;
using warpz::native::Context;

namespace {

constexpr std::size_t kPageBytes = 16384;

// From here on the kernel kills the process for any call but exit, and the clock's, which is one only where the kernel
// gives user space no clock of its own.
bool forbid_system_calls() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_device)

BOOST_AUTO_TEST_CASE(jobs_on_the_device_make_no_system_calls,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    const int pid = fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        setenv("WARPZ_VERIFY", "0", 1);
        Batch batch(make_sample(Sample::kText, kPageBytes));
        Context context = Context::create();
        int code = context ? batch.run_both(context) : 9;
        if (code != 0 || !forbid_system_calls()) _exit(code | 64);
        for (unsigned round = 0; code == 0 && round < 25; ++round) code = batch.run_both(context);
        syscall(SYS_exit, code);
    }
    BOOST_TEST(exit_code_of(pid) == 0);
}

BOOST_AUTO_TEST_CASE(streams_from_the_device_are_whole) {
    Context context = Context::create();
    BOOST_REQUIRE(context);
    warpz_capabilities found{};
    warpz_query(context.get(), &found);
    BOOST_TEST(found.has_device == 1);
    BOOST_TEST(found.device_min_bytes == 1U);
    for (const Sample kind : kAllSamples) {
        for (int format = WARPZ_ZLIB; format <= WARPZ_RAW; ++format) {
            // The last 0 to 3 bytes are not the device's.
            for (const std::size_t size : {4, 5, 1001, 16383, 16384, 70'002}) {
                const Bytes plain = make_sample(kind, size);
                Bytes packed(warpz_bound(size));
                warpz_job job = warpz::native::make_job(
                    WARPZ_DEFLATE, static_cast<warpz_format>(format),
                    std::as_bytes(std::span(plain)), std::as_writable_bytes(std::span(packed)));
                BOOST_REQUIRE(context.submit(job) == 1);
                warpz_job* done[1];
                BOOST_REQUIRE(context.wait(done, 10'000) == 1);
                BOOST_TEST(job.status == WARPZ_OK);
                BOOST_TEST(job.executor == WARPZ_DEVICE);
                Bytes again(size + 1);
                warpz_job back = job;
                back.operation = WARPZ_INFLATE;
                back.in = packed.data();
                back.in_bytes = job.produced;
                back.out = again.data();
                back.out_space = again.size();
                BOOST_TEST(context.run(back) == WARPZ_OK);
                BOOST_TEST(back.consumed == job.produced);
                again.resize(back.produced);
                BOOST_TEST((again == plain));
            }
        }
    }
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    BOOST_TEST(statistics.device_retries == 0U);
}

BOOST_AUTO_TEST_CASE(an_event_tells_of_what_the_device_has_done) {
    warpz_options options{};
    options.flags = WARPZ_EVENTS;
    Context context = Context::create(options);
    BOOST_REQUIRE(context);
    for (const int format : {WARPZ_ZLIB, WARPZ_GZIP, WARPZ_RAW}) {
        Batch batch(make_sample(Sample::kMixed, kPageBytes), format);
        for (unsigned round = 0; round < 5; ++round) BOOST_TEST(batch.run_both(context) == 0);
    }
    pollfd event{context.event_fd(), POLLIN, 0};
    BOOST_TEST(::poll(&event, 1, 0) == 0);
    // With jobs under way, and by waiting.
    Batch batch(make_sample(Sample::kText, kPageBytes));
    batch.make_deflate_jobs();
    warpz_job* done[Batch::kJobs];
    for (auto& job : batch.jobs) BOOST_REQUIRE(context.submit(job) == 1);
    BOOST_TEST(context.wait(done) > 0);
    context = Context();
    for (auto& job : batch.jobs) BOOST_TEST(job.status == WARPZ_OK);
}

// What inflating says of damaged streams does not depend on who does it.
BOOST_AUTO_TEST_CASE(a_device_s_verdicts_are_software_s) {
    Context context = Context::create();
    warpz_options options{};
    options.flags = WARPZ_NO_DEVICE;
    Context software = Context::create(options);
    warpz_capabilities none{};
    warpz_query(software.get(), &none);
    BOOST_TEST(none.has_device == 0);
    Random random(7);
    const Bytes plain = make_sample(Sample::kText, 3000);
    unsigned by_device = 0;
    for (int format = WARPZ_ZLIB; format <= WARPZ_RAW; ++format) {
        Bytes packed(warpz_bound(plain.size()));
        warpz_job job = warpz::native::make_job(WARPZ_DEFLATE, static_cast<warpz_format>(format),
                                                std::as_bytes(std::span(plain)),
                                                std::as_writable_bytes(std::span(packed)));
        BOOST_REQUIRE(software.run(job) == WARPZ_OK);
        packed.resize(job.produced);
        for (unsigned round = 0; round < 200; ++round) {
            Bytes input = packed;
            Bytes room(plain.size() + random.below(20));
            if (round % 4 == 1) input[random.below(static_cast<unsigned>(input.size()))] ^= 0x10;
            if (round % 4 == 2) input.resize(random.below(static_cast<unsigned>(input.size())));
            if (round % 4 == 3) input.insert(input.end(), 5, 0x1f);
            if (round % 7 == 1) room.resize(random.below(3000));
            Bytes other = room;
            warpz_job one = warpz::native::make_job(
                WARPZ_INFLATE, static_cast<warpz_format>(format), std::as_bytes(std::span(input)),
                std::as_writable_bytes(std::span(room)));
            warpz_job two = one;
            two.out = other.data();
            warpz_job* done[1];
            BOOST_REQUIRE(context.submit(one) == 1);
            BOOST_REQUIRE(context.wait(done) == 1);
            BOOST_TEST(software.run(two) == one.status);
            by_device += one.executor == WARPZ_DEVICE;
            if (one.status != WARPZ_OK) continue;
            BOOST_TEST(one.consumed == two.consumed);
            BOOST_TEST(one.check == two.check);
            BOOST_REQUIRE(one.produced == two.produced);
            room.resize(one.produced);
            other.resize(one.produced);
            BOOST_TEST((room == other));
        }
    }
    BOOST_TEST(by_device > 100U);
}

BOOST_AUTO_TEST_CASE(a_child_finds_queues_of_its_own,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    for (const unsigned flags : {0U, static_cast<unsigned>(WARPZ_EVENTS)}) {
        warpz_options options{};
        options.flags = flags;
        Context context = Context::create(options);
        Batch batch(make_sample(Sample::kText, kPageBytes));
        BOOST_TEST(batch.run_both(context) == 0);
        batch.make_deflate_jobs();
        for (auto& job : batch.jobs) BOOST_REQUIRE(context.submit(job) == 1);
        const Bytes codes = in_child({}, [&] {
            warpz_job* done[1];
            Bytes seen;
            seen.push_back(static_cast<std::uint8_t>(context.poll(done)));
            context = Context();
            Context own = Context::create(options);
            Batch another(batch.page);
            seen.push_back(static_cast<std::uint8_t>(another.run_both(own)));
            return seen;
        });
        BOOST_TEST((codes == Bytes{static_cast<std::uint8_t>(WARPZ_ERROR_FORKED), 0}));
        warpz_job* done[Batch::kJobs];
        while (context.pending() != 0) BOOST_REQUIRE(context.wait(done) > 0);
        for (auto& job : batch.jobs) BOOST_TEST(job.executor == WARPZ_DEVICE);
    }
}

BOOST_AUTO_TEST_CASE(what_a_device_cannot_do_the_pool_does) {
    warpz_options options{};
    options.threads = 2;
    Context context = Context::create(options);
    const Bytes plain = make_sample(Sample::kText, 50'000);
    Bytes packed(warpz_bound(plain.size()));
    warpz_job* done[1];
    for (unsigned what = 0; what < 3; ++what) {
        warpz_job job =
            warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(plain)),
                                    std::as_writable_bytes(std::span(packed)));
        if (what == 0) job.level = 10;
        if (what == 1) job.out_space = plain.size();
        if (what == 2) {
            job.dictionary = plain.data();
            job.dictionary_bytes = 100;
        }
        BOOST_REQUIRE(context.submit(job) == 1);
        BOOST_REQUIRE(context.wait(done) == 1);
        BOOST_TEST(job.status == WARPZ_OK);
        BOOST_TEST(job.executor != WARPZ_DEVICE);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Jobs of warpz.h on the model device, which the environment names: what it makes is whole streams, and once its queue is
// open a job makes no system call.
#define BOOST_TEST_MODULE native_device
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "offload/in_child.hpp"
#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"
#include "zlib.h"

using namespace warpz::test;
using warpz::native::Context;

namespace {

constexpr std::size_t kPageBytes = 16384;

// 0 when all of `rounds` batches of 32 pages come back from the device.
int do_batches(Context& context, const Bytes& page, std::vector<Bytes>& packed, unsigned rounds) {
    warpz_job jobs[32];
    warpz_job* pointers[32];
    warpz_job* done[32];
    for (unsigned round = 0; round < rounds; ++round) {
        for (unsigned i = 0; i < 32; ++i) {
            jobs[i] =
                warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(page)),
                                        std::as_writable_bytes(std::span(packed[i])), 1);
            pointers[i] = &jobs[i];
        }
        if (context.submit(pointers) != 32) return 10;
        while (context.pending() != 0) {
            const int count = context.wait(done);
            if (count <= 0) return 11;
            for (int i = 0; i < count; ++i) {
                if (done[i]->status != WARPZ_OK || done[i]->executor != WARPZ_DEVICE) return 12;
            }
        }
    }
    return 0;
}

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

BOOST_AUTO_TEST_CASE(jobs_on_the_device_make_no_system_calls) {
    const int pid = fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        setenv("WARPZ_VERIFY", "0", 1);
        const Bytes page = make_sample(Sample::kText, kPageBytes);
        std::vector<Bytes> packed(32, Bytes(warpz_bound(kPageBytes)));
        Context context = Context::create();
        int code = context ? do_batches(context, page, packed, 2) : 9;
        if (code != 0 || !forbid_system_calls()) _exit(code | 64);
        code = do_batches(context, page, packed, 50);
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

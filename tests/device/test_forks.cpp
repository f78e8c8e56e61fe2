// SPDX-License-Identifier: Zlib
// What becomes of queues, pools and devices when the process forks, and of signals when a device has a thread.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/data/test_case.hpp>
#include <cstring>
#include <thread>

#include "base/process_stamp.hpp"
#include "device/device_fixture.hpp"
#include "device/fake_uacce.hpp"
#include "device/uacce_device.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;
using model::ModelOptions;

namespace {

/// Runs `body` in a forked child and requires that it returns true there.
template <class Body>
void in_child(Body body) {
    const pid_t child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(body() ? 0 : 1);
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forks)

BOOST_AUTO_TEST_CASE(stamps_tell_processes_apart) {
    const std::uint64_t mine = process_stamp();
    BOOST_TEST(mine != 0U);
    BOOST_TEST(process_stamp() == mine);
    std::uint64_t in_thread = 0;
    std::thread([&] { in_thread = process_stamp(); }).join();
    BOOST_TEST(in_thread == mine);
    in_child([mine] {
        const std::uint64_t childs = process_stamp();
        if (childs == mine || childs != process_stamp()) return false;
        const pid_t grandchild = fork();
        if (grandchild == 0) _exit(process_stamp() != childs && process_stamp() != mine ? 0 : 1);
        int status = 0;
        waitpid(grandchild, &status, 0);
        return status == 0 && process_stamp() == childs;
    });
    BOOST_TEST(process_stamp() == mine);
}

BOOST_DATA_TEST_CASE(a_child_loses_what_is_in_flight_and_the_parent_nothing,
                     boost::unit_test::data::make({false, true}) *
                         boost::unit_test::data::make({false, true}),
                     has_thread, is_bounce) {
    ModelOptions options;
    options.has_thread = has_thread;
    options.address_mode = is_bounce ? AddressMode::kBounce : AddressMode::kShared;
    const Model device = make_model(options);
    const Bytes in = make_sample(Sample::kText, 20'000);
    for (std::size_t before = 0; before <= 4; ++before) {
        const Context context = make_context();
        const Queue queue = open_queue(*device, Operation::kDeflate);
        std::vector<Bytes> outs(4, Bytes(deflate_output_bytes(in.size())));
        for (std::size_t i = 0; i < 4; ++i) {
            BOOST_REQUIRE_EQUAL(
                queue->submit({.format = Format::kRaw, .in = in, .out = outs[i], .tag = i}),
                Status::kOk);
        }
        Completion done[4];
        for (std::size_t i = 0; i < before; ++i)
            BOOST_TEST(queue->wait({done + i, 1}, 60'000'000) == 1U);

        // The rings are not mapped in the child: touching them would end it.
        in_child([&] {
            Completion lost[5];
            if (queue->wait(lost, 1'000'000) != 4 - before) return false;
            for (std::size_t i = 0; i < 4 - before; ++i) {
                if (lost[i].outcome != Outcome::kLost || lost[i].tag != before + i) return false;
            }
            if (before != 4 && queue->fault() != Fault::kForked) return false;
            if (queue->submit({.in = in, .out = outs[0]}) != Status::kNoDevice) return false;
            context->restart();
            queue->stop();
            QueuePair::close(queue.get());
            // A queue of its own works.
            const Result<QueuePair*> own = QueuePair::open(*device, Operation::kDeflate, {});
            if (!own || !round_trip(**own, in)) return false;
            QueuePair::close(*own);
            return true;
        });
        for (std::size_t i = before; i < 4; ++i)
            BOOST_TEST(queue->wait({done + i, 1}, 60'000'000) == 1U);
        for (std::size_t i = 0; i < 4; ++i) {
            BOOST_TEST(done[i].outcome == Outcome::kDone);
            outs[i].resize(done[i].produced);
            outs[i].insert(outs[i].end(), {0x03, 0x00});
            BOOST_TEST((inflate_by_zlib(Format::kRaw, outs[i]) == in));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_uacce_childs_exit_does_not_stop_the_parents_queue) {
    FakeKernel kernel({});
    FakeRoot root;
    root.add_device("hisi_zip-0");  // and not short of queues
    UacceNode node{};
    std::strcpy(node.info.name, "hisi_zip-0");
    node.info.formats = 7;
    node.info.generation = Generation::kV3;
    node.mmio_bytes = kernel.options.mmio_bytes;
    node.dus_bytes = kernel.options.dus_bytes;
    UacceDevice device(node, root.roots(), FakeKernel::calls());
    Device* const devices[] = {&device};
    const Pool pool = make_pool(devices);
    Result<QueueLease> lease = pool->lease(Operation::kDeflate);
    { const Result<QueueLease> idle = pool->lease(Operation::kInflate); }
    const Bytes in = make_sample(Sample::kText, 20'000);
    Bytes out(deflate_output_bytes(in.size()));
    BOOST_TEST((*lease)->submit({.in = in, .out = out}) == Status::kOk);
    kernel.log.clear();
    in_child([&] {
        (*lease).release();
        // Closed, and not put: the descriptor is shared with the parent.
        if (kernel.log != std::vector<std::string>{"close", "close"}) return false;
        const Result<QueueLease> own = pool->lease(Operation::kDeflate);
        return static_cast<bool>(own) && round_trip(**own, in);
    });
    Completion done;
    BOOST_TEST((*lease)->wait({&done, 1}, 60'000'000) == 1U);
    BOOST_TEST(done.outcome == Outcome::kDone);
    (*lease).release();
}

BOOST_DATA_TEST_CASE(forks_at_any_moment_of_a_busy_pool,
                     boost::unit_test::data::make({false, true}), has_thread) {
    ModelOptions options;
    options.has_thread = has_thread;
    const Model device = make_model(options);
    Device* const devices[] = {device.get()};
    const Pool pool = make_pool(devices);
    const Bytes in = make_sample(Sample::kText, 2000);
    std::atomic<bool> is_over{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            while (!is_over) {
                const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
                if (lease && !round_trip(**lease, in)) ++wrong;
            }
        });
    }
    for (int i = 0; i < 25; ++i) {
        in_child([&] {
            const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
            return static_cast<bool>(lease) && round_trip(**lease, in);
        });
    }
    is_over = true;
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(wrong == 0);
}

namespace {
std::atomic<int> g_signals{0};
std::atomic<pthread_t> g_signalled{};
}  // namespace

BOOST_AUTO_TEST_CASE(the_devices_thread_takes_no_signals) {
    ModelOptions options;
    options.has_thread = true;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) {
        g_signalled = pthread_self();
        ++g_signals;
    };
    sigaction(SIGUSR1, &action, &before);
    const Bytes in = make_sample(Sample::kText, 20'000);
    for (int i = 0; i < 100; ++i) {
        kill(getpid(), SIGUSR1);
        BOOST_TEST(round_trip(*queue, in));
    }
    sigaction(SIGUSR1, &before, nullptr);
    BOOST_TEST(g_signals == 100);
    BOOST_TEST((pthread_equal(g_signalled, pthread_self()) != 0));
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// What an accelerator may use of its host: threads and bytes a second, without a queue that waits for ever, and without one
// that cannot be stopped because it waits.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>

#include "driver/bus.hpp"

using namespace warpz::accelerator;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using warpz::test::Bus;

namespace {

/// Queues 0 and 1 run, with text at their kIn.
struct Limited : Bus {
    Limited(unsigned threads, std::uint64_t bytes_per_second) : Bus(2, threads, bytes_per_second) {
        for (const unsigned queue : {0U, 1U}) {
            for (unsigned i = 0; i < 0x40000; ++i) {
                region(queue)[kIn + i] = static_cast<std::uint8_t>("limits are there to "[i % 20]);
            }
            program(queue);
            start(queue);
        }
    }
    bool has(unsigned queue, unsigned count) {
        return wait_for([&] { return completions(queue) >= count; });
    }
    /// STOP ends at IDLE long before `most` has passed.
    bool stops(unsigned queue, milliseconds most) {
        const auto begin = steady_clock::now();
        write(context(queue, kQueueCommand), kCommandStop);
        return wait_for([&] { return state(queue) == QueueState::kIdle; }) &&
               steady_clock::now() - begin < most;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(one_thread_works_on_one_queue_at_a_time) {
    Limited bus(1, 0);
    bus.set_fault("late,detail=1500000");
    bus.submit(0, Bus::descriptor(1000));
    BOOST_TEST(bus.wait_for([&] { return bus.struck() == 1; }));
    bus.submit(1, Bus::descriptor(1000));
    BOOST_TEST(bus.has(0, 1));
    BOOST_TEST(bus.has(1, 1));
    BOOST_TEST(bus.read(Bus::context(1, kQueueDescriptors)) <= 1U);
}

BOOST_AUTO_TEST_CASE(a_queue_that_stands_in_line_can_be_stopped_and_others_move_up) {
    Limited bus(1, 0);
    bus.set_fault("late,detail=8000000");
    bus.submit(0, Bus::descriptor(1000));
    BOOST_TEST(bus.wait_for([&] { return bus.struck() == 1; }));
    bus.submit(1, Bus::descriptor(1000));
    BOOST_TEST(bus.stops(1, milliseconds(4000)));
    BOOST_TEST(bus.completions(1) == 0U);
    bus.start(1);
    bus.submit(1, Bus::descriptor(1000));
    BOOST_TEST(bus.stops(0, milliseconds(4000)));  // which ends the waiting of the late one
    BOOST_TEST(bus.has(1, 1));
}

BOOST_AUTO_TEST_CASE(queues_take_turns) {
    Limited bus(1, 0);
    bus.set_fault("late,count=15,detail=100000");
    for (unsigned i = 0; i + 1 < Bus::kDepth; ++i) bus.submit(0, Bus::descriptor(1000));
    bus.submit(1, Bus::descriptor(1000));
    BOOST_TEST(bus.has(1, 1));
    BOOST_TEST(bus.completions(0) < Bus::kDepth - 2);
    BOOST_TEST(bus.has(0, Bus::kDepth - 1));
}

BOOST_AUTO_TEST_CASE(bytes_a_second_are_a_limit) {
    constexpr std::uint32_t kJob = 200'000;
    Limited bus(0, 1'000'000);
    const auto begin = steady_clock::now();
    // The first begins with what is saved up, and each is paid for before the next begins.
    for (unsigned i = 0; i < 6; ++i) bus.submit(i % 2, Bus::descriptor(kJob));
    BOOST_TEST(bus.has(0, 3));
    BOOST_TEST(bus.has(1, 3));
    BOOST_TEST((steady_clock::now() - begin >= milliseconds(500)));
}

BOOST_AUTO_TEST_CASE(what_fails_is_paid_for_as_well) {
    Limited bus(0, 1'000'000);
    warpz_zip_sqe sqe = Bus::descriptor(200'000);
    sqe.source_addr[0] = 0;
    const auto begin = steady_clock::now();
    for (unsigned i = 0; i < 3; ++i) bus.submit(0, sqe);
    BOOST_TEST(bus.has(0, 3));
    BOOST_TEST((steady_clock::now() - begin >= milliseconds(500)));
}

BOOST_AUTO_TEST_CASE(a_queue_without_a_budget_can_be_stopped) {
    Limited bus(0, 10'000);
    bus.submit(0, Bus::descriptor(200'000));
    BOOST_TEST(bus.has(0, 1));
    bus.submit(0, Bus::descriptor(200'000));
    BOOST_TEST(bus.stops(0, milliseconds(4000)));
    BOOST_TEST(bus.completions(0) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

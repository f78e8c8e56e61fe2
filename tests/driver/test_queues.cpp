// SPDX-License-Identifier: Zlib
// Doorbells, entries, events, the window check, stopping, and faults set at run time (driver/SPEC.md, 3 to 6).
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <thread>

#include "driver/bus.hpp"

using namespace warpz::accelerator;
using warpz::test::Bus;

namespace {

/// A bus with queue 0 running and text at kIn.
struct Running : Bus {
    Running() {
        for (unsigned i = 0; i < 0x40000; ++i) {
            region(0)[kIn + i] =
                static_cast<std::uint8_t>("the quick brown fox "[i % 20] + i / 9000);
        }
        program(0);
        start(0);
    }
    unsigned status(unsigned index) { return answer(0, index).dw3 & WARPZ_ZIP_DW3_STATUS_MASK; }
    bool is_answered(unsigned count) {
        return wait_for([&] { return completions(0) == count; });
    }
    /// One descriptor's status.
    unsigned run(const warpz_zip_sqe& sqe) {
        const unsigned before = completions(0);
        submit(0, sqe);
        BOOST_TEST_REQUIRE(is_answered(before + 1));
        return status(before);
    }
};

constexpr std::uint64_t index(std::uint64_t value) { return value << WARPZ_ZIP_DB_INDEX_SHIFT; }
constexpr std::uint64_t kCq = WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT;
constexpr std::uint64_t kArm = 1ULL << WARPZ_ZIP_DB_FLAG_SHIFT;

}  // namespace

BOOST_AUTO_TEST_SUITE(queues)

BOOST_AUTO_TEST_CASE(entries_are_answered_in_place_and_counted) {
    Running bus;
    BOOST_TEST(bus.run(Bus::descriptor(4000)) == WARPZ_ZIP_STATUS_OK);
    const warpz_zip_sqe answer = bus.answer(0, 0);
    BOOST_TEST(answer.consumed == 4000U);
    BOOST_TEST(answer.produced > 10U);
    BOOST_TEST(bus.counter(Counter::kDescriptors) == 1U);
    BOOST_TEST(bus.counter(Counter::kIn) == 4000U);
    BOOST_TEST(bus.counter(Counter::kOut) == answer.produced);
    BOOST_TEST(bus.read(Bus::context(0, kQueueSq)) == (1U | 1U << 16));
    BOOST_TEST(bus.read(Bus::context(0, kQueueDescriptors)) == 1U);
}

BOOST_AUTO_TEST_CASE(a_full_completion_ring_waits_for_its_doorbell) {
    Running bus;
    for (unsigned i = 0; i + 1 < Bus::kDepth; ++i) bus.submit(0, Bus::descriptor(100));
    BOOST_TEST(bus.is_answered(Bus::kDepth - 1));
    bus.submit(0, Bus::descriptor(100));
    BOOST_TEST(!bus.wait_for(
                   [&, i = 0]() mutable { return bus.completions(0) == 16 || ++i > 50; }) == false);
    BOOST_TEST(bus.completions(0) == Bus::kDepth - 1);
    bus.ring(0, kCq | index(8));
    BOOST_TEST(bus.is_answered(Bus::kDepth));
}

BOOST_AUTO_TEST_CASE(doorbells_that_break_a_rule_are_counted_and_do_nothing) {
    Running bus;
    const std::uint64_t bad[] = {1 | index(1),          index(Bus::kDepth),       index(1) | kArm,
                                 index(1) | 0x400,      index(1) | 0x10000,       index(1) | 0x2000,
                                 index(1) | 1ULL << 63, kCq | index(Bus::kDepth), kCq | 2 * kArm};
    std::uint64_t count = 0;
    for (const std::uint64_t value : bad) {
        bus.ring(0, value);
        BOOST_TEST(bus.counter(Counter::kBadDoorbells) == ++count);
    }
    bus.ring(0, index(1), 4);   // not a doorbell at all
    bus.ring(1, 1 | index(1));  // of a queue that does not run
    BOOST_TEST(bus.counter(Counter::kBadDoorbells) == count);
    BOOST_TEST(bus.read(Bus::context(0, kQueueSq)) == 0U);
}

BOOST_AUTO_TEST_CASE(an_armed_queue_raises_its_vector_once) {
    Running bus;
    bus.ring(0, kCq | kArm);
    BOOST_TEST(bus.raised.empty());
    bus.run(Bus::descriptor(100));
    bus.run(Bus::descriptor(100));
    BOOST_TEST(bus.wait_for([&] { return bus.read(Bus::context(0, kQueueDescriptors)) == 2; }));
    BOOST_TEST(bus.raised == std::vector<unsigned>{2}, boost::test_tools::per_element());
    bus.ring(0, kCq | index(1) | kArm);  // one is there already
    BOOST_TEST(bus.raised.size() == 2U);
    bus.ring(0, kCq | index(2) | kArm);
    bus.ring(0, kCq | index(2));  // disarmed
    bus.run(Bus::descriptor(100));
    BOOST_TEST(bus.wait_for([&] { return bus.read(Bus::context(0, kQueueDescriptors)) == 3; }));
    BOOST_TEST(bus.raised.size() == 2U);
}

BOOST_AUTO_TEST_CASE(addresses_outside_of_the_window_are_refused) {
    Running bus;
    std::memset(bus.region(1), 0x5a, Bus::kLength);
    const std::uint64_t end = Bus::kWindow + Bus::kWindowBytes;
    const std::uint64_t bad[] = {0,     Bus::kWindow - 1, end - 99,
                                 end,   Bus::kLength,     Bus::kLength + Bus::kWindow,
                                 ~0ULL, ~0ULL - 50,       1ULL << 63};
    std::uint64_t refused = 0;
    for (const std::uint64_t address : bad) {
        warpz_zip_sqe sqe = Bus::descriptor(100);
        sqe.source_addr[0] = static_cast<std::uint32_t>(address);
        sqe.source_addr[1] = static_cast<std::uint32_t>(address >> 32);
        BOOST_TEST(bus.run(sqe) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
        BOOST_TEST(bus.counter(Counter::kRefused) > refused);
        refused = bus.counter(Counter::kRefused);
        bus.ring(0, kCq | index(bus.read(Bus::context(0, kQueueCq)) & 0xffff));
        if (bus.completions(0) + 2 > Bus::kDepth) break;
    }
    // Written is nothing but what descriptors name: 0x5a is all that the neighbour has.
    for (unsigned i = 0; i < Bus::kLength; ++i) BOOST_REQUIRE(bus.region(1)[i] == 0x5a);
    // The window's last bytes are within.
    warpz_zip_sqe sqe = Bus::descriptor(100);
    sqe.source_addr[0] = static_cast<std::uint32_t>(end - 100);
    BOOST_TEST(bus.run(sqe) == WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_CASE(a_bus_error_has_its_status_and_its_bit) {
    Running bus;
    bus.set_fault("late,detail=300000");
    bus.submit(0, Bus::descriptor(4000));
    BOOST_TEST(bus.is_answered(1));
    bus.is_broken = true;
    bus.submit(0, Bus::descriptor(4000));  // not even the ring can be read
    BOOST_TEST(bus.wait_for([&] { return bus.state(0) == QueueState::kError; }));
    BOOST_TEST(bus.read(Bus::context(0, kQueueState)) == (3U | 2U << 8));
    BOOST_TEST((bus.read(kErrorStatus) & kErrorQueueBit) != 0U);
}

BOOST_AUTO_TEST_CASE(stopping_ends_hanging_and_late_jobs_but_not_a_stuck_device) {
    for (const char* fault : {"hang", "late,detail=60000000"}) {
        Running bus;
        BOOST_TEST(bus.set_fault(fault));
        bus.submit(0, Bus::descriptor(4000));
        BOOST_TEST(bus.wait_for([&] { return bus.struck() == 1; }));
        BOOST_TEST((bus.state(0) == QueueState::kRunning));
        bus.write(Bus::context(0, kQueueCommand), kCommandStop);
        BOOST_TEST(bus.wait_for([&] { return bus.state(0) == QueueState::kIdle; }));
    }
    Running bus;
    BOOST_TEST(bus.set_fault("stuck"));
    bus.submit(0, Bus::descriptor(4000));
    BOOST_TEST(bus.wait_for([&] { return bus.struck() == 1; }));
    bus.write(Bus::context(0, kQueueCommand), kCommandStop);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    BOOST_TEST((bus.state(0) != QueueState::kIdle));
    bus.write(kControl, kControlReset);
    BOOST_TEST((bus.state(0) == QueueState::kIdle));
}

BOOST_AUTO_TEST_CASE(a_failed_device_waits_for_a_reset_and_a_vanished_one_is_all_ones) {
    Running bus;
    BOOST_TEST(bus.set_fault("fatal,after=1"));
    BOOST_TEST(bus.run(Bus::descriptor(100)) == WARPZ_ZIP_STATUS_OK);
    bus.submit(0, Bus::descriptor(100));
    BOOST_TEST(bus.wait_for([&] { return (bus.read(kStatus) & kStatusFailed) != 0; }));
    BOOST_TEST((bus.state(0) == QueueState::kError));
    bus.reset();
    bus.program(0);
    bus.start(0);
    BOOST_TEST(bus.set_fault("gone"));
    bus.submit(0, Bus::descriptor(100));
    BOOST_TEST(bus.wait_for([&] { return bus.read(kId) == ~0U; }));
    BOOST_TEST(bus.set_fault("none"));
    bus.reset();
    BOOST_TEST(bus.read(kId) == kIdValue);
    BOOST_TEST(!bus.set_fault("nonsense"));
    BOOST_TEST(!bus.set_fault("hang,after"));
    BOOST_TEST(!bus.set_fault("hang,after=x"));
}

BOOST_AUTO_TEST_SUITE_END()

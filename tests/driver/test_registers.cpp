// SPDX-License-Identifier: Zlib
// Registers and contexts: what can be written when, what START accepts, what a reset leaves (driver/SPEC.md, 2, 3, 7, 8).
#include <boost/test/unit_test.hpp>

#include "driver/bus.hpp"

using namespace warpz::accelerator;
using warpz::test::Bus;

BOOST_TEST_DONT_PRINT_LOG_VALUE(QueueState)

BOOST_AUTO_TEST_SUITE(registers)

BOOST_AUTO_TEST_CASE(the_device_says_what_it_is) {
    Bus bus(4);
    BOOST_TEST(bus.read(kId) == 0x5a505257U);
    BOOST_TEST(bus.read(kVersion) >> 16 == 1U);
    BOOST_TEST(bus.read(kCapQueues) == (4U | 3U << 16));
    BOOST_TEST((bus.read(kCapFeatures) & kFeatureSva) == 0U);
    BOOST_TEST(bus.read(kCapPacket) == WARPZ_ZIP_MAX_BYTES);
    BOOST_TEST(bus.read(kStatus) == kStatusReady);
    BOOST_TEST(bus.read(kErrorMask) == ~0U);
    // Beyond what there is.
    BOOST_TEST(bus.read(0x60) == 0U);
    BOOST_TEST(bus.read(Bus::context(4, kQueueState)) == 0U);
    bus.write(Bus::context(4, kQueueCommand), kCommandStart);
    bus.write(kId, 0);
    BOOST_TEST(bus.read(kId) == 0x5a505257U);
}

BOOST_AUTO_TEST_CASE(a_queue_starts_with_a_good_context_only) {
    struct Change {
        std::uint32_t offset;
        std::uint32_t value;
    };
    constexpr Change kBad[] = {
        {kQueueBaseLow, 0x40010},
        {kQueueLength, Bus::kLength + 64},
        {kQueueLength, 4096},          // the window does not fit
        {kQueueDepth, 16U << 16 | 1},  // a ring of one
        {kQueueDepth, 1U << 16 | 16},
        {kQueueDepth, 0xffffU << 16 | 16},
        {kQueueWindowOffset, 64},  // over the rings
        {kQueueWindowOffset, Bus::kWindow + 4},
        {kQueueWindowLength, Bus::kLength - Bus::kWindow},  // over the status words
        {kQueueWindowLength, 0xffffffc0},
        {kQueuePasid, kPasidValid | 1},  // no SVA here
        {kQueueType, 2},
        {kQueueVector, 3},
    };
    for (const Change& change : kBad) {
        Bus bus;
        bus.program(0);
        bus.write(Bus::context(0, change.offset), change.value);
        bus.start(0);
        BOOST_TEST(bus.read(Bus::context(0, kQueueState)) == (3U | 1U << 8),
                   "offset " << change.offset);
        BOOST_TEST(bus.read(kErrorStatus) == kErrorQueueBit);
        bus.write(Bus::context(0, kQueueCommand), kCommandStop);
        BOOST_TEST(bus.read(Bus::context(0, kQueueState)) == 0U);
    }
    Bus bus;
    bus.program(0);
    bus.is_master = false;
    bus.start(0);
    BOOST_TEST((bus.state(0) == QueueState::kError));
}

BOOST_AUTO_TEST_CASE(start_needs_an_enabled_device_and_an_idle_queue) {
    Bus bus;
    bus.program(0);
    bus.write(kControl, 0);
    bus.start(0);
    BOOST_TEST((bus.state(0) == QueueState::kIdle));
    bus.write(kControl, kControlEnable);
    bus.start(0);
    BOOST_TEST((bus.state(0) == QueueState::kRunning));
    // The context stays as it is while the queue runs.
    bus.write(Bus::context(0, kQueueLength), 0);
    BOOST_TEST(bus.read(Bus::context(0, kQueueLength)) == Bus::kLength);
    bus.write(Bus::context(0, kQueueCommand), 7);
    BOOST_TEST((bus.state(0) == QueueState::kRunning));
    bus.write(Bus::context(0, kQueueCommand), kCommandStop);
    BOOST_TEST(bus.wait_for([&] { return bus.state(0) == QueueState::kIdle; }));
}

BOOST_AUTO_TEST_CASE(errors_interrupt_once_and_only_unmasked) {
    Bus bus;
    bus.write(kErrorMask, 0);
    bus.program(0);
    bus.write(Bus::context(0, kQueueType), 9);
    bus.start(0);
    BOOST_TEST(bus.raised.size() == 1U);
    BOOST_TEST(bus.raised.at(0) == 0U);
    bus.program(1);
    bus.write(Bus::context(1, kQueueType), 9);
    bus.start(1);  // the bit is set already
    BOOST_TEST(bus.raised.size() == 1U);
    BOOST_TEST(bus.read(kErrorQueue) == 0U);
    bus.write(kErrorStatus, kErrorQueueBit);
    BOOST_TEST(bus.read(kErrorStatus) == 0U);
    bus.write(kErrorMask, ~0U);
    bus.program(2);
    bus.write(Bus::context(2, kQueueType), 9);
    bus.start(2);
    BOOST_TEST(bus.raised.size() == 1U);
    bus.write(kErrorMask, 0);  // what is pending shows now
    BOOST_TEST(bus.raised.size() == 2U);
    BOOST_TEST(bus.read(kErrorQueue) == 2U);
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_everything) {
    for (const bool is_by_register : {false, true}) {
        Bus bus;
        bus.program(0);
        bus.start(0);
        bus.write(kErrorMask, 0);
        bus.submit(0, Bus::descriptor(1000));
        BOOST_TEST(bus.wait_for([&] { return bus.completions(0) == 1; }));
        if (is_by_register) {
            bus.write(kControl, kControlReset);
        } else {
            bus.reset();
        }
        BOOST_TEST(bus.read(kControl) == 0U);
        BOOST_TEST(bus.read(kStatus) == kStatusReady);
        BOOST_TEST(bus.read(kErrorMask) == ~0U);
        BOOST_TEST((bus.state(0) == QueueState::kIdle));
        BOOST_TEST(bus.read(Bus::context(0, kQueueLength)) == 0U);
        BOOST_TEST(bus.counter(Counter::kDescriptors) == 0U);
        bus.program(0);
        bus.start(0);
        bus.submit(0, Bus::descriptor(1000));
        BOOST_TEST(bus.wait_for([&] { return bus.completions(0) == 1; }));
    }
}

BOOST_AUTO_TEST_SUITE_END()

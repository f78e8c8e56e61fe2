// SPDX-License-Identifier: Zlib
// From measurements to the size from which a device pays.
#include <boost/test/unit_test.hpp>

#include "offload/break_even.hpp"

using warpz::offload::BreakEven;

namespace {

/// A device that takes `latency_ns` and so much per byte, seen with jobs of these sizes.
void observe(BreakEven& measured, double latency_ns, double ns_per_byte, std::size_t least,
             std::size_t most) {
    for (unsigned i = 0; i < 200; ++i) {
        const std::size_t bytes = least + (most - least) * (i * 7 % 20) / 19;
        measured.observe_device(bytes, static_cast<std::uint64_t>(
                                           latency_ns + ns_per_byte * static_cast<double>(bytes)));
    }
}

void observe_software(BreakEven& measured, int level, double ns_per_byte) {
    for (unsigned i = 0; i < 100; ++i) {
        measured.observe_software(level, 100'000,
                                  static_cast<std::uint64_t>(ns_per_byte * 100'000));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(break_even)

BOOST_AUTO_TEST_CASE(latency_divided_by_what_a_byte_saves) {
    BreakEven measured;
    observe_software(measured, 6, 10);
    observe(measured, 90'000, 1, 10'000, 1'000'000);
    BOOST_TEST(measured.bytes(6) > 9'500U);
    BOOST_TEST(measured.bytes(6) < 10'500U);
}

BOOST_AUTO_TEST_CASE(slow_levels_pay_earlier_than_fast_ones) {
    const BreakEven guesses;
    for (int level = 2; level <= 9; ++level) {
        BOOST_TEST(guesses.bytes(level) <= guesses.bytes(level - 1));
    }
    BOOST_TEST(guesses.bytes(1) < 100'000U);
    BOOST_TEST(guesses.bytes(9) > 500U);
}

BOOST_AUTO_TEST_CASE(a_device_that_is_slower_per_byte_never_pays) {
    BreakEven measured;
    observe_software(measured, 1, 2);
    observe(measured, 20'000, 3, 10'000, 1'000'000);
    BOOST_TEST(measured.bytes(1) == BreakEven::kNever);
    observe_software(measured, 9, 40);
    BOOST_TEST(measured.bytes(9) < 2'000U);
}

BOOST_AUTO_TEST_CASE(jobs_of_one_size_tell_a_latency) {
    BreakEven measured;
    observe_software(measured, 6, 10);
    observe(measured, 200'000, 0.2, 65'532, 65'532);
    BOOST_TEST(measured.bytes(6) > 15'000U);
    BOOST_TEST(measured.bytes(6) < 25'000U);
}

BOOST_AUTO_TEST_CASE(a_device_that_becomes_slow_is_noticed) {
    BreakEven measured;
    observe_software(measured, 6, 10);
    observe(measured, 20'000, 0.2, 10'000, 500'000);
    const std::size_t before = measured.bytes(6);
    observe(measured, 2'000'000, 0.2, 10'000, 500'000);
    BOOST_TEST(measured.bytes(6) > 20 * before);
}

BOOST_AUTO_TEST_SUITE_END()

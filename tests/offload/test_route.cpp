// SPDX-License-Identifier: Zlib
// route.hpp as a table: facts and executors in, executor and reason out.
#include <boost/test/unit_test.hpp>

#include "engine/route.hpp"

using namespace warpz::engine;

namespace {

constexpr Executors kNothing{};
constexpr Executors kPoolOnly{.has_pool = true, .pool_bytes = 100'000};
constexpr Executors kDeviceOnly{.device = DeviceState::kReady, .break_even_bytes = 20'000};
constexpr Executors kBoth{.device = DeviceState::kReady,
                          .has_pool = true,
                          .pool_bytes = 100'000,
                          .break_even_bytes = 20'000};

Executors with(Executors executors, DeviceState state) {
    executors.device = state;
    return executors;
}

Executors forced(Executors executors, std::size_t bytes) {
    executors.forced_bytes = bytes;
    return executors;
}

constexpr DeflateFacts kLarge{.bytes = 1 << 20};

void check(const DeflateFacts& facts, const Executors& executors, Executor executor,
           Reason reason) {
    const Route route = route_deflate(facts, executors);
    BOOST_TEST((route.executor == executor));
    BOOST_TEST((route.reason == reason));
}

void check(const InflateFacts& facts, const Executors& executors, Executor executor,
           Reason reason) {
    const Route route = route_inflate(facts, executors);
    BOOST_TEST((route.executor == executor));
    BOOST_TEST((route.reason == reason));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(route)

BOOST_AUTO_TEST_CASE(deflate_goes_where_it_is_fastest_and_possible) {
    check(kLarge, kNothing, Executor::kInline, Reason::kOff);
    check(kLarge, kPoolOnly, Executor::kPool, Reason::kFaster);
    check(kLarge, kDeviceOnly, Executor::kDevice, Reason::kFaster);
    check(kLarge, kBoth, Executor::kDevice, Reason::kFaster);
    check({.level = 0, .bytes = 1 << 20}, kBoth, Executor::kInline, Reason::kStored);
    check({.has_tuned_limits = true, .bytes = 1 << 20}, kBoth, Executor::kInline, Reason::kTuned);
    check({.has_foreign_allocator = true, .bytes = 1 << 20}, kBoth, Executor::kInline,
          Reason::kAllocator);
}

BOOST_AUTO_TEST_CASE(a_device_that_cannot_leaves_it_to_the_pool) {
    for (const DeflateFacts& facts : {DeflateFacts{.strategy = 3, .bytes = 1 << 20},
                                      DeflateFacts{.window_bits = 14, .bytes = 1 << 20},
                                      DeflateFacts{.level = 10, .bytes = 1 << 20}}) {
        check(facts, kBoth, Executor::kPool, Reason::kFaster);
        check(facts, kDeviceOnly, Executor::kInline, Reason::kParameters);
    }
    for (const DeviceState state : {DeviceState::kBusy, DeviceState::kSick}) {
        const Reason why = state == DeviceState::kBusy ? Reason::kBusy : Reason::kSick;
        check(kLarge, with(kBoth, state), Executor::kPool, Reason::kFaster);
        check(kLarge, with(kDeviceOnly, state), Executor::kInline, why);
    }
}

BOOST_AUTO_TEST_CASE(a_dictionary_is_for_those_who_can_refer_to_it) {
    const DeflateFacts facts{.has_dictionary = true, .bytes = 1 << 20};
    check(facts, kBoth, Executor::kPool, Reason::kFaster);
    check(facts, kDeviceOnly, Executor::kInline, Reason::kDictionary);
}

BOOST_AUTO_TEST_CASE(bytes_decide_by_what_each_executor_costs) {
    check({.bytes = 19'999}, kBoth, Executor::kInline, Reason::kSmall);
    check({.bytes = 20'000}, kBoth, Executor::kDevice, Reason::kFaster);
    check({.bytes = 99'999}, kPoolOnly, Executor::kInline, Reason::kSmall);
    check({.bytes = 100'000}, kPoolOnly, Executor::kPool, Reason::kFaster);
    // The pool needs more than the device does.
    check({.strategy = 2, .bytes = 50'000}, kBoth, Executor::kInline, Reason::kSmall);
    check({.bytes = 1}, forced(kBoth, 1), Executor::kDevice, Reason::kForced);
    check({.bytes = 1}, forced(kPoolOnly, 1), Executor::kPool, Reason::kForced);
    check({.bytes = 0}, forced(kPoolOnly, 1), Executor::kInline, Reason::kSmall);
    check(kLarge, forced(kBoth, 2 << 20), Executor::kInline, Reason::kSmall);
}

BOOST_AUTO_TEST_CASE(inflate_has_only_devices) {
    const InflateFacts plain{.in_bytes = 50'000, .out_bytes = 50'000, .max_journal_bytes = 1 << 20};
    check(plain, kPoolOnly, Executor::kInline, Reason::kOff);
    check(plain, kBoth, Executor::kDevice, Reason::kFaster);
    const auto changed = [&](auto change) {
        InflateFacts facts = plain;
        change(facts);
        return facts;
    };
    check(changed([](auto& f) { f.stops_at_blocks = true; }), kBoth, Executor::kInline,
          Reason::kStop);
    check(changed([](auto& f) { f.has_held_bits = true; }), kBoth, Executor::kInline,
          Reason::kHeldBits);
    check(changed([](auto& f) { f.is_format_supported = false; }), kBoth, Executor::kInline,
          Reason::kFormat);
    check(changed([](auto& f) { f.min_out_bytes = 60'000; }), kBoth, Executor::kInline,
          Reason::kNoRoom);
    check(changed([](auto& f) { f.journal_bytes = 2 << 20; }), kBoth, Executor::kInline,
          Reason::kJournalFull);
    check(changed([](auto& f) { f.in_bytes = 10; }), kBoth, Executor::kInline, Reason::kSmall);
    check(plain, with(kBoth, DeviceState::kSick), Executor::kInline, Reason::kSick);
}

BOOST_AUTO_TEST_SUITE_END()

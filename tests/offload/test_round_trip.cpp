// SPDX-License-Identifier: Zlib
// The round trip of `warpzctl check`: good on a device that works, and a reason in bounded time on one that does not.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "ctl/round_trip.hpp"
#include "device/model/model_device.hpp"

using namespace warpz::device;
using model::FaultKind;
using model::ModelDevice;
using model::ModelOptions;

namespace {

warpz::ctl::RoundTrip try_model(const ModelOptions& options) {
    const auto device = ModelDevice::create(options);
    BOOST_REQUIRE(static_cast<bool>(device));
    const auto result = warpz::ctl::try_round_trip(**device);
    ModelDevice::destroy(*device);
    return result;
}

std::string trouble_of_fault(FaultKind kind, std::uint64_t index, std::uint64_t detail = 0) {
    ModelOptions options;
    options.faults.faults[0] = {kind, index, 1, detail};
    return try_model(options).trouble;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(round_trip)

BOOST_AUTO_TEST_CASE(each_kind_of_device_that_works_is_found_to) {
    for (const auto generation : {Generation::kV2, Generation::kV3}) {
        for (const auto mode : {AddressMode::kShared, AddressMode::kBounce}) {
            ModelOptions options;
            options.generation = generation;
            options.address_mode = mode;
            options.window_bytes = 65536;
            const auto result = try_model(options);
            BOOST_TEST(result.trouble == "");
            BOOST_TEST(result.packed_bytes > 0U);
            BOOST_TEST(result.packed_bytes < result.in_bytes);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_fails_is_named) {
    BOOST_TEST(trouble_of_fault(FaultKind::kBitFlip, 0, 1001) ==
               "compressing: what the device made does not decode to what it was given");
    BOOST_TEST(trouble_of_fault(FaultKind::kStatus, 0, 0x41) ==
               "compressing: the device failed with status 0x41");
    BOOST_TEST(trouble_of_fault(FaultKind::kRemoval, 0) ==
               "compressing: the device was reset or stopped");
    BOOST_TEST(trouble_of_fault(FaultKind::kWrongTag, 1) ==
               "decompressing: nonsense in a completion");
    BOOST_TEST(trouble_of_fault(FaultKind::kBitFlip, 1, 1001) ==
               "decompressing: other bytes came back");
}

BOOST_AUTO_TEST_CASE(a_device_that_hangs_is_left_in_time) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(trouble_of_fault(FaultKind::kHang, 0) == "compressing: no answer in time");
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// When a suite runs with executors of lib/offload and a threshold that sends everything there, its last check is that
// everything really went there.
#include "compat/offload_proof.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string_view>

#include "engine/stats.hpp"

namespace warpz::test {

bool is_on_device() {
    const char* device = std::getenv("WARPZ_DEVICE");
    return device != nullptr && std::string_view(device) != "none";
}

bool is_offloading() { return std::getenv("WARPZ_THREADS") != nullptr || is_on_device(); }

bool is_offload_forced() {
    return is_offloading() && std::getenv("WARPZ_MIN_BYTES") != nullptr &&
           std::getenv("WARPZ_TEST_LIBRARY") == nullptr;
}

std::uint64_t offloaded_jobs() {
    const auto& stats = engine::stats();
    return stats.pool.jobs.value() + stats.deflate_queue.jobs.value() +
           stats.inflate_queue.jobs.value();
}

}  // namespace warpz::test

namespace {

struct OffloadProof {
    void teardown() const {
        if (!warpz::test::is_offload_forced()) return;
        const auto& stats = warpz::engine::stats();
        BOOST_TEST_MESSAGE("pool jobs: "
                           << stats.pool.jobs.value()
                           << ", deflate descriptors: " << stats.deflate_queue.jobs.value()
                           << ", inflate descriptors: " << stats.inflate_queue.jobs.value());
        if (warpz::test::is_on_device()) {
            BOOST_TEST(stats.deflate_queue.jobs.value() + stats.inflate_queue.jobs.value() > 500U);
            // None was left to software because of what earlier ones did to the device.
            constexpr auto kSick = static_cast<std::size_t>(warpz::engine::Reason::kSick);
            BOOST_TEST(stats.reasons[kSick].value() == 0U);
        } else {
            BOOST_TEST(stats.pool.jobs.value() > 500U);
        }
    }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(OffloadProof);

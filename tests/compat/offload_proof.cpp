// SPDX-License-Identifier: Zlib
// When a suite runs with executors of lib/offload and a threshold that sends everything there, its last check is that
// everything really went there.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "engine/stats.hpp"

namespace {

struct OffloadProof {
    void teardown() const {
        if (std::getenv("WARPZ_MIN_BYTES") == nullptr ||
            std::getenv("WARPZ_TEST_LIBRARY") != nullptr)
            return;
        const auto& stats = warpz::engine::stats();
        const char* device = std::getenv("WARPZ_DEVICE");
        const bool has_device = device != nullptr && std::string_view(device) != "none";
        BOOST_TEST_MESSAGE("pool jobs: "
                           << stats.pool.jobs.value()
                           << ", deflate descriptors: " << stats.deflate_queue.jobs.value()
                           << ", inflate descriptors: " << stats.inflate_queue.jobs.value());
        if (has_device) {
            BOOST_TEST(stats.deflate_queue.jobs.value() + stats.inflate_queue.jobs.value() > 500U);
        } else {
            BOOST_TEST(stats.pool.jobs.value() > 500U);
        }
    }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(OffloadProof);

// SPDX-License-Identifier: Zlib
// A client of warpz-vdev with a running queue, and jobs that are checked by the system's zlib.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <vector>

#include "driver/vdev_client.hpp"
#include "support/reference_zlib.hpp"

namespace warpz::test {

/// The sample at kIn, memory shared.
struct RunningClient : VdevClient {
    static constexpr std::uint32_t kBytes = 200000;
    /// Of zlib data: software's to write and to skip.
    static constexpr std::uint8_t kHeader[] = {0x78, 0x01};

    static std::vector<std::uint8_t> sample() {
        std::vector<std::uint8_t> data(kBytes);
        for (std::uint32_t i = 0; i < kBytes; ++i) {
            const auto letter = static_cast<std::uint8_t>("the quick brown fox "[i % 20]);
            data[i] = static_cast<std::uint8_t>(letter + i / 9000);
        }
        return data;
    }
    static unsigned status_of(const warpz_zip_sqe& sqe) {
        return sqe.dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
    }

    explicit RunningClient(const vfio_user::DeviceOptions& options = {.queues = 4},
                           std::uint32_t type = WARPZ_QC_TYPE_COMPRESS, bool with_fd = true)
        : VdevClient(options) {
        BOOST_TEST_REQUIRE(negotiate().error() == 0U);
        const std::vector<std::uint8_t> data = sample();
        std::memcpy(region() + Bus::kIn, data.data(), data.size());
        start_queue(type, with_fd);
    }
    accelerator::QueueState state() {
        return static_cast<accelerator::QueueState>(
            read(0, Bus::context(0, accelerator::kQueueState), 4) & 7);
    }
    bool becomes(accelerator::QueueState wanted) {
        return wait_for([&] { return state() == wanted; });
    }
    /// What one job makes of the sample is the sample again.
    void expect_deflated() {
        const warpz_zip_sqe answer = run(Bus::descriptor(kBytes));
        BOOST_TEST(status_of(answer) == WARPZ_ZIP_STATUS_OK);
        BOOST_TEST(answer.consumed == kBytes);
        std::vector<std::uint8_t> packed(std::begin(kHeader), std::end(kHeader));
        packed.insert(packed.end(), region() + Bus::kOut, region() + Bus::kOut + answer.produced);
        std::vector<std::uint8_t> out(kBytes);
        uLongf size = out.size();
        BOOST_TEST(reference_zlib().uncompress(out.data(), &size, packed.data(), packed.size()) ==
                   Z_OK);
        BOOST_TEST((size == kBytes && out == sample()));
    }
};

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// warpz-vdev at work: jobs from doorbell to interrupt in memory that is shared and in memory that is asked for, checked by the
// system's zlib; memory that goes away, resets and clients that leave in the middle of one.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <vector>

#include "driver/running_client.hpp"

using namespace warpz::vfio_user;
using warpz::accelerator::QueueState;
using warpz::test::Bus;
using warpz::test::VdevClient;
using Running = warpz::test::RunningClient;

namespace {

constexpr std::uint32_t kBytes = Running::kBytes;
constexpr std::uint64_t kCq = WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT;
constexpr std::uint64_t kArm = 1ULL << WARPZ_ZIP_DB_FLAG_SHIFT;

/// How long it takes a client to leave.
std::chrono::milliseconds time_to_hang_up(VdevClient& client) {
    const auto begin = std::chrono::steady_clock::now();
    client.hang_up();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin);
}

constexpr std::chrono::milliseconds kPrompt(3000);

}  // namespace

BOOST_AUTO_TEST_SUITE(vdev_jobs)

BOOST_DATA_TEST_CASE(what_it_compresses_the_system_decompresses,
                     boost::unit_test::data::make({true, false}), with_fd) {
    Running client({.queues = 4}, WARPZ_QC_TYPE_COMPRESS, with_fd);
    client.expect_deflated();
    BOOST_TEST((client.served != 0) == !with_fd);
}

BOOST_DATA_TEST_CASE(what_the_system_compresses_it_decompresses,
                     boost::unit_test::data::make({true, false}), with_fd) {
    Running client({.queues = 4}, WARPZ_QC_TYPE_DECOMPRESS, with_fd);
    const std::vector<std::uint8_t> data = Running::sample();
    std::vector<std::uint8_t> packed(kBytes);
    uLongf size = packed.size();
    BOOST_TEST_REQUIRE(warpz::test::reference_zlib().compress2(packed.data(), &size, data.data(),
                                                               data.size(), 6) == Z_OK);
    size -= std::size(Running::kHeader);
    std::memcpy(client.region() + Bus::kIn, packed.data() + std::size(Running::kHeader), size);
    warpz_zip_sqe sqe = Bus::descriptor(static_cast<std::uint32_t>(size));
    sqe.output_length = Bus::kWindowBytes - (Bus::kOut - Bus::kIn);
    sqe.dw7 |= WARPZ_ZIP_DW7_STREAM_NEW;
    const warpz_zip_sqe answer = client.run(sqe);
    BOOST_TEST(client.status_of(answer) == WARPZ_ZIP_STATUS_END);
    BOOST_TEST(answer.consumed == size);
    BOOST_TEST(answer.produced == kBytes);
    BOOST_TEST(std::memcmp(client.region() + Bus::kOut, data.data(), kBytes) == 0);
}

BOOST_AUTO_TEST_CASE(an_armed_queue_raises_its_eventfd) {
    Running client;
    const Fd event(eventfd(0, EFD_NONBLOCK));
    const int fds[] = {event.get()};
    BOOST_TEST(client.set_irqs(kIrqDataEventfd | kIrqActionTrigger, 1, 1, fds) == 0U);
    client.run(Bus::descriptor(1000));
    std::uint64_t count = 0;
    BOOST_TEST(::read(fds[0], &count, sizeof count) < 0);
    client.write(2, WARPZ_ZIP_DOORBELL_OFFSET, kCq | kArm, 8);
    BOOST_TEST(::read(fds[0], &count, sizeof count) == static_cast<ssize_t>(sizeof count));
    client.write(2, WARPZ_ZIP_DOORBELL_OFFSET, kCq | kArm | 1ULL << WARPZ_ZIP_DB_INDEX_SHIFT, 8);
    client.run(Bus::descriptor(1000));
    BOOST_TEST(client.wait_for([&] { return ::read(fds[0], &count, sizeof count) > 0; }));
    BOOST_TEST(count == 1U);
}

BOOST_AUTO_TEST_CASE(an_eventfd_that_its_client_has_filled_is_not_waited_for) {
    Running client;
    const Fd event(eventfd(0, 0));
    const int fds[] = {event.get()};
    BOOST_TEST(client.set_irqs(kIrqDataEventfd | kIrqActionTrigger, 1, 1, fds) == 0U);
    // It is the client's file as well.
    BOOST_TEST(fcntl(fds[0], F_SETFL, fcntl(fds[0], F_GETFL) & ~O_NONBLOCK) == 0);
    const std::uint64_t full = ~std::uint64_t{1};
    BOOST_TEST_REQUIRE(::write(fds[0], &full, sizeof full) == static_cast<ssize_t>(sizeof full));
    for (unsigned i = 0; i < 5; ++i) {
        client.run(Bus::descriptor(1000));
        client.write(2, WARPZ_ZIP_DOORBELL_OFFSET,
                     kCq | kArm | std::uint64_t{i} << WARPZ_ZIP_DB_INDEX_SHIFT, 8);
    }
    BOOST_TEST(client.read(0, 0, 4) == 0x5a505257U);
    BOOST_TEST((time_to_hang_up(client) < kPrompt));
}

BOOST_AUTO_TEST_CASE(ranges_that_touch_are_one_memory) {
    Running client;
    // The same memory again, cut through rings and buffers at places that are no page's.
    BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
    std::uint64_t at = 0;
    for (const std::uint64_t end :
         {std::uint64_t{VdevClient::kRegion + 100},
          std::uint64_t{VdevClient::kRegion + Bus::kIn + 777},
          std::uint64_t{VdevClient::kRegion + Bus::kIn + 778},
          std::uint64_t{VdevClient::kRegion + Bus::kOut + 1001}, VdevClient::kMemoryBytes}) {
        BOOST_TEST(client.map(at, end - at, at, end % 2 == 0) == 0U);
        at = end;
    }
    client.expect_deflated();
    BOOST_TEST(client.served != 0U);
}

BOOST_AUTO_TEST_CASE(memory_that_goes_away_under_a_job_ends_its_queue) {
    Running client({.queues = 4, .fault = "late,after=1,detail=300000"});
    client.expect_deflated();
    client.submit(Bus::descriptor(kBytes));
    BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
    BOOST_TEST(client.becomes(QueueState::kError));
    // And a job without its buffers has a status of its own.
    Running other;
    BOOST_TEST(other.unmap(0, VdevClient::kMemoryBytes) == 0U);
    constexpr std::uint64_t kCut = VdevClient::kRegion + Bus::kOut;
    BOOST_TEST(other.map(0, kCut, 0) == 0U);
    const warpz_zip_sqe answer = other.run(Bus::descriptor(kBytes));
    BOOST_TEST(other.status_of(answer) == WARPZ_ZIP_STATUS_BUS);
    BOOST_TEST(other.map(kCut, VdevClient::kMemoryBytes - kCut, kCut, true, kDmaReadable) == 0U);
    BOOST_TEST(other.status_of(other.run(Bus::descriptor(kBytes))) == WARPZ_ZIP_STATUS_BUS);
}

BOOST_AUTO_TEST_CASE(memory_comes_and_goes_while_jobs_run) {
    Running client;
    for (int i = 0; i < 60; ++i) {
        if (client.state() != QueueState::kRunning) {
            BOOST_TEST(client.call(Command::kReset).error() == 0U);
            BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
            client.start_queue(WARPZ_QC_TYPE_COMPRESS);
        }
        client.submit(Bus::descriptor(kBytes / 4));
        BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
        BOOST_TEST(client.map(0, VdevClient::kMemoryBytes, 0) == 0U);
    }
    BOOST_TEST(client.call(Command::kReset).error() == 0U);
    BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
    client.start_queue(WARPZ_QC_TYPE_COMPRESS);
    client.expect_deflated();
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_is_an_error_of_the_bus) {
#ifdef __SANITIZE_THREAD__
    BOOST_TEST_MESSAGE("skipped: under the thread sanitizer the signal does not arrive");
    return;
#endif
    Running client;
    client.expect_deflated();
    BOOST_TEST_REQUIRE(ftruncate(client.memory_fd(), VdevClient::kRegion + Bus::kIn + 8192) == 0);
    client.submit(Bus::descriptor(kBytes));
    BOOST_TEST(client.wait_for([&] { return client.completions() == 2; }));
    BOOST_TEST(client.status_of(*reinterpret_cast<const warpz_zip_sqe*>(client.region() + 128)) ==
               WARPZ_ZIP_STATUS_BUS);
    BOOST_TEST_REQUIRE(ftruncate(client.memory_fd(), 0) == 0);
    client.write(2, WARPZ_ZIP_DOORBELL_OFFSET, 3ULL << WARPZ_ZIP_DB_INDEX_SHIFT, 8);
    BOOST_TEST(client.becomes(QueueState::kError));
    BOOST_TEST(client.read(0, 0, 4) == 0x5a505257U);
}

BOOST_AUTO_TEST_CASE(a_reset_in_the_middle_of_a_job_is_the_end_of_it) {
    Running client({.queues = 4, .fault = "late,detail=10000000"});
    client.submit(Bus::descriptor(kBytes));
    BOOST_TEST(client.call(Command::kReset).error() == 0U);
    BOOST_TEST((client.state() == QueueState::kIdle));
    BOOST_TEST(client.completions() == 0U);
    BOOST_TEST(client.unmap(0, VdevClient::kMemoryBytes) == 0U);
    client.start_queue(WARPZ_QC_TYPE_COMPRESS);
    client.expect_deflated();
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_in_the_middle_of_a_job_is_let_go) {
    Running late({.queues = 4, .fault = "late,detail=10000000"});
    late.submit(Bus::descriptor(kBytes));
    BOOST_TEST((time_to_hang_up(late) < kPrompt));
    Running silent({.queues = 4}, WARPZ_QC_TYPE_COMPRESS, false);
    silent.service = VdevClient::Service::kSilent;
    silent.submit(Bus::descriptor(kBytes));
    silent.serve_memory(100);
    BOOST_TEST(silent.served == 1U);
    BOOST_TEST((time_to_hang_up(silent) < kPrompt));
}

BOOST_DATA_TEST_CASE(a_client_that_does_not_serve_its_memory_has_a_broken_bus,
                     boost::unit_test::data::make({true, false}), fails) {
    Running client({.queues = 4}, WARPZ_QC_TYPE_COMPRESS, false);
    client.service = fails ? VdevClient::Service::kFailing : VdevClient::Service::kShort;
    client.submit(Bus::descriptor(kBytes));
    BOOST_TEST(client.becomes(QueueState::kError));
    BOOST_TEST(client.served == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_peer_can_take_at_once_bounds_what_is_asked) {
    VdevClient client;
    BOOST_TEST(client.negotiate(R"({"capabilities":{"max_data_xfer_size": 50}})").error() == 0U);
    client.start_queue(WARPZ_QC_TYPE_COMPRESS, false);
    const warpz_zip_sqe answer = client.run(Bus::descriptor(1000));
    BOOST_TEST((answer.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(client.served >= 23U);
}

BOOST_AUTO_TEST_CASE(a_posted_write_has_no_answer) {
    Running client;
    const RegionAccess access{.offset = 0x2c, .region = 0, .count = 4};
    client.call(Command::kRegionWrite, {bytes_of(access), bytes_of(5U)}, {}, kNoReply);
    BOOST_TEST(client.read(0, 0x2c, 4) == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Queues with a PASID: addresses of a process, page by page, pages that are asked for, and stopping while one is (driver/
// SPEC.md, 3 and 6).
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "driver/bus.hpp"
#include "driver/shared_pages.hpp"

using namespace warpz::accelerator;
using warpz::test::Bus;
using warpz::test::SharedPages;
using Grant = SharedPages::Grant;

namespace {

constexpr std::uint32_t kBytes = 20'000;  // over five pages, beginning within one
constexpr std::uint64_t kInAt = 100;      // in the shared pages
constexpr std::uint64_t kOutAt = 16 * 4096 + 40;

struct Pages {
    SharedPages pages{32};
};

/// Queue 0 runs in the address space of `pages`, where text lies at kInAt.
struct Sharing : Pages, Bus {
    explicit Sharing(bool is_enabled = true) : Bus(pages, is_enabled) {
        for (unsigned i = 0; i < kBytes; ++i) {
            pages.data()[kInAt + i] =
                static_cast<std::uint8_t>("a process's own "[i % 16] + i / 7000);
        }
        program(0);
        write(context(0, kQueueWindowLength), 0);
        write(context(0, kQueueWindowOffset), 0);
        write(context(0, kQueuePasid), kPasidValid | SharedPages::kPasid);
        start(0);
    }
    static warpz_zip_sqe descriptor() {
        warpz_zip_sqe sqe = Bus::descriptor(kBytes);
        set(sqe.source_addr, SharedPages::kBegin + kInAt);
        set(sqe.dest_addr, SharedPages::kBegin + kOutAt);
        return sqe;
    }
    static void set(__le32* words, std::uint64_t address) {
        words[0] = static_cast<std::uint32_t>(address);
        words[1] = static_cast<std::uint32_t>(address >> 32);
    }
    unsigned run(const warpz_zip_sqe& sqe) {
        const unsigned before = completions(0);
        submit(0, sqe);
        BOOST_TEST_REQUIRE(wait_for([&] { return completions(0) == before + 1; }));
        return answer(0, before).dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_addresses)

BOOST_AUTO_TEST_CASE(a_job_asks_once_for_each_page_that_it_touches) {
    Sharing bus;
    BOOST_TEST((bus.state(0) == QueueState::kRunning));
    BOOST_TEST(bus.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_OK);
    const warpz_zip_sqe answer = bus.answer(0, 0);
    BOOST_TEST(answer.consumed == kBytes);
    BOOST_TEST(answer.produced > 0U);
    const unsigned in_pages = (kInAt + kBytes - 1) / 4096 + 1;
    const auto out_pages = static_cast<unsigned>((kOutAt % 4096 + answer.produced - 1) / 4096 + 1);
    BOOST_TEST(bus.pages.asked == in_pages + out_pages);
    BOOST_TEST(bus.counter(Counter::kPageRequests) == in_pages + out_pages);
    BOOST_TEST(bus.counter(Counter::kRefused) == 0U);
    // They are there now.
    BOOST_TEST(bus.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST(bus.pages.asked == in_pages + out_pages);
}

BOOST_AUTO_TEST_CASE(what_the_host_does_not_grant_fails_the_job_alone) {
    Sharing bus;
    bus.pages.grants[16] = Grant::kReads;  // the output
    BOOST_TEST(bus.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
    Sharing fresh;
    fresh.pages.grants[2] = Grant::kNothing;  // in the midst of the input
    BOOST_TEST(fresh.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
    fresh.pages.grants[2] = Grant::kReads;  // enough to read
    BOOST_TEST(fresh.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_OK);
    BOOST_TEST((fresh.state(0) == QueueState::kRunning));
}

BOOST_AUTO_TEST_CASE(addresses_outside_of_the_process_are_refused) {
    Sharing bus;
    for (const std::uint64_t address :
         {std::uint64_t{0x1000}, SharedPages::kBegin + 32 * SharedPages::kPageBytes,
          ~std::uint64_t{0} - 100}) {
        warpz_zip_sqe sqe = Sharing::descriptor();
        Sharing::set(sqe.source_addr, address);
        BOOST_TEST(bus.run(sqe) == WARPZ_ZIP_STATUS_BAD_ADDRESS);
    }
    BOOST_TEST(bus.run(Sharing::descriptor()) == WARPZ_ZIP_STATUS_OK);
}

BOOST_AUTO_TEST_CASE(a_host_that_fails_page_requests_ends_the_queue) {
    Sharing bus;
    bus.pages.grants[0] = Grant::kFailure;
    bus.submit(0, Sharing::descriptor());
    BOOST_TEST(bus.wait_for([&] { return bus.state(0) == QueueState::kError; }));
    BOOST_TEST((bus.read(Bus::context(0, kQueueState)) >> 8 & 0xff) ==
               static_cast<unsigned>(QueueCause::kPageFailure));
}

BOOST_AUTO_TEST_CASE(stop_waits_for_the_answer_of_a_page_request_and_a_reset_does_not) {
    Sharing bus;
    bus.pages.is_answering = false;
    bus.submit(0, Sharing::descriptor());
    BOOST_TEST(bus.wait_for([&] { return bus.pages.asked == 1; }));
    bus.write(Bus::context(0, kQueueCommand), kCommandStop);
    BOOST_TEST((bus.state(0) == QueueState::kStopping));
    bus.pages.is_answering = true;
    BOOST_TEST(bus.wait_for([&] { return bus.state(0) == QueueState::kIdle; }));

    Sharing other;
    other.pages.is_answering = false;
    other.submit(0, Sharing::descriptor());
    BOOST_TEST(other.wait_for([&] { return other.pages.asked == 1; }));
    other.reset();
    BOOST_TEST((other.state(0) == QueueState::kIdle));
    other.pages.is_answering = true;
    BOOST_TEST(other.wait_for([&] { return other.completions(0) == 0; }));
}

BOOST_AUTO_TEST_CASE(without_pasid_in_the_bus_a_queue_does_not_start) {
    Sharing bus(false);
    BOOST_TEST((bus.state(0) == QueueState::kError));
    BOOST_TEST((bus.read(Bus::context(0, kQueueState)) >> 8 & 0xff) ==
               static_cast<unsigned>(QueueCause::kBadContext));
}

BOOST_AUTO_TEST_SUITE_END()

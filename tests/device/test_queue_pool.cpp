// SPDX-License-Identifier: Zlib
// Leases, back-off, many threads, and a thread that is cancelled while it waits.
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/data/test_case.hpp>
#include <chrono>
#include <thread>

#include "device/device_fixture.hpp"
#include "device/fake_uacce.hpp"
#include "device/queue_pool.hpp"
#include "device/uacce_device.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;
using model::FaultKind;
using model::ModelOptions;

BOOST_AUTO_TEST_SUITE(queue_pool)

BOOST_AUTO_TEST_CASE(returned_queues_are_used_again) {
    const Model device = make_model();
    Device* const devices[] = {device.get()};
    const Pool pool = make_pool(devices);
    const Bytes in = make_sample(Sample::kText, 10'000);
    QueuePair* first = nullptr;
    for (int i = 0; i < 5; ++i) {
        const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
        BOOST_REQUIRE_EQUAL(lease.status(), Status::kOk);
        if (first == nullptr) first = &**lease;
        BOOST_TEST(&**lease == first);
        BOOST_TEST(round_trip(**lease, in));
    }
    BOOST_TEST(pool->counters().opened == 1U);
    // Another operation is another queue; leases move.
    Result<QueueLease> other = pool->lease(Operation::kInflate);
    BOOST_TEST(pool->counters().opened == 2U);
    QueueLease moved = std::move(*other);
    BOOST_TEST(!*other);
    BOOST_TEST(static_cast<bool>(moved));
    moved.release();
    BOOST_TEST(!moved);
    BOOST_TEST(device->available_queues() == 14U);
}

BOOST_AUTO_TEST_CASE(queues_with_jobs_or_faults_do_not_come_back) {
    ModelOptions options;
    options.faults.faults[0] = {FaultKind::kHang, 0, 1, 0};
    const Model device = make_model(options);
    Device* const devices[] = {device.get()};
    PoolOptions pool_options;
    pool_options.queue = impatient();
    const Pool pool = make_pool(devices, pool_options);
    const Bytes in = make_sample(Sample::kText, 10'000);
    Bytes out(deflate_output_bytes(in.size()));
    {
        const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
        BOOST_TEST(!round_trip(**lease, in));  // lost by the hang
    }
    {
        const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
        BOOST_TEST((*lease)->submit({.in = in, .out = out}) == Status::kOk);
    }
    Bytes().swap(out);
    const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
    BOOST_TEST(round_trip(**lease, in));
    BOOST_TEST(pool->counters().opened == 3U);
    BOOST_TEST(pool->counters().lost == 1U);
    BOOST_TEST(device->available_queues() == 15U);
}

BOOST_AUTO_TEST_CASE(the_first_device_that_has_a_queue_gives_it) {
    ModelOptions options;
    options.queues = 1;
    const Model near = make_model(options);
    const Model far = make_model(options);
    Device* const devices[] = {near.get(), far.get()};
    const Pool pool = make_pool(devices);
    const Result<QueueLease> first = pool->lease(Operation::kDeflate);
    BOOST_TEST(near->available_queues() == 0U);
    BOOST_TEST(far->available_queues() == 1U);
    const Result<QueueLease> second = pool->lease(Operation::kDeflate);
    BOOST_TEST(far->available_queues() == 0U);
    BOOST_TEST(pool->lease(Operation::kDeflate).status() == Status::kBusy);
    BOOST_TEST(pool->counters().busy == 1U);
}

BOOST_AUTO_TEST_CASE(a_lease_can_be_for_one_device) {
    ModelOptions options;
    options.queues = 1;
    const Model near = make_model(options);
    const Model far = make_model(options);
    Device* const devices[] = {near.get(), far.get()};
    const Pool pool = make_pool(devices);
    for (int i = 0; i < 2; ++i) {  // opened, and then from the idle ones
        const Result<QueueLease> lease = pool->lease(Operation::kInflate, far.get());
        BOOST_REQUIRE_EQUAL(lease.status(), Status::kOk);
        BOOST_TEST(&(*lease)->home() == far.get());
        BOOST_TEST(pool->lease(Operation::kInflate, far.get()).status() == Status::kBusy);
    }
    BOOST_TEST(pool->lease(Operation::kInflate, near.get()).status() == Status::kOk);
}

BOOST_AUTO_TEST_CASE(who_waits_gets_the_queue_that_is_returned) {
    const Model device = make_model();
    Device* const devices[] = {device.get()};
    const Pool pool = make_pool(devices, {.max_queues = 1});
    Result<QueueLease> first = pool->lease(Operation::kInflate);
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(pool->lease(Operation::kInflate, nullptr, 20'000).status() == Status::kBusy);
    BOOST_TEST((std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(20)));
    std::atomic<bool> is_waiting{false};
    std::thread other([&] {
        is_waiting = true;
        const Result<QueueLease> second = pool->lease(Operation::kInflate, nullptr, 30'000'000);
        BOOST_TEST(second.status() == Status::kOk);
    });
    while (!is_waiting) std::this_thread::yield();
    usleep(5'000);
    (*first).release();
    other.join();
    BOOST_TEST(pool->counters().busy == 1U);
    // Many threads, one queue: each gets its turn.
    std::atomic<int> turns{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                if (pool->lease(Operation::kInflate, nullptr, 30'000'000)) ++turns;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(turns == 8 * 200);
}

BOOST_AUTO_TEST_CASE(the_last_queue_of_a_device_is_not_kept_idle) {
    ModelOptions options;
    options.queues = 2;
    const Model device = make_model(options);
    Device* const devices[] = {device.get()};
    const Pool mine = make_pool(devices);
    const Pool of_another_process = make_pool(devices);
    {
        const Result<QueueLease> first = mine->lease(Operation::kDeflate);
        const Result<QueueLease> second = mine->lease(Operation::kDeflate);
        BOOST_TEST(of_another_process->lease(Operation::kDeflate).status() == Status::kBusy);
    }
    // The one that came back while none was free was closed, the other one is kept.
    BOOST_TEST(device->available_queues() == 1U);
    usleep(20'000);  // the pause after kBusy
    BOOST_TEST(of_another_process->lease(Operation::kDeflate).status() == Status::kOk);
    BOOST_TEST(mine->lease(Operation::kDeflate).status() == Status::kOk);
    BOOST_TEST(mine->counters().opened == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_device_is_left_alone_for_a_while) {
    FakeKernel kernel({.queues = 0});
    UacceNode node{};
    node.info.address_mode = AddressMode::kShared;
    node.info.formats = 7;
    node.info.generation = Generation::kV3;
    node.mmio_bytes = kernel.options.mmio_bytes;
    node.dus_bytes = kernel.options.dus_bytes;
    UacceDevice device(node, {}, FakeKernel::calls());
    Device* const devices[] = {&device};
    const Pool pool = make_pool(devices, {.backoff_us = 20'000, .revive_us = 20'000});
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(pool->lease(Operation::kDeflate).status() == Status::kBusy);
    }
    BOOST_TEST(kernel.log.size() < 5U);  // opens
    kernel.options.queues = 1;
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
        if (lease) break;
        BOOST_REQUIRE((std::chrono::steady_clock::now() - start < std::chrono::seconds(5)));
        usleep(2000);
    }
    // No device at all is another answer, and asked for again as rarely.
    kernel.options.open_error = ENODEV;
    BOOST_TEST(pool->lease(Operation::kInflate).status() == Status::kNoDevice);
    kernel.log.clear();
    BOOST_TEST(pool->lease(Operation::kInflate).status() == Status::kNoDevice);
    BOOST_TEST(kernel.log.empty());
    BOOST_TEST(make_pool({})->lease(Operation::kDeflate).status() == Status::kNoDevice);
}

BOOST_AUTO_TEST_CASE(the_pools_own_limit_evicts_what_is_idle) {
    const Model device = make_model();
    Device* const devices[] = {device.get()};
    const Pool pool = make_pool(devices, {.max_queues = 2});
    { const Result<QueueLease> idle = pool->lease(Operation::kInflate); }
    const Result<QueueLease> first = pool->lease(Operation::kDeflate);
    const Result<QueueLease> second = pool->lease(Operation::kDeflate);
    BOOST_TEST(second.status() == Status::kOk);
    BOOST_TEST(device->available_queues() == 14U);
    BOOST_TEST(pool->lease(Operation::kInflate).status() == Status::kBusy);
}

BOOST_DATA_TEST_CASE(sixty_four_threads_share_a_pool, boost::unit_test::data::make({false, true}),
                     has_thread) {
    ModelOptions options;
    options.queues = 12;
    options.has_thread = has_thread;
    const Model device = make_model(options);
    Device* const devices[] = {device.get()};
    const Pool pool = make_pool(devices, {.max_queues = 8, .backoff_us = 100});
    const Bytes in = make_sample(Sample::kText, 3000);
    std::atomic<int> done{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 64; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20;) {
                const Result<QueueLease> lease = pool->lease(Operation::kDeflate);
                if (!lease) {
                    std::this_thread::yield();
                    continue;
                }
                if (!round_trip(**lease, in)) ++wrong;
                ++done;
                ++i;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(done == 64 * 20);
    BOOST_TEST(wrong == 0);
    BOOST_TEST(pool->counters().opened <= 12U);
}

BOOST_AUTO_TEST_CASE(waiting_is_no_place_to_cancel_a_thread) {
    ModelOptions options;
    options.has_thread = true;
    options.faults.faults[0] = {FaultKind::kLate, 0, 1, 50'000};
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate, {.spin_us = 0});
    struct Shared {
        QueuePair* queue;
        Bytes in;
        std::atomic<bool> has_begun{false};
        std::atomic<bool> has_ended{false};
        int error = 0;
    } shared;
    shared.queue = queue.get();
    shared.in = make_sample(Sample::kText, 5000);
    pthread_t thread{};
    const auto body = [](void* argument) -> void* {
        auto& mine = *static_cast<Shared*>(argument);
        errno = EDOM;
        mine.has_begun = true;
        const bool is_right = round_trip(*mine.queue, mine.in);
        mine.error = errno;
        mine.has_ended = is_right;
        pthread_testcancel();
        return nullptr;
    };
    BOOST_REQUIRE(pthread_create(&thread, nullptr, body, &shared) == 0);
    while (!shared.has_begun) std::this_thread::yield();
    pthread_cancel(thread);
    void* result = nullptr;
    pthread_join(thread, &result);
    BOOST_TEST(result == PTHREAD_CANCELED);
    BOOST_TEST(shared.has_ended);
    BOOST_TEST(shared.error == EDOM);
    BOOST_TEST(queue->in_flight() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

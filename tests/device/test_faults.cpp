// SPDX-License-Identifier: Zlib
// Each fault of the model's plan, as the user of a queue pair meets it: what the completions say, that the wait is
// bounded, and that what goes wrong with one queue leaves the next one whole.
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <cstring>

#include "device/device_fixture.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;
using model::FaultKind;
using model::ModelFault;
using model::ModelOptions;

namespace {

constexpr std::size_t kJobs = 8;
constexpr std::size_t kStrike = 3;  // the job that the fault strikes

constexpr std::uint64_t kFarTooLateUs = 10'000'000'000;

/// A short time-out has to begin when the device has taken the descriptor that it will not answer: its thread may wait
/// long for a CPU of a busy machine. Without a thread it works when it is looked at.
void wait_until_taken(model::ModelDevice& device, bool has_thread, std::uint64_t descriptors) {
    while (has_thread && device.stats().descriptors < descriptors) sched_yield();
}

struct Expectation {
    const char* name;
    ModelFault fault;
    Fault queue_fault;  // how the queue ends
    Outcome struck;     // the outcome of the struck job; jobs after it are lost when the queue ends
};

std::ostream& operator<<(std::ostream& out, const Expectation& expectation) {
    return out << expectation.name;
}

constexpr ModelFault at(FaultKind kind, std::uint64_t detail = 0) {
    return {kind, kStrike, 1, detail};
}

constexpr Expectation kExpectations[] = {
    {"hang", at(FaultKind::kHang), Fault::kTimeout, Outcome::kLost},
    {"answer after the time-out", at(FaultKind::kLate, kFarTooLateUs), Fault::kTimeout,
     Outcome::kLost},
    {"answer just in time", at(FaultKind::kLate, 5000), Fault::kNone, Outcome::kDone},
    {"wrong tag", at(FaultKind::kWrongTag), Fault::kBadCompletion, Outcome::kLost},
    {"wrong ring index", at(FaultKind::kWrongIndex), Fault::kBadCompletion, Outcome::kLost},
    {"consumed one too much", at(FaultKind::kConsumedTooMuch), Fault::kBadCompletion,
     Outcome::kLost},
    {"consumed far too much", at(FaultKind::kConsumedTooMuch, 0x7fffffff), Fault::kBadCompletion,
     Outcome::kLost},
    {"produced one too much", at(FaultKind::kProducedTooMuch), Fault::kBadCompletion,
     Outcome::kLost},
    {"produced far too much", at(FaultKind::kProducedTooMuch, 0x7fffffff), Fault::kBadCompletion,
     Outcome::kLost},
    {"output space insufficient", at(FaultKind::kStatus, WARPZ_ZIP_STATUS_NO_SPACE), Fault::kNone,
     Outcome::kNeedSpace},
    {"check value wrong", at(FaultKind::kStatus, WARPZ_ZIP_STATUS_CHECKSUM), Fault::kNone,
     Outcome::kBadData},
    {"bus error", at(FaultKind::kStatus, WARPZ_ZIP_STATUS_BUS), Fault::kNone, Outcome::kFailed},
    {"unknown status", at(FaultKind::kStatus, 0xff), Fault::kNone, Outcome::kFailed},
    {"success without results", at(FaultKind::kStatus, WARPZ_ZIP_STATUS_OK), Fault::kNone,
     Outcome::kFailed},
    {"stuck phase", at(FaultKind::kStuckPhase), Fault::kTimeout, Outcome::kLost},
    {"reset", at(FaultKind::kReset), Fault::kReset, Outcome::kLost},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_DATA_TEST_CASE(every_job_has_one_completion,
                     boost::unit_test::data::make(kExpectations) *
                         boost::unit_test::data::make({false, true}),
                     expected, has_thread) {
    ModelOptions options;
    options.has_thread = has_thread;
    options.faults.faults[0] = expected.fault;
    const Model device = make_model(options);
    const bool is_lost_by_time = expected.queue_fault == Fault::kTimeout;
    Queue queue = open_queue(*device, Operation::kDeflate,
                             is_lost_by_time ? impatient() : QueueOptions{.spin_us = 0});
    const Bytes in = make_sample(Sample::kText, 8192);
    std::vector<Bytes> outs(kJobs, Bytes(deflate_output_bytes(in.size())));
    for (std::size_t i = 0; i < kJobs; ++i) {
        const Status status =
            queue->submit({.format = Format::kRaw, .in = in, .out = outs[i], .tag = i});
        // With a thread the device may have been reset already.
        BOOST_REQUIRE((status == Status::kOk || expected.fault.kind == FaultKind::kReset));
        if (status != Status::kOk) break;
    }
    const std::size_t submitted = queue->in_flight();
    if (is_lost_by_time) wait_until_taken(*device, has_thread, kStrike + 1);
    for (std::size_t i = 0; i < submitted; ++i) {
        Completion done;
        BOOST_REQUIRE_EQUAL(queue->wait({&done, 1}, 60'000'000), 1U);
        BOOST_TEST(done.tag == i);
        if (i < kStrike) {
            BOOST_TEST(done.outcome == Outcome::kDone);
        } else if (i == kStrike) {
            BOOST_TEST(done.outcome == expected.struck);
        } else {
            const bool has_ended = expected.queue_fault != Fault::kNone;
            BOOST_TEST(done.outcome == (has_ended ? Outcome::kLost : Outcome::kDone));
        }
        if (done.outcome == Outcome::kDone) {
            Bytes packed(outs[i].begin(), outs[i].begin() + done.produced);
            packed.insert(packed.end(), {0x03, 0x00});
            BOOST_TEST((inflate_by_zlib(Format::kRaw, packed) == in));
        } else {
            BOOST_TEST(done.consumed == 0U);
            BOOST_TEST(done.produced == 0U);
        }
    }
    BOOST_TEST(queue->in_flight() == 0U);
    BOOST_TEST(queue->fault() == expected.queue_fault);
    BOOST_TEST((queue->state() == QueueState::kZombie) == (expected.queue_fault != Fault::kNone));

    // The device itself goes on.
    queue = open_queue(*device, Operation::kDeflate);
    Bytes out(deflate_output_bytes(in.size()));
    BOOST_TEST(run(*queue, {.in = in, .out = out}).outcome == Outcome::kDone);
}

BOOST_DATA_TEST_CASE(a_late_device_writes_before_the_queue_has_stopped_or_never,
                     boost::unit_test::data::make({false, true}), has_thread) {
    ModelOptions options;
    options.has_thread = has_thread;
    options.faults.faults[0] = {FaultKind::kLate, 0, 1, kFarTooLateUs};
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate, impatient());
    const Bytes in = make_sample(Sample::kText, 8192);
    // An own mapping: a write after it has been given back would be a fault.
    const std::size_t room = 16'384;
    void* memory = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(memory != MAP_FAILED);
    auto* bytes = static_cast<std::uint8_t*>(memory);
    BOOST_TEST(queue->submit({.in = in, .out = {bytes, room}}) == Status::kOk);
    wait_until_taken(*device, has_thread, 1);
    Completion done;
    BOOST_TEST(queue->wait({&done, 1}, 60'000'000) == 1U);
    BOOST_TEST(done.outcome == Outcome::kLost);
    BOOST_TEST(queue->fault() == Fault::kTimeout);
    BOOST_TEST(std::any_of(bytes, bytes + room, [](std::uint8_t b) { return b != 0; }));  // it did
    munmap(memory, room);
}

BOOST_DATA_TEST_CASE(removal_ends_every_queue_for_good, boost::unit_test::data::make({false, true}),
                     has_thread) {
    ModelOptions options;
    options.has_thread = has_thread;
    options.faults.faults[0] = {FaultKind::kRemoval, 1, 1, 0};
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Queue other = open_queue(*device, Operation::kDeflate);
    const Bytes in = make_sample(Sample::kText, 8192);
    Bytes out(deflate_output_bytes(in.size()));
    BOOST_TEST(run(*queue, {.in = in, .out = out}).outcome == Outcome::kDone);
    BOOST_TEST(run(*queue, {.in = in, .out = out}).outcome == Outcome::kLost);
    BOOST_TEST((queue->fault() == Fault::kRemoved || queue->fault() == Fault::kReset));
    BOOST_TEST(other->submit({.in = in, .out = out}) == Status::kNoDevice);
    BOOST_TEST(QueuePair::open(*device, Operation::kDeflate, {}).status() == Status::kNoDevice);
    BOOST_TEST(device->available_queues() == 0U);
}

BOOST_AUTO_TEST_CASE(a_reset_reaches_the_queues_that_wait) {
    ModelOptions options;
    options.has_thread = true;
    options.faults.faults[0] = {FaultKind::kHang, 0, 1, 0};
    options.faults.faults[1] = {FaultKind::kReset, 1, 1, 0};
    const Model device = make_model(options);
    const Queue hanging = open_queue(*device, Operation::kDeflate);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes in = make_sample(Sample::kText, 8192);
    Bytes out(deflate_output_bytes(in.size()));
    Bytes other_out(out.size());
    BOOST_TEST(hanging->submit({.in = in, .out = out}) == Status::kOk);
    while (device->stats().descriptors == 0) sched_yield();
    BOOST_TEST(run(*queue, {.in = in, .out = other_out}).outcome == Outcome::kLost);
    Completion done;
    BOOST_TEST(hanging->wait({&done, 1}, 60'000'000) == 1U);
    BOOST_TEST(hanging->fault() == Fault::kReset);
}

BOOST_AUTO_TEST_CASE(no_free_queues_is_busy) {
    ModelOptions options;
    options.queues = 2;
    const Model device = make_model(options);
    BOOST_TEST(device->available_queues() == 2U);
    const Queue first = open_queue(*device, Operation::kDeflate);
    {
        const Queue second = open_queue(*device, Operation::kInflate);
        BOOST_TEST(device->available_queues() == 0U);
        BOOST_TEST(QueuePair::open(*device, Operation::kInflate, {}).status() == Status::kBusy);
    }
    BOOST_TEST(device->available_queues() == 1U);
    const Queue third = open_queue(*device, Operation::kInflate);
    options.faults.has_no_queues = true;
    const Model none = make_model(options);
    BOOST_TEST(QueuePair::open(*none, Operation::kDeflate, {}).status() == Status::kBusy);
    BOOST_TEST(none->available_queues() == 0U);
}

BOOST_AUTO_TEST_CASE(wrong_bytes_with_right_words_are_found_by_decoding_only) {
    const Bytes in = make_sample(Sample::kText, 8192);
    for (const FaultKind kind :
         {FaultKind::kBitFlip, FaultKind::kWrongLength, FaultKind::kWrongChecksum}) {
        ModelOptions options;
        options.faults.faults[0] = {kind, 0, 1, 9};
        const Model device = make_model(options);
        const Queue queue = open_queue(*device, Operation::kDeflate);
        Bytes out(deflate_output_bytes(in.size()));
        Bytes again(out.size());
        const Completion bad = run(*queue, {.in = in, .out = out});
        const Completion good = run(*queue, {.in = in, .out = again});
        BOOST_TEST(bad.outcome == Outcome::kDone);
        out.resize(bad.produced);
        again.resize(good.produced);
        BOOST_TEST((out == again) == (kind == FaultKind::kWrongChecksum));
        BOOST_TEST((bad.check == good.check) == (kind != FaultKind::kWrongChecksum));
        BOOST_TEST(good.check == checksum::adler32(1, in.data(), in.size()));
    }
}

BOOST_AUTO_TEST_CASE(a_context_is_lost_with_its_packet_until_it_is_restarted) {
    ModelOptions options;
    options.faults.faults[0] = {FaultKind::kStatus, 1, 1, WARPZ_ZIP_STATUS_BUS};
    const Model device = make_model(options);
    const Context context = make_context();
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes in = make_sample(Sample::kText, 8192);
    Bytes out(deflate_output_bytes(in.size()));
    const Job job{.in = in, .out = out, .context = context.get()};
    BOOST_TEST(run(*queue, job).outcome == Outcome::kDone);
    BOOST_TEST(run(*queue, job).outcome == Outcome::kFailed);
    BOOST_TEST(queue->submit(job) == Status::kUnsupported);
    context->restart();
    BOOST_TEST(run(*queue, job).outcome == Outcome::kDone);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Queue pairs on a well-behaved model device: every combination of descriptor type, address mode and kind of service.
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <deque>

#include "device/device_fixture.hpp"

using namespace warpz;
using namespace warpz::device;
using namespace warpz::test;
using model::ModelOptions;

namespace {

struct Setting {
    const char* name;
    Generation generation;
    AddressMode mode;
    bool has_thread;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.name; }

constexpr Setting kSettings[] = {
    {"v3 shared", Generation::kV3, AddressMode::kShared, false},
    {"v3 bounce", Generation::kV3, AddressMode::kBounce, false},
    {"v2 shared", Generation::kV2, AddressMode::kShared, false},
    {"v2 bounce", Generation::kV2, AddressMode::kBounce, false},
    {"v3 shared, own thread", Generation::kV3, AddressMode::kShared, true},
    {"v2 bounce, own thread", Generation::kV2, AddressMode::kBounce, true},
};

ModelOptions options_for(const Setting& setting) {
    ModelOptions options;
    options.generation = setting.generation;
    options.address_mode = setting.mode;
    options.has_thread = setting.has_thread;
    return options;
}

std::vector<Format> formats_of(const Setting& setting) {
    if (setting.generation == Generation::kV2) return {Format::kZlib, Format::kGzip};
    return {Format::kZlib, Format::kGzip, Format::kRaw};
}

/// Stands still. Whoever reads it after hold() is held up for longer than an impatient queue waits, and in that time the
/// device does all it has to do.
class HoldingClock final : public model::ModelClock {
  public:
    void hold() { holds_ = true; }
    std::uint64_t now_ns() noexcept override {
        const std::uint64_t now = now_ns_;
        if (holds_) {
            holds_ = false;
            usleep(2 * impatient().job_timeout_us);
            now_ns_ += 1'000'000'000;
        }
        return now;
    }
    void sleep_until(std::uint64_t) noexcept override {}

  private:
    bool holds_ = false;
    std::uint64_t now_ns_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(queue_pair)

BOOST_DATA_TEST_CASE(streams_of_packets_are_what_zlib_reads, kSettings, setting) {
    const Model device = make_model(options_for(setting));
    const Queue queue = open_queue(*device, Operation::kDeflate);
    for (const Format format : formats_of(setting)) {
        for (const Sample kind : {Sample::kText, Sample::kRandom, Sample::kZeros}) {
            for (const std::size_t packet : {4U, 1000U, 65'536U}) {
                const Bytes plain = make_sample(kind, packet == 4 ? 501 : 200'003);
                const Bytes packed = deflate_on(*queue, format, plain, packet);
                BOOST_REQUIRE(inflate_by_zlib(format, packed) == plain);
            }
        }
    }
}

BOOST_DATA_TEST_CASE(streams_of_zlib_are_decoded, kSettings, setting) {
    const Model device = make_model(options_for(setting));
    const Queue queue = open_queue(*device, Operation::kInflate);
    for (const Format format : formats_of(setting)) {
        for (const Sample kind : {Sample::kMixed, Sample::kRandom, Sample::kRuns}) {
            const Bytes plain = make_sample(kind, 150'001);
            const Bytes packed = deflate_by_zlib(format, plain);
            for (const std::size_t in : {1U, 77U, 5000U, 1'000'000U}) {
                for (const std::size_t out : {201U, 3333U, 500'000U}) {
                    if (in == 1 && (out != 3333 || kind != Sample::kRuns)) continue;
                    BOOST_REQUIRE(inflate_on(*queue, format, packed, in, out) == plain);
                }
            }
        }
    }
}

BOOST_DATA_TEST_CASE(a_ring_that_wraps_many_times_answers_in_order, kSettings, setting) {
    ModelOptions options = options_for(setting);
    options.ring_entries = 7;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    BOOST_TEST(queue->free_slots() == 6U);
    const Bytes plain = make_sample(Sample::kText, 4096);
    std::vector<Bytes> outs(6, Bytes(deflate_output_bytes(plain.size())));
    std::deque<std::uint64_t> expected;
    std::uint64_t next = 100;
    Random random(7);
    while (next < 400) {
        const Status status = queue->submit(
            {.is_last = random.one_in(2), .in = plain, .out = outs[next % 6], .tag = next});
        if (status == Status::kOk) expected.push_back(next++);
        BOOST_TEST((status == Status::kOk) == (status != Status::kBusy));
        BOOST_TEST(queue->in_flight() == expected.size());
        if (status == Status::kOk && !random.one_in(5)) continue;
        std::vector<Completion> done(random.between(1, 4));
        const std::size_t count = queue->wait(done, 1'000'000);
        BOOST_REQUIRE_GE(count, 1U);
        for (std::size_t i = 0; i < count; ++i) {
            BOOST_TEST(done[i].tag == expected.front());
            BOOST_TEST(done[i].consumed == plain.size());
            expected.pop_front();
        }
    }
    BOOST_TEST(device->stats().bad_doorbells == 0U);
    queue->stop();  // before the buffers go
}

BOOST_AUTO_TEST_CASE(check_values_are_those_of_the_stream_so_far) {
    const Bytes plain = make_sample(Sample::kBinary, 60'000);
    for (const Generation generation : {Generation::kV2, Generation::kV3}) {
        ModelOptions options;
        options.generation = generation;
        const Model device = make_model(options);
        const Queue queue = open_queue(*device, Operation::kDeflate);
        for (const Format format : {Format::kZlib, Format::kGzip}) {
            const Context context = make_context();
            std::uint32_t check = format == Format::kZlib ? 1 : 0;
            for (std::size_t at = 0; at < plain.size(); at += 20'000) {
                Bytes out(deflate_output_bytes(20'000));
                const Completion done = run(*queue, {.format = format,
                                                     .in = {plain.data() + at, 20'000},
                                                     .out = out,
                                                     .context = context.get()});
                check = format == Format::kZlib
                            ? checksum::adler32(check, plain.data() + at, 20'000)
                            : checksum::crc32(check, plain.data() + at, 20'000);
                BOOST_TEST(done.check == check);
            }
            // A restarted context begins anew.
            context->restart();
            Bytes out(deflate_output_bytes(100));
            const Completion done = run(*queue, {.format = format,
                                                 .in = {plain.data(), 100},
                                                 .out = out,
                                                 .context = context.get()});
            check = format == Format::kZlib ? checksum::adler32(1, plain.data(), 100)
                                            : checksum::crc32(0, plain.data(), 100);
            BOOST_TEST(done.check == check);
        }
    }
}

BOOST_AUTO_TEST_CASE(independent_packets_can_be_joined) {
    // What a stream cut into chunks is made of: each packet its own, ended by the own final block.
    const Bytes plain = make_sample(Sample::kMixed, 300'000);
    for (const Generation generation : {Generation::kV2, Generation::kV3}) {
        ModelOptions options;
        options.generation = generation;
        const Model device = make_model(options);
        const Queue queue = open_queue(*device, Operation::kDeflate);
        std::vector<Bytes> outs(5, Bytes(deflate_output_bytes(60'000)));
        for (std::size_t i = 0; i < 5; ++i) {
            BOOST_REQUIRE_EQUAL(queue->submit({.format = Format::kRaw,
                                               .in = {plain.data() + i * 60'000, 60'000},
                                               .out = outs[i],
                                               .tag = i}),
                                Status::kOk);
        }
        BOOST_TEST(queue->in_flight() == 5U);
        Bytes packed;
        for (std::size_t i = 0; i < 5; ++i) {
            Completion done;
            BOOST_REQUIRE_EQUAL(queue->wait({&done, 1}, 1'000'000), 1U);
            BOOST_TEST(done.tag == i);
            BOOST_TEST(done.outcome == Outcome::kDone);
            packed.insert(packed.end(), outs[i].data(), outs[i].data() + done.produced);
        }
        packed.insert(packed.end(), {0x03, 0x00});
        BOOST_TEST((inflate_by_zlib(Format::kRaw, packed) == plain));
    }
}

BOOST_AUTO_TEST_CASE(what_no_descriptor_can_say_is_unsupported) {
    ModelOptions options;
    options.generation = Generation::kV2;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Queue inflating = open_queue(*device, Operation::kInflate);
    const Bytes in(9 << 20);
    Bytes out(10 << 20);
    const auto refuses = [&](const Job& job) {
        QueuePair& pair = job.operation == Operation::kDeflate ? *queue : *inflating;
        return !pair.supports(job) && pair.submit(job) == Status::kUnsupported;
    };
    const std::span<const std::uint8_t> some{in.data(), 4096};
    const std::span<const std::uint8_t> none{in.data(), 0};
    const std::span<std::uint8_t> room{out};
    BOOST_TEST(refuses({.is_last = true, .in = none, .out = room}));
    BOOST_TEST(refuses({.in = {in.data(), 4095}, .out = room}));           // granule
    BOOST_TEST(refuses({.in = {in.data(), (8 << 20) + 4}, .out = room}));  // 8 MiB
    BOOST_TEST(refuses({.in = some, .out = room.first(4096 + 511)}));      // 9/8
    BOOST_TEST(refuses({.is_last = true, .in = some, .out = room.first(4096 + 519)}));
    BOOST_TEST(refuses({.in = {in.data(), 4}, .out = room.first(200)}));
    BOOST_TEST(refuses({.is_last = true, .in = {in.data(), 1}, .out = room.first(15)}));
    BOOST_TEST(refuses({.format = Format::kRaw, .is_last = true, .in = some, .out = room}));
    BOOST_TEST(refuses(
        {.operation = Operation::kInflate, .format = Format::kRaw, .in = some, .out = room}));
    BOOST_TEST(refuses({.operation = Operation::kInflate, .in = none, .out = room}));
    BOOST_TEST(refuses({.operation = Operation::kInflate, .in = some, .out = room.first(15)}));
    BOOST_TEST((inflating->submit({.in = some, .out = room}) == Status::kUnsupported));
    BOOST_TEST(queue->in_flight() == 0U);

    const Context context = make_context();
    BOOST_TEST(refuses({.operation = Operation::kInflate,
                        .in = some,
                        .out = room.first(200),
                        .context = context.get()}));
    // Nothing waits in a stream that has not begun.
    BOOST_TEST((inflating->submit({.operation = Operation::kInflate,
                                   .in = none,
                                   .out = room,
                                   .context = context.get()}) == Status::kUnsupported));
}

BOOST_AUTO_TEST_CASE(the_largest_job_fits) {
    for (const AddressMode mode : {AddressMode::kShared, AddressMode::kBounce}) {
        ModelOptions options;
        options.address_mode = mode;
        options.is_null = true;
        const Model device = make_model(options);
        const Queue queue = open_queue(*device, Operation::kDeflate);
        const Bytes in(queue->max_job_bytes());
        Bytes out(deflate_output_bytes(in.size()));
        BOOST_TEST(in.size() > 512U * 1024);
        BOOST_TEST(
            (run(*queue, {.is_last = true, .in = in, .out = out}).outcome == Outcome::kStreamEnd));
        BOOST_TEST((run(*queue, {.in = in, .out = out}).outcome == Outcome::kDone));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_goes_from_queue_to_queue) {
    const Bytes plain = make_sample(Sample::kMixed, 300'000);
    const Bytes packed = deflate_by_zlib(Format::kGzip, plain);
    for (const AddressMode mode : {AddressMode::kShared, AddressMode::kBounce}) {
        ModelOptions options;
        options.address_mode = mode;
        const Model device = make_model(options);
        const Context context = make_context();
        Bytes out(plain.size());
        std::size_t consumed = 0;
        std::size_t produced = 0;
        Completion done;
        while (done.outcome != Outcome::kStreamEnd) {
            // Another stream has the queue's slots in between.
            const Queue queue = open_queue(*device, Operation::kInflate);
            BOOST_TEST((inflate_on(*queue, Format::kGzip, packed, 50'000, 100'000) == plain));
            const std::size_t count = std::min<std::size_t>(20'000, packed.size() - consumed);
            done = run(*queue, {.operation = Operation::kInflate,
                                .format = Format::kGzip,
                                .in = {packed.data() + consumed, count},
                                .out = std::span(out).subspan(produced),
                                .context = context.get()});
            BOOST_REQUIRE_LE(done.outcome, Outcome::kStreamEnd);
            consumed += done.consumed;
            produced += done.produced;
            if (produced == plain.size()) out.resize(plain.size() + kMinOutputBytes);
        }
        BOOST_TEST(consumed == packed.size());
        out.resize(produced);
        BOOST_TEST((out == plain));
    }
}

BOOST_AUTO_TEST_CASE(a_context_has_one_packet_in_flight) {
    const Model device = make_model();
    const Context context = make_context();
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes in = make_sample(Sample::kText, 1000);
    Bytes out(deflate_output_bytes(in.size()));
    const Job job{.in = in, .out = out, .context = context.get()};
    BOOST_TEST(queue->submit(job) == Status::kOk);
    BOOST_TEST(queue->submit(job) == Status::kBusy);
    Completion done;
    BOOST_TEST(queue->wait({&done, 1}, 1'000'000) == 1U);
    BOOST_TEST(queue->submit(job) == Status::kOk);
    queue->stop();
}

BOOST_AUTO_TEST_CASE(a_small_window_makes_jobs_wait_their_turn) {
    ModelOptions options;
    options.address_mode = AddressMode::kBounce;
    options.window_bytes = 512 * 1024;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes plain = make_sample(Sample::kText, 48'000);
    std::vector<Bytes> outs(40, Bytes(deflate_output_bytes(plain.size())));
    std::size_t submitted = 0;
    std::size_t answered = 0;
    std::size_t most = 0;
    while (answered < outs.size()) {
        if (submitted < outs.size()) {
            const Status status = queue->submit(
                {.format = Format::kRaw, .in = plain, .out = outs[submitted], .tag = submitted});
            if (status == Status::kOk) {
                most = std::max(most, ++submitted - answered);
                continue;
            }
            BOOST_REQUIRE_EQUAL(status, Status::kBusy);
        }
        Completion done;
        BOOST_REQUIRE_EQUAL(queue->wait({&done, 1}, 1'000'000), 1U);
        BOOST_TEST(done.tag == answered);
        Bytes packed(outs[answered].begin(), outs[answered].begin() + done.produced);
        packed.insert(packed.end(), {0x03, 0x00});
        BOOST_REQUIRE(inflate_by_zlib(Format::kRaw, packed) == plain);
        ++answered;
    }
    BOOST_TEST(most >= 2U);
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_the_time_is_up) {
    ModelOptions options;
    options.is_null = true;
    options.latency_us = 50'000;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes in(4096);
    Bytes out(deflate_output_bytes(in.size()));
    Completion done;
    BOOST_TEST(queue->wait({&done, 1}, 1000) == 0U);  // nothing in flight
    BOOST_TEST(queue->submit({.in = in, .out = out, .tag = 5}) == Status::kOk);
    BOOST_TEST(queue->reap({&done, 1}) == 0U);
    BOOST_TEST(queue->wait({&done, 1}, 2000) == 0U);
    BOOST_TEST(queue->waited_us() >= 2000U);
    BOOST_TEST(queue->wait({&done, 1}, 1'000'000) == 1U);
    BOOST_TEST(done.tag == 5U);
    BOOST_TEST(queue->waited_us() >= 45'000U);
    BOOST_TEST(queue->fault() == Fault::kNone);
}

BOOST_AUTO_TEST_CASE(an_answer_that_came_while_the_caller_was_held_up_is_in_time) {
    HoldingClock clock;
    ModelOptions options;
    options.is_null = true;
    options.latency_us = 1000;
    options.clock = &clock;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate, impatient());
    const Bytes in = make_sample(Sample::kText, 1000);
    Bytes out(deflate_output_bytes(in.size()));
    BOOST_REQUIRE_EQUAL(queue->submit({.in = in, .out = out}), Status::kOk);
    Completion done;
    BOOST_REQUIRE(queue->wait({&done, 1}, 1) == 0U);  // from here on the time-out counts
    clock.hold();
    BOOST_REQUIRE(queue->wait({&done, 1}, 1'000'000) == 1U);
    BOOST_TEST(done.outcome == Outcome::kDone);
}

BOOST_AUTO_TEST_CASE(simulated_engines_work_in_parallel) {
    ModelOptions options;
    options.is_null = true;
    options.engines = 4;
    options.bytes_per_second = 1'000'000'000;
    options.latency_us = 100;
    const Model device = make_model(options);
    const Queue queue = open_queue(*device, Operation::kDeflate);
    const Bytes in(1 << 20);
    Bytes out(deflate_output_bytes(in.size()));
    std::vector<Completion> done(8);
    // Eight packets of 1.05 ms, four at a time. On a busy machine the sleeper comes late now and then.
    bool was_parallel = false;
    for (std::uint64_t round = 1; round <= 50 && !was_parallel; ++round) {
        const std::uint64_t before = queue->waited_us();
        for (int i = 0; i < 8; ++i) {
            BOOST_REQUIRE_EQUAL(queue->submit({.in = in, .out = out}), Status::kOk);
        }
        std::size_t count = 0;
        while (count < 8) count += queue->wait(done, 10'000'000);
        const std::uint64_t waited = queue->waited_us() - before;
        BOOST_TEST(device->stats().busy_ns == round * 8 * (std::uint64_t{1} << 20));
        BOOST_TEST(waited >= 2000U);
        was_parallel = waited < 7 * 1050U;
    }
    BOOST_TEST(was_parallel);
}

BOOST_AUTO_TEST_CASE(stopping_gives_back_what_is_in_flight) {
    for (const bool has_thread : {false, true}) {
        ModelOptions options;
        options.has_thread = has_thread;
        const Model device = make_model(options);
        const Queue queue = open_queue(*device, Operation::kDeflate);
        const Bytes in = make_sample(Sample::kText, 100'000);
        std::vector<Bytes> outs(10, Bytes(deflate_output_bytes(in.size())));
        for (std::uint64_t i = 0; i < 10; ++i) {
            BOOST_REQUIRE_EQUAL(queue->submit({.in = in, .out = outs[i], .tag = i}), Status::kOk);
        }
        queue->stop();
        queue->stop();
        BOOST_TEST(queue->state() == QueueState::kZombie);
        BOOST_TEST(queue->fault() == Fault::kStopped);
        BOOST_TEST(queue->submit({.in = in, .out = outs[0]}) == Status::kNoDevice);
        for (Bytes& out : outs) Bytes().swap(out);  // a write after the stop would be seen by ASan
        std::vector<Completion> done(4);
        std::uint64_t next = 0;
        for (std::size_t count; (count = queue->wait(done, 1000)) != 0;) {
            for (std::size_t i = 0; i < count; ++i) {
                BOOST_TEST(done[i].tag == next++);
                BOOST_TEST(done[i].outcome == Outcome::kLost);
            }
        }
        BOOST_TEST(next == 10U);
        BOOST_TEST(queue->in_flight() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

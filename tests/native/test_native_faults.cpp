// SPDX-License-Identifier: Zlib
// Jobs of warpz.h on model devices of both address modes, also such as hang, vanish and spoil: what the device does not do the
// pool does, and the caller sees nothing of it but counters.
#define BOOST_TEST_MODULE native_faults
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "base/clock.hpp"
#include "native/batch.hpp"
#include "offload/in_child.hpp"
#include "offload/model.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;
using namespace warpz::device;
using model::FaultKind;
using model::ModelOptions;

BOOST_TEST_DONT_PRINT_LOG_VALUE(AddressMode)
BOOST_TEST_DONT_PRINT_LOG_VALUE(FaultKind)

namespace {

const Variables kAlways = {{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "1"}};

Context make_context(unsigned flags) {
    warpz_options options{};
    options.flags = flags;
    options.threads = 2;
    return Context::create(options);
}

std::uint64_t by_device(const Context& context) {
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    return statistics.jobs[WARPZ_DEVICE];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_faults)

BOOST_DATA_TEST_CASE(pages_go_over_the_device_in_both_address_modes,
                     data::make({AddressMode::kShared, AddressMode::kBounce}) *
                         data::make({0U, 1U * WARPZ_EVENTS}),
                     mode, flags) {
    const Bytes result = in_child({{"WARPZ_MIN_BYTES", "1"}}, [&] {
        ModelOptions options;
        options.address_mode = mode;
        install_model(options);
        Context context = make_context(flags);
        Batch batch(make_sample(Sample::kMixed, 16384));
        return Bytes{static_cast<std::uint8_t>(batch.run_both(context))};
    });
    BOOST_TEST((result == Bytes{0}));
}

BOOST_DATA_TEST_CASE(what_a_device_does_not_do_the_pool_does,
                     data::make({FaultKind::kHang, FaultKind::kWrongTag, FaultKind::kWrongLength,
                                 FaultKind::kProducedTooMuch, FaultKind::kStatus,
                                 FaultKind::kBitFlip, FaultKind::kReset, FaultKind::kRemoval}) *
                         data::make({0U, 1U * WARPZ_EVENTS}) * data::make({7, 40}),
                     kind, flags, first) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.address_mode = first == 7 ? AddressMode::kShared : AddressMode::kBounce;
        options.faults.faults[0] = {kind, static_cast<std::uint64_t>(first), 1, 0x41};
        install_model(options, kShortTimeoutMs);
        Context context = make_context(flags);
        Batch batch(make_sample(Sample::kText, 16384));
        batch.may_be_others = true;
        Bytes codes;
        for (unsigned round = 0; round < 2; ++round)
            codes.push_back(static_cast<std::uint8_t>(batch.run_both(context)));
        codes.push_back(by_device(context) >= static_cast<unsigned>(first) - 7);
        return codes;
    });
    BOOST_TEST((result == Bytes{0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_device_that_hangs_is_noticed_by_who_only_polls) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.faults.faults[0] = {FaultKind::kHang, 0, 1, 0};
        install_model(options, kShortTimeoutMs);
        Context context = make_context(0);
        const Bytes page = make_sample(Sample::kText, 16384);
        Bytes packed(warpz_bound(page.size()));
        warpz_job job =
            warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(page)),
                                    std::as_writable_bytes(std::span(packed)));
        (void)context.submit(job);
        warpz_job* done[1];
        while (context.poll(done) == 0) ::poll(nullptr, 0, 1);
        return Bytes{static_cast<std::uint8_t>(job.status), job.executor == WARPZ_DEVICE};
    });
    BOOST_TEST((result == Bytes{WARPZ_OK, 0}));
}

// The device never answers the first job; those behind it, of the other direction, have a queue of their own.
BOOST_DATA_TEST_CASE(an_answer_is_seen_while_another_queue_is_silent,
                     data::make({0U, 1U * WARPZ_EVENTS}) * data::make({-1, 3000}), flags, timeout) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.faults.faults[0] = {FaultKind::kHang, 0, 1, 0};
        install_model(options, 5000);
        Context context = make_context(flags);
        const Bytes page = make_sample(Sample::kText, 16384);
        Bytes packed(warpz_bound(page.size()));
        Bytes room(packed.size());
        Bytes again(page.size());
        warpz_job job =
            warpz::native::make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(page)),
                                    std::as_writable_bytes(std::span(packed)));
        (void)context.run(job);
        warpz_job silent = job;
        silent.out = room.data();
        warpz_job back = warpz::native::make_job(
            WARPZ_INFLATE, WARPZ_ZLIB, std::as_bytes(std::span(packed).first(job.produced)),
            std::as_writable_bytes(std::span(again)));
        const std::uint64_t start = warpz::monotonic_ns();
        (void)context.submit(silent);
        warpz_job* done[2];
        Bytes codes;
        codes.push_back(context.poll(done) == 0);  // the model has taken it
        ::poll(nullptr, 0, 20);                    // and a watcher sleeps on it
        (void)context.submit(back);
        codes.push_back(context.wait(done, timeout) == 1 && done[0] == &back);
        codes.push_back(back.status == WARPZ_OK && back.executor == WARPZ_DEVICE);
        codes.push_back(context.wait(done, 5) == 0);  // the time is over
        codes.push_back(warpz::monotonic_ns() - start < 3'000'000'000);
        while (context.pending() != 0) (void)context.wait(done);
        codes.push_back(silent.status == WARPZ_OK && silent.executor != WARPZ_DEVICE);
        return codes;
    });
    BOOST_TEST((result == Bytes(6, 1)));
}

BOOST_AUTO_TEST_CASE(looks_at_a_device_that_takes_its_time_are_no_time_outs) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.latency_us = 3000;
        install_model(options);
        Context context = make_context(0);
        const Bytes page = make_sample(Sample::kText, 16384);
        Bytes packed(warpz_bound(page.size()));
        Bytes codes;
        for (const int operation : {WARPZ_DEFLATE, WARPZ_INFLATE}) {
            Bytes again(page.size());
            static std::size_t made;
            warpz_job job = warpz::native::make_job(
                static_cast<warpz_operation>(operation), WARPZ_ZLIB,
                std::as_bytes(operation == WARPZ_DEFLATE ? std::span(page)
                                                         : std::span(packed).first(made)),
                std::as_writable_bytes(std::span(operation == WARPZ_DEFLATE ? packed : again)));
            (void)context.submit(job);
            warpz_job* done[1];
            unsigned looks = 0;
            while (context.poll(done) == 0) ++looks;
            made = job.produced;
            codes.push_back(static_cast<std::uint8_t>(job.status));
            codes.push_back(job.executor == WARPZ_DEVICE);
            codes.push_back(looks > 3);
        }
        return codes;
    });
    BOOST_TEST((result == Bytes{WARPZ_OK, 1, 1, WARPZ_OK, 1, 1}));
}

namespace {

struct BufferFigures {
    int status = 0;
    bool is_by_device = true;
    std::uint64_t copied = 0;
};

// Pages there and back in buffers of the library's.
BufferFigures run_in_buffers(Context& context, unsigned count) {
    const Bytes page = make_sample(Sample::kText, 16384);
    const std::size_t bound = warpz_bound(page.size());
    BufferFigures figures;
    for (unsigned i = 0; i < count; ++i) {
        void* plain = nullptr;
        void* packed = nullptr;
        void* from = nullptr;
        void* again = nullptr;
        figures.status |= warpz_buffer_alloc(context.get(), WARPZ_DEFLATE, page.size(), &plain) |
                          warpz_buffer_alloc(context.get(), WARPZ_DEFLATE, bound, &packed) |
                          warpz_buffer_alloc(context.get(), WARPZ_INFLATE, bound, &from) |
                          warpz_buffer_alloc(context.get(), WARPZ_INFLATE, page.size(), &again);
        if (figures.status != 0) return figures;
        std::memcpy(plain, page.data(), page.size());
        warpz_job job{};
        warpz_job* done[1];
        const auto run = [&](int operation, void* in, std::size_t in_bytes, void* out,
                             std::size_t out_space) {
            job = {};
            job.operation = static_cast<std::uint8_t>(operation);
            job.format = WARPZ_GZIP;
            job.level = 6;
            job.in = in;
            job.in_bytes = in_bytes;
            job.out = out;
            job.out_space = out_space;
            if (context.submit(job) != 1 || context.wait(done) != 1) figures.status = 1;
            figures.status |= job.status;
            figures.is_by_device = figures.is_by_device && job.executor == WARPZ_DEVICE;
        };
        run(WARPZ_DEFLATE, plain, page.size(), packed, bound);
        const std::size_t made = job.produced;
        std::memcpy(from, packed, made);
        run(WARPZ_INFLATE, from, made, again, page.size());
        if (std::memcmp(again, page.data(), page.size()) != 0) figures.status = 2;
        for (void* buffer : {plain, packed, from, again}) warpz_buffer_free(context.get(), buffer);
    }
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    figures.copied = statistics.copied_bytes;
    return figures;
}

}  // namespace

BOOST_DATA_TEST_CASE(buffers_of_the_library_s_are_not_copied,
                     data::make({AddressMode::kShared, AddressMode::kBounce}), mode) {
    const Bytes result = in_child({{"WARPZ_MIN_BYTES", "1"}, {"WARPZ_VERIFY", "0"}}, [&] {
        ModelOptions options;
        options.address_mode = mode;
        install_model(options);
        Context context = make_context(0);
        warpz_capabilities found{};
        warpz_query(context.get(), &found);
        Bytes codes{found.device_copies};
        const BufferFigures own = run_in_buffers(context, 10);
        codes.push_back(own.status == 0 && own.is_by_device && own.copied == 0);
        // The caller's own memory is, in a window.
        Batch batch(make_sample(Sample::kText, 16384));
        codes.push_back(batch.run_both(context) == 0);
        warpz_statistics statistics{};
        warpz_get_statistics(context.get(), &statistics);
        codes.push_back(statistics.copied_bytes >= 2 * Batch::kJobs * 16384U);
        return codes;
    });
    const bool copies = mode == AddressMode::kBounce;
    BOOST_TEST((result == Bytes{copies, 1, 1, copies}));
}

BOOST_AUTO_TEST_CASE(a_window_that_is_full_or_lost_leaves_plain_memory) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.address_mode = AddressMode::kBounce;
        options.faults.faults[0] = {FaultKind::kReset, 5, 1, 0};
        install_model(options);
        Context context = make_context(0);
        Bytes codes;
        // More than the window holds: all of it can be written and given back, in any order.
        std::vector<void*> buffers(40);
        for (auto& buffer : buffers) {
            codes.push_back(static_cast<std::uint8_t>(
                warpz_buffer_alloc(context.get(), WARPZ_DEFLATE, 100'000, &buffer)));
            std::memset(buffer, 1, 100'000);
        }
        for (std::size_t i = 0; i < buffers.size(); i += 2)
            warpz_buffer_free(context.get(), buffers[i]);
        // The reset comes while buffers are held: they stay, and what is in them is done.
        const BufferFigures figures = run_in_buffers(context, 10);
        codes.push_back(static_cast<std::uint8_t>(figures.status));
        codes.push_back(figures.is_by_device);
        for (std::size_t i = 1; i < buffers.size(); i += 2) {
            std::memset(buffers[i], 2, 100'000);
            warpz_buffer_free(context.get(), buffers[i]);
        }
        const BufferFigures after = run_in_buffers(context, 2);
        codes.push_back(static_cast<std::uint8_t>(after.status));
        return codes;
    });
    BOOST_TEST((result == Bytes(43, 0)));
}

BOOST_DATA_TEST_CASE(a_window_is_had_with_an_event_too, data::make({0, 1}), is_child) {
    const Bytes result = in_child(kAlways, [&] {
        ModelOptions options;
        options.address_mode = AddressMode::kBounce;
        install_model(options);
        Context context = make_context(is_child != 0 ? 0U : 1U * WARPZ_EVENTS);
        void* buffer = nullptr;
        Bytes codes;
        codes.push_back(static_cast<std::uint8_t>(
            warpz_buffer_alloc(context.get(), WARPZ_DEFLATE, 1000, &buffer)));
        if (is_child != 0) {
            const int pid = fork();
            if (pid == 0) {
                void* none = buffer;
                const int code = warpz_buffer_alloc(context.get(), WARPZ_DEFLATE, 1, &none);
                warpz_buffer_free(context.get(), buffer);
                _exit(code == WARPZ_ERROR_FORKED && none == nullptr ? 0 : 1);
            }
            codes.push_back(static_cast<std::uint8_t>(exit_code_of(pid)));
        } else {
            const BufferFigures figures = run_in_buffers(context, 2);
            codes.push_back(figures.status != 0 || !figures.is_by_device || figures.copied != 0);
        }
        std::memset(buffer, 1, 1000);
        warpz_buffer_free(context.get(), buffer);
        return codes;
    });
    BOOST_TEST((result == Bytes{0, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

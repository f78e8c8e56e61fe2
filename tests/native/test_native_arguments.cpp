// SPDX-License-Identifier: Zlib
// What warpz.h says of arguments that are out of range, of nothing, and of objects at the wrong moment, to the return code.
#include <boost/test/unit_test.hpp>
#include <climits>
#include <cstring>

#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"

using namespace warpz::test;
using warpz::native::Context;
using warpz::native::Stream;

namespace {

/// A job that is in order, with room of its own.
struct Example {
    explicit Example(int operation = WARPZ_DEFLATE, int format = WARPZ_ZLIB)
        : in(make_sample(Sample::kText, 2000)), out(warpz_bound(2000)) {
        job = warpz::native::make_job(
            static_cast<warpz_operation>(operation), static_cast<warpz_format>(format),
            std::as_bytes(std::span(in)), std::as_writable_bytes(std::span(out)));
    }
    Bytes in;
    Bytes out;
    warpz_job job;
};

/// What warpz_run() says, which is what a submitted job comes back with.
int status_of(Context& context, warpz_job& job) {
    const int by_run = context.run(job);
    BOOST_TEST(job.status == by_run);
    BOOST_TEST(job.executor == WARPZ_INLINE);
    warpz_job* done[2] = {};
    BOOST_TEST(context.submit(job) == 1);
    BOOST_TEST(context.wait(done) == 1);
    BOOST_TEST(done[0] == &job);
    BOOST_TEST(job.status == by_run);
    return by_run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_arguments)

BOOST_AUTO_TEST_CASE(a_job_s_fields_have_ranges) {
    Context context = Context::create();
    Example good;
    BOOST_TEST(status_of(context, good.job) == WARPZ_OK);
    const auto with = [&](auto set, int operation = WARPZ_DEFLATE) {
        Example example(operation);
        set(example.job);
        return status_of(context, example.job);
    };
    BOOST_TEST(with([](auto& job) { job.operation = WARPZ_CRC32 + 1; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.operation = 255; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.format = WARPZ_RAW + 1; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.priority = 2; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.flush = WARPZ_FINISH + 1; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.level = -2; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.level = 13; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.level = -128; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.in = nullptr; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.out = nullptr; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) { job.dictionary_bytes = 1; }) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(with([](auto& job) {
                   job.format = WARPZ_GZIP;
                   job.dictionary = job.in;
                   job.dictionary_bytes = 10;
               }) == WARPZ_ERROR_PARAMETER);
    for (const int operation : {WARPZ_ADLER32, WARPZ_CRC32}) {
        BOOST_TEST(with([](auto& job) { job.in = nullptr; }, operation) == WARPZ_ERROR_PARAMETER);
        // The output is not looked at.
        BOOST_TEST(with([](auto& job) { job.out = nullptr; }, operation) == WARPZ_OK);
    }
    Stream inflater = Stream::create(WARPZ_INFLATE, WARPZ_ZLIB);
    BOOST_TEST(with([&](auto& job) { job.stream = inflater.get(); }) == WARPZ_ERROR_PARAMETER);
    // What was refused has not made the stream busy.
    warpz_stream_reset(inflater.get());
    BOOST_TEST(with([&](auto& job) { job.stream = inflater.get(); }, WARPZ_INFLATE) ==
               WARPZ_ERROR_DATA);
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    BOOST_TEST(statistics.failed == 2U * 16);
}

BOOST_AUTO_TEST_CASE(nothing_is_something) {
    Context context = Context::create();
    for (int format = WARPZ_ZLIB; format <= WARPZ_RAW; ++format) {
        for (int level = -1; level <= WARPZ_LEVEL_MAX; ++level) {
            Example example(WARPZ_DEFLATE, format);
            example.job.level = static_cast<std::int8_t>(level);
            example.job.in = nullptr;
            example.job.in_bytes = 0;
            BOOST_TEST(status_of(context, example.job) == WARPZ_OK);
            BOOST_TEST(example.job.produced <= warpz_bound(0));
            warpz_job back = example.job;
            back.operation = WARPZ_INFLATE;
            back.in = example.out.data();
            back.in_bytes = example.job.produced;
            back.out = nullptr;
            back.out_space = 0;
            BOOST_TEST(status_of(context, back) == WARPZ_OK);
            BOOST_TEST(back.consumed == example.job.produced);
        }
        Example none(WARPZ_DEFLATE, format);
        none.job.out = nullptr;
        none.job.out_space = 0;
        BOOST_TEST(status_of(context, none.job) == WARPZ_ERROR_NO_SPACE);
        Example empty(WARPZ_INFLATE, format);
        empty.job.in = nullptr;
        empty.job.in_bytes = 0;
        BOOST_TEST(status_of(context, empty.job) == WARPZ_ERROR_DATA);
    }
    warpz_job sum{};
    sum.operation = WARPZ_ADLER32;
    sum.check = 1;
    BOOST_TEST(context.run(sum) == WARPZ_OK);
    BOOST_TEST(sum.check == 1U);
    // Checks go on from one job to the next.
    Example part(WARPZ_CRC32);
    part.job.in_bytes = 700;
    BOOST_TEST(context.run(part.job) == WARPZ_OK);
    part.job.in = part.in.data() + 700;
    part.job.in_bytes = 1300;
    BOOST_TEST(context.run(part.job) == WARPZ_OK);
    Example whole(WARPZ_CRC32);
    BOOST_TEST(context.run(whole.job) == WARPZ_OK);
    BOOST_TEST(part.job.check == whole.job.check);
}

BOOST_AUTO_TEST_CASE(contexts_refuse_what_is_not_there) {
    warpz_context* context = nullptr;
    BOOST_TEST(warpz_context_create(nullptr, nullptr) == WARPZ_ERROR_PARAMETER);
    warpz_options options{};
    options.flags = WARPZ_NO_DEVICE << 1;
    context = reinterpret_cast<warpz_context*>(&options);
    BOOST_TEST(warpz_context_create(&options, &context) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(context == nullptr);
    BOOST_TEST(warpz_context_create(nullptr, &context) == WARPZ_OK);

    Example example;
    warpz_job* jobs[3] = {&example.job, nullptr, &example.job};
    BOOST_TEST(warpz_submit(nullptr, jobs, 1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_submit(context, nullptr, 1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_submit(context, nullptr, 0) == 0);
    BOOST_TEST(warpz_submit(context, jobs + 1, 1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_submit(context, jobs, 3) == 1);
    BOOST_TEST(warpz_pending(context) == 1U);
    warpz_job* done[2];
    BOOST_TEST(warpz_wait(context, nullptr, 1, -1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_wait(nullptr, done, 1, -1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_poll(context, nullptr, 1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_poll(nullptr, done, 1) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_poll(context, nullptr, 0) == 0);
    BOOST_TEST(warpz_wait(context, nullptr, 0, -1) == 0);
    BOOST_TEST(warpz_wait(context, done, 2, -1) == 1);
    BOOST_TEST(warpz_wait(context, done, 2, -1) == 0);  // nothing is under way
    BOOST_TEST(warpz_pending(context) == 0U);
    BOOST_TEST(warpz_run(context, nullptr) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_run(nullptr, &example.job) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_event_fd(context) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_event_fd(nullptr) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_pending(nullptr) == 0U);

    void* buffer = &example;
    BOOST_TEST(warpz_buffer_alloc(context, WARPZ_DEFLATE, 10, nullptr) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_buffer_alloc(nullptr, WARPZ_DEFLATE, 10, &buffer) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(buffer == nullptr);
    BOOST_TEST(warpz_buffer_alloc(context, WARPZ_CRC32, 10, &buffer) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_buffer_alloc(context, WARPZ_DEFLATE, 0, &buffer) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_buffer_alloc(context, WARPZ_INFLATE, SIZE_MAX, &buffer) ==
               WARPZ_ERROR_NO_MEMORY);
    BOOST_TEST(warpz_buffer_alloc(context, WARPZ_INFLATE, 10, &buffer) == WARPZ_OK);
    std::memset(buffer, 1, 10);
    warpz_buffer_free(context, buffer);
    warpz_buffer_free(context, nullptr);
    warpz_buffer_free(nullptr, nullptr);

    warpz_query(nullptr, nullptr);
    warpz_query(context, nullptr);
    warpz_get_statistics(context, nullptr);
    warpz_statistics statistics;
    warpz_get_statistics(context, &statistics);
    BOOST_TEST(statistics.jobs[WARPZ_INLINE] + statistics.jobs[WARPZ_POOL] == 1U);
    BOOST_TEST(statistics.in_bytes == example.job.consumed);
    BOOST_TEST(statistics.out_bytes == example.job.produced);
    BOOST_TEST(statistics.copied_bytes == 0U);
    warpz_capabilities found;
    warpz_query(context, &found);
    BOOST_TEST(found.api_version == unsigned{WARPZ_API_VERSION});
    BOOST_TEST(found.level_max == WARPZ_LEVEL_MAX);
    BOOST_TEST(found.cores >= 1U);
    BOOST_TEST(found.has_device + found.device_is_ready + found.device_copies == 0);
    warpz_context_destroy(context);
    warpz_context_destroy(nullptr);
    BOOST_TEST(warpz_bound(SIZE_MAX) == SIZE_MAX);
    BOOST_TEST(warpz_bound(SIZE_MAX / 2) > SIZE_MAX / 2);
    for (const int unknown : {-8, 2, INT_MIN, INT_MAX})
        BOOST_TEST(std::strcmp(warpz_status_text(unknown), "unknown status") == 0);
}

BOOST_AUTO_TEST_CASE(streams_refuse_what_they_cannot_be) {
    warpz_stream* stream = nullptr;
    BOOST_TEST(warpz_stream_create(WARPZ_DEFLATE, WARPZ_ZLIB, 6, nullptr) == WARPZ_ERROR_PARAMETER);
    const int wrong[][3] = {{WARPZ_ADLER32, WARPZ_ZLIB, 6}, {-1, WARPZ_ZLIB, 6},
                            {WARPZ_DEFLATE, -1, 6},         {WARPZ_DEFLATE, WARPZ_RAW + 1, 6},
                            {WARPZ_DEFLATE, WARPZ_RAW, -2}, {WARPZ_DEFLATE, WARPZ_RAW, 13}};
    for (const auto& [operation, format, level] : wrong) {
        BOOST_TEST(warpz_stream_create(operation, format, level, &stream) == WARPZ_ERROR_PARAMETER);
        BOOST_TEST(stream == nullptr);
    }
    BOOST_TEST(warpz_stream_memory(WARPZ_CRC32, 6) == 0U);
    BOOST_TEST(warpz_stream_memory(WARPZ_DEFLATE, 13) == 0U);
    BOOST_TEST(warpz_stream_memory(WARPZ_DEFLATE, 6) > warpz_stream_memory(WARPZ_INFLATE, 99));
    BOOST_TEST(warpz_stream_memory(WARPZ_DEFLATE, 6) < 300'000U);
    BOOST_TEST(warpz_stream_memory(WARPZ_DEFLATE, 12) < 12'000'000U);
    warpz_stream_reset(nullptr);
    warpz_stream_destroy(nullptr);

    Context context = Context::create();
    const Bytes dictionary = make_sample(Sample::kText, 500);
    Stream raw = Stream::create(WARPZ_DEFLATE, WARPZ_RAW);
    const auto set = [&](warpz_stream* to, const void* bytes, std::size_t size) {
        return warpz_stream_set_dictionary(to, bytes, size);
    };
    BOOST_TEST(set(nullptr, dictionary.data(), 10) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(set(raw.get(), nullptr, 10) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(set(raw.get(), dictionary.data(), 0) == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(set(raw.get(), dictionary.data(), 500) == WARPZ_OK);
    Example example(WARPZ_DEFLATE, WARPZ_RAW);
    example.job.stream = raw.get();
    example.job.in_bytes = 100;
    BOOST_TEST(context.run(example.job) == WARPZ_OK);
    BOOST_TEST(example.job.consumed == 100U);
    BOOST_TEST(set(raw.get(), dictionary.data(), 500) == WARPZ_ERROR_PARAMETER);  // too late
    example.job.flush = WARPZ_FINISH;
    BOOST_TEST(context.run(example.job) == WARPZ_STREAM_END);
    BOOST_TEST(context.run(example.job) == WARPZ_STREAM_END);  // nothing more comes
    BOOST_TEST(example.job.produced == 0U);
    // After a reset the dictionary is there again.
    raw.reset();
    example.job.in_bytes = 500;
    BOOST_TEST(context.run(example.job) == WARPZ_STREAM_END);
    Stream back = Stream::create(WARPZ_INFLATE, WARPZ_RAW);
    BOOST_TEST(set(back.get(), dictionary.data(), 500) == WARPZ_OK);
    Bytes plain(500);
    warpz_job inflate = warpz::native::make_job(
        WARPZ_INFLATE, WARPZ_RAW, std::as_bytes(std::span(example.out)).first(example.job.produced),
        std::as_writable_bytes(std::span(plain)));
    inflate.stream = back.get();
    BOOST_TEST(context.run(inflate) == WARPZ_STREAM_END);
    BOOST_TEST((plain == Bytes(example.in.begin(), example.in.begin() + 500)));

    // Of zlib, the wrong one is told; and data that is damaged stays so.
    Stream packer = Stream::create(WARPZ_DEFLATE, WARPZ_ZLIB);
    BOOST_TEST(set(packer.get(), dictionary.data(), 500) == WARPZ_OK);
    Example zlib;
    zlib.job.stream = packer.get();
    zlib.job.flush = WARPZ_FINISH;
    BOOST_TEST(context.run(zlib.job) == WARPZ_STREAM_END);
    Stream reader = Stream::create(WARPZ_INFLATE, WARPZ_ZLIB);
    for (const std::size_t size : {0, 499}) {
        if (size != 0) BOOST_TEST(set(reader.get(), dictionary.data(), size) == WARPZ_OK);
        plain.resize(2000);
        warpz_job step = warpz::native::make_job(
            WARPZ_INFLATE, WARPZ_ZLIB, std::as_bytes(std::span(zlib.out)).first(zlib.job.produced),
            std::as_writable_bytes(std::span(plain)));
        step.stream = reader.get();
        BOOST_TEST(context.run(step) == WARPZ_ERROR_DICTIONARY);
        reader.reset();
    }
    Stream damaged = Stream::create(WARPZ_INFLATE, WARPZ_GZIP);
    Example noise(WARPZ_INFLATE, WARPZ_GZIP);
    noise.job.stream = damaged.get();
    BOOST_TEST(context.run(noise.job) == WARPZ_ERROR_DATA);
    BOOST_TEST(context.run(noise.job) == WARPZ_ERROR_DATA);
}

BOOST_AUTO_TEST_SUITE_END()

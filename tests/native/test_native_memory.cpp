// SPDX-License-Identifier: Zlib
// warpz.h where memory ends at any moment: what was not done says so, what was done is right, and all of it comes back. The
// linker sends the library's allocations through this file.
#define BOOST_TEST_MODULE native_memory
#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>
#include <cstdlib>

#include "offload/in_child.hpp"
#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"

using namespace warpz::test;
using warpz::native::Context;
using warpz::native::make_job;
using warpz::native::Stream;

namespace {

constexpr int kUnlimited = INT_MAX / 2;
std::atomic<int> g_left{kUnlimited};  // allocations that succeed

bool may_allocate() { return g_left.fetch_sub(1, std::memory_order_relaxed) > 0; }

}  // namespace

extern "C" {
void* __real_malloc(size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);

void* __wrap_malloc(size_t size) { return may_allocate() ? __real_malloc(size) : nullptr; }
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
    return may_allocate() ? __real_aligned_alloc(alignment, size) : nullptr;
}
}

namespace {

const Bytes& plain() {
    static const Bytes bytes = make_sample(Sample::kText, 20'000);
    return bytes;
}

/// What is wrong with what was said and done; 0 when nothing is. `refusals` counts what had no memory.
int run_with(int allocations, unsigned threads, unsigned& refusals) {
    constexpr unsigned kJobs = 6;
    std::vector<Bytes> out(kJobs, Bytes(warpz_bound(plain().size())));
    std::vector<warpz_job> jobs;
    for (unsigned i = 0; i < kJobs; ++i) {
        constexpr int kLevels[kJobs] = {6, 12, 1, 0, 6, 6};
        jobs.push_back(make_job(WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(plain())),
                                std::as_writable_bytes(std::span(out[i])), kLevels[i]));
    }
    jobs[4].dictionary = "two words";
    jobs[4].dictionary_bytes = 9;
    warpz_job* pointers[kJobs];
    for (unsigned i = 0; i < kJobs; ++i) pointers[i] = &jobs[i];

    g_left.store(allocations);
    warpz_options options{};
    options.flags = WARPZ_NO_DEVICE;
    options.threads = threads;
    warpz_context* made = nullptr;
    warpz_stream* step = nullptr;
    const int of_context = warpz_context_create(&options, &made);
    const int of_stream = warpz_stream_create(WARPZ_DEFLATE, WARPZ_ZLIB, 6, &step);
    Context context(made);
    const Stream stream(step);
    if (of_context != (made != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY)) return 1;
    if (of_stream != (step != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY)) return 2;
    refusals = (made == nullptr) + (step == nullptr);
    if (made == nullptr) {
        g_left.store(kUnlimited);
        return 0;
    }
    void* buffer = nullptr;
    const int of_buffer = warpz_buffer_alloc(made, WARPZ_DEFLATE, 100, &buffer);
    if (of_buffer != (buffer != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY)) return 3;
    refusals += buffer == nullptr;
    warpz_buffer_free(made, buffer);
    if (step != nullptr) {
        const int of_dictionary = warpz_stream_set_dictionary(step, "two words", 9);
        refusals += of_dictionary == WARPZ_ERROR_NO_MEMORY;
        jobs[5].stream = step;
        jobs[5].flush = WARPZ_FINISH;
        if (of_dictionary == WARPZ_OK)
            jobs[5].dictionary_bytes = 9;  // for the way back; not looked at
    }
    const int started = context.submit(pointers);
    if (started < 0 && started != WARPZ_ERROR_NO_MEMORY) return 4;
    const auto count = static_cast<unsigned>(std::max(started, 0));
    refusals += count != kJobs;
    if (context.pending() != count) return 5;
    for (warpz_job* done[2]; context.pending() != 0;) {
        if (context.wait(done) <= 0) return 6;
    }
    g_left.store(kUnlimited);
    for (unsigned i = 0; i < count; ++i) {
        if (jobs[i].status == WARPZ_ERROR_NO_MEMORY) {
            ++refusals;
            if (jobs[i].produced != 0) return 7;
            continue;
        }
        if (jobs[i].status != (jobs[i].stream != nullptr ? WARPZ_STREAM_END : WARPZ_OK)) return 8;
        Bytes again(plain().size());
        warpz_job back = make_job(WARPZ_INFLATE, WARPZ_ZLIB,
                                  std::as_bytes(std::span(out[i])).first(jobs[i].produced),
                                  std::as_writable_bytes(std::span(again)));
        if (jobs[i].dictionary_bytes != 0) {
            back.dictionary = "two words";
            back.dictionary_bytes = 9;
        }
        if (context.run(back) != WARPZ_OK || again != plain()) return 9;
    }
    return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native_memory)

BOOST_DATA_TEST_CASE(memory_may_end_anywhere, boost::unit_test::data::make({1U, 3U}), threads) {
    const Bytes result = in_child({}, [&] {
        unsigned refusals = 1;
        std::uint8_t allocations = 0;
        for (; refusals != 0 && allocations < 100; ++allocations) {
            const int code = run_with(allocations, threads, refusals);
            if (code != 0) return Bytes{static_cast<std::uint8_t>(code), allocations};
        }
        return Bytes{0, allocations > 5 && allocations < 100};
    });
    BOOST_TEST((result == Bytes{0, 1}), "code " << int{result[0]} << " at " << int{result[1]});
}

BOOST_AUTO_TEST_SUITE_END()

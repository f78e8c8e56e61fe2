// SPDX-License-Identifier: Zlib
// warpz.h: what jobs make is what zlib reads, errors are told, and contexts keep to their rules of threads and forks.
#define BOOST_TEST_MODULE native
#include <poll.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <set>

#include "offload/in_child.hpp"
#include "support/sample_data.hpp"
#include "warpz/warpz.hpp"
#include "zlib.h"

using namespace warpz::test;
using warpz::native::Context;
using warpz::native::Stream;

namespace {

// Cores are WARPZ_THREADS: the suite is run with one and with three.
Context make_context(unsigned flags = WARPZ_NO_DEVICE) {
    warpz_options options{};
    options.flags = flags;
    Context context = Context::create(options);
    BOOST_REQUIRE(context);
    return context;
}

warpz_job job_of(warpz_operation operation, int format, const Bytes& in, Bytes& out,
                 int level = 6) {
    return warpz::native::make_job(operation, static_cast<warpz_format>(format),
                                   std::as_bytes(std::span(in)),
                                   std::as_writable_bytes(std::span(out)), level);
}

Bytes zlib_inflate(const Bytes& packed, std::size_t size, int format) {
    Bytes plain(size + 1);
    z_stream strm{};
    inflateInit2(&strm, format == WARPZ_RAW ? -15 : format == WARPZ_GZIP ? 31 : 15);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(plain.size());
    BOOST_TEST(inflate(&strm, Z_FINISH) == Z_STREAM_END);
    BOOST_TEST(strm.avail_in == 0U);
    plain.resize(strm.total_out);
    inflateEnd(&strm);
    return plain;
}

// Submits all and takes them back.
void do_all(Context& context, std::vector<warpz_job>& jobs) {
    std::vector<warpz_job*> pointers;
    for (auto& job : jobs) pointers.push_back(&job);
    BOOST_REQUIRE(context.submit(pointers) == static_cast<int>(jobs.size()));
    std::set<warpz_job*> back;
    warpz_job* done[7];
    while (context.pending() != 0) {
        const int count = context.wait(done);
        BOOST_REQUIRE(count > 0);
        for (int i = 0; i < count; ++i) BOOST_REQUIRE(back.insert(done[i]).second);
    }
    BOOST_TEST(back.size() == jobs.size());
    BOOST_TEST(context.wait(done) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(native)

BOOST_AUTO_TEST_CASE(jobs_make_and_read_what_zlib_reads_and_makes) {
    Context context = make_context();
    for (int format = WARPZ_ZLIB; format <= WARPZ_RAW; ++format) {
        std::vector<Bytes> plain;
        std::vector<Bytes> packed;
        std::vector<warpz_job> jobs;
        for (const Sample kind : kAllSamples) {
            for (const std::size_t size : {0, 1, 1000, 16384, 100'000}) {
                plain.push_back(make_sample(kind, size));
                packed.emplace_back(warpz_bound(size));
            }
        }
        for (std::size_t i = 0; i < plain.size(); ++i) {
            jobs.push_back(job_of(WARPZ_DEFLATE, format, plain[i], packed[i],
                                  static_cast<int>(i % (WARPZ_LEVEL_MAX + 2)) - 1));
            jobs.back().priority = i % 3 == 0 ? WARPZ_LATENCY : WARPZ_THROUGHPUT;
        }
        do_all(context, jobs);
        std::vector<Bytes> again;
        for (std::size_t i = 0; i < plain.size(); ++i) {
            BOOST_TEST(jobs[i].status == WARPZ_OK);
            BOOST_TEST(jobs[i].consumed == plain[i].size());
            packed[i].resize(jobs[i].produced);
            BOOST_TEST((zlib_inflate(packed[i], plain[i].size(), format) == plain[i]));
            const auto size = static_cast<uInt>(plain[i].size());
            BOOST_TEST(jobs[i].check == (format == WARPZ_ZLIB   ? adler32(1, plain[i].data(), size)
                                         : format == WARPZ_GZIP ? crc32(0, plain[i].data(), size)
                                                                : 0));
            again.emplace_back(plain[i].size());
        }
        jobs.clear();
        for (std::size_t i = 0; i < plain.size(); ++i)
            jobs.push_back(job_of(WARPZ_INFLATE, format, packed[i], again[i]));
        do_all(context, jobs);
        for (std::size_t i = 0; i < plain.size(); ++i) {
            BOOST_TEST(jobs[i].status == WARPZ_OK);
            BOOST_TEST(jobs[i].consumed == packed[i].size());
            BOOST_TEST((again[i] == plain[i]));
        }
    }
    warpz_statistics statistics{};
    warpz_get_statistics(context.get(), &statistics);
    BOOST_TEST(statistics.failed == 0U);
    warpz_capabilities found{};
    warpz_query(context.get(), &found);
    BOOST_TEST(statistics.jobs[found.cores == 1 ? WARPZ_INLINE : WARPZ_POOL] > 0U);
}

BOOST_AUTO_TEST_CASE(errors_are_told_and_stop_nothing_else) {
    Context context = make_context();
    const Bytes plain = make_sample(Sample::kText, 5000);
    Bytes packed(warpz_bound(plain.size()));
    warpz_job job = job_of(WARPZ_DEFLATE, WARPZ_GZIP, plain, packed);
    BOOST_REQUIRE(context.run(job) == WARPZ_OK);
    packed.resize(job.produced);

    Bytes space(plain.size());
    Bytes damaged = packed;
    damaged[damaged.size() - 6] ^= 1;
    const Bytes cut(packed.begin(), packed.end() - 1);
    Bytes little(plain.size() / 2);
    Bytes tiny(20);
    std::vector<warpz_job> jobs = {job_of(WARPZ_INFLATE, WARPZ_GZIP, damaged, space),
                                   job_of(WARPZ_INFLATE, WARPZ_GZIP, cut, space),
                                   job_of(WARPZ_INFLATE, WARPZ_GZIP, packed, little),
                                   job_of(WARPZ_DEFLATE, WARPZ_RAW, plain, tiny),
                                   job_of(WARPZ_DEFLATE, WARPZ_RAW, plain, tiny, 13),
                                   job_of(WARPZ_INFLATE, WARPZ_GZIP, packed, space)};
    jobs[3].out_space = 20;
    // One after the other: they share the space.
    for (auto& one : jobs) (void)context.run(one);
    const int expected[] = {WARPZ_ERROR_DATA,     WARPZ_ERROR_DATA,      WARPZ_ERROR_NO_SPACE,
                            WARPZ_ERROR_NO_SPACE, WARPZ_ERROR_PARAMETER, WARPZ_OK};
    for (std::size_t i = 0; i < jobs.size(); ++i) BOOST_TEST(jobs[i].status == expected[i]);
    warpz_job* bad = &jobs[4];
    warpz_job* done[2];
    BOOST_TEST(context.submit({&bad, 1}) == 1);
    BOOST_TEST(context.wait(done) == 1);
    BOOST_TEST(done[0]->status == WARPZ_ERROR_PARAMETER);
    BOOST_TEST(warpz_submit(nullptr, &bad, 1) == WARPZ_ERROR_PARAMETER);
    for (int status = WARPZ_ERROR_BUSY; status <= WARPZ_STREAM_END; ++status)
        BOOST_TEST(std::strlen(warpz_status_text(status)) > 3U);
}

BOOST_AUTO_TEST_CASE(dictionaries_serve_one_shot_jobs_and_streams) {
    Context context = make_context();
    const Bytes dictionary = make_sample(Sample::kText, 20'000);
    const Bytes plain(dictionary.begin() + 3000, dictionary.begin() + 9000);
    for (const int format : {WARPZ_ZLIB, WARPZ_RAW}) {
        Bytes packed(warpz_bound(plain.size()));
        warpz_job job = job_of(WARPZ_DEFLATE, format, plain, packed);
        job.dictionary = dictionary.data();
        job.dictionary_bytes = dictionary.size();
        BOOST_TEST(context.run(job) == WARPZ_OK);
        BOOST_TEST(job.produced < 300U);
        packed.resize(job.produced);
        Bytes again(plain.size());
        warpz_job back = job_of(WARPZ_INFLATE, format, packed, again);
        if (format == WARPZ_ZLIB) BOOST_TEST(context.run(back) == WARPZ_ERROR_DICTIONARY);
        back.dictionary = dictionary.data();
        back.dictionary_bytes = dictionary.size();
        BOOST_TEST(context.run(back) == WARPZ_OK);
        BOOST_TEST((again == plain));

        Stream stream = Stream::create(WARPZ_INFLATE, static_cast<warpz_format>(format));
        BOOST_TEST(warpz_stream_set_dictionary(stream.get(), dictionary.data(),
                                               dictionary.size()) == WARPZ_OK);
        for (unsigned round = 0; round < 2; ++round) {
            std::fill(again.begin(), again.end(), std::uint8_t{0});
            warpz_job step = job_of(WARPZ_INFLATE, format, packed, again);
            step.stream = stream.get();
            BOOST_TEST(context.run(step) == WARPZ_STREAM_END);
            BOOST_TEST((again == plain));
            stream.reset();
        }
    }
    Stream gzip = Stream::create(WARPZ_DEFLATE, WARPZ_GZIP);
    BOOST_TEST(warpz_stream_set_dictionary(gzip.get(), dictionary.data(), 10) ==
               WARPZ_ERROR_PARAMETER);
}

BOOST_DATA_TEST_CASE(streams_go_by_jobs_of_any_size,
                     boost::unit_test::data::make({1, 6, 9, 10, 12}), level) {
    Context context = make_context();
    Random random(5);
    const Bytes plain = make_sample(Sample::kMixed, 400'000);
    Stream stream = Stream::create(WARPZ_DEFLATE, WARPZ_GZIP, level);
    BOOST_REQUIRE(stream);
    Bytes packed;
    Bytes space(30'000);
    std::size_t given = 0;
    int status = WARPZ_OK;
    while (status == WARPZ_OK) {
        warpz_job job = job_of(WARPZ_DEFLATE, WARPZ_GZIP, plain, space);
        job.stream = stream.get();
        job.in = plain.data() + given;
        job.in_bytes = std::min<std::size_t>(plain.size() - given, random.below(50'000));
        const bool is_last = given + job.in_bytes == plain.size();
        job.flush = is_last ? WARPZ_FINISH : random.one_in(4) ? WARPZ_SYNC_FLUSH : WARPZ_NO_FLUSH;
        warpz_job second = job;
        BOOST_REQUIRE(context.submit(job) == 1);
        BOOST_REQUIRE(context.submit(second) == 1);
        warpz_job* done[2];
        int back = 0;
        while (back < 2) back += context.wait(std::span(done).subspan(static_cast<unsigned>(back)));
        BOOST_TEST(second.status == WARPZ_ERROR_BUSY);
        status = job.status;
        given += job.consumed;
        packed.insert(packed.end(), space.begin(),
                      space.begin() + static_cast<std::ptrdiff_t>(job.produced));
    }
    BOOST_TEST(status == WARPZ_STREAM_END);
    BOOST_TEST((zlib_inflate(packed, plain.size(), WARPZ_GZIP) == plain));
}

BOOST_AUTO_TEST_CASE(checksums_are_jobs) {
    Context context = make_context();
    const Bytes plain = make_sample(Sample::kRandom, 100'000);
    for (const auto operation : {WARPZ_ADLER32, WARPZ_CRC32}) {
        Bytes none;
        warpz_job job = job_of(operation, 0, plain, none);
        job.check = operation == WARPZ_ADLER32 ? 1 : 0;
        BOOST_TEST(context.run(job) == WARPZ_OK);
        BOOST_TEST(job.check == (operation == WARPZ_ADLER32 ? adler32(1, plain.data(), 100'000)
                                                            : crc32(0, plain.data(), 100'000)));
    }
}

BOOST_AUTO_TEST_CASE(an_event_tells_of_jobs_that_are_done) {
    Context context = make_context(WARPZ_EVENTS);
    const Bytes plain = make_sample(Sample::kText, 50'000);
    std::vector<Bytes> packed(20, Bytes(warpz_bound(plain.size())));
    std::vector<warpz_job> jobs;
    for (auto& out : packed) jobs.push_back(job_of(WARPZ_DEFLATE, WARPZ_ZLIB, plain, out));
    for (auto& job : jobs) BOOST_REQUIRE(context.submit(job) == 1);
    while (context.pending() != 0) {
        pollfd event{context.event_fd(), POLLIN, 0};
        BOOST_REQUIRE(::poll(&event, 1, 10'000) == 1);
        warpz_job* done[3];
        while (context.poll(done) != 0) {
        }
    }
    pollfd event{context.event_fd(), POLLIN, 0};
    BOOST_TEST(::poll(&event, 1, 0) == 0);
    Context without = make_context();
    BOOST_TEST(without.event_fd() == WARPZ_ERROR_PARAMETER);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_in_time_and_a_context_with_jobs_under_way_ends_well) {
    Context context = make_context();
    warpz_job* done[1];
    BOOST_TEST(context.wait(done, 0) == 0);
    const Bytes plain = make_sample(Sample::kText, 300'000);
    std::vector<Bytes> packed(10, Bytes(warpz_bound(plain.size())));
    std::vector<warpz_job> jobs;
    for (auto& out : packed) jobs.push_back(job_of(WARPZ_DEFLATE, WARPZ_ZLIB, plain, out, 9));
    for (auto& job : jobs) BOOST_REQUIRE(context.submit(job) == 1);
    context = Context();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        BOOST_TEST(jobs[i].status == WARPZ_OK);
        packed[i].resize(jobs[i].produced);
        BOOST_TEST((zlib_inflate(packed[i], plain.size(), WARPZ_ZLIB) == plain));
    }
}

BOOST_AUTO_TEST_CASE(a_child_is_told_that_the_context_is_not_its_own,
                     *boost::unit_test::precondition(without_thread_sanitizer)) {
    Context context = make_context();
    const Bytes plain = make_sample(Sample::kText, 200'000);
    Bytes packed(warpz_bound(plain.size()));
    warpz_job job = job_of(WARPZ_DEFLATE, WARPZ_ZLIB, plain, packed, 9);
    BOOST_REQUIRE(context.submit(job) == 1);
    const Bytes codes = in_child({}, [&] {
        warpz_job* done[1];
        warpz_job other = job;
        Bytes seen;
        auto note = [&](int code) { seen.push_back(static_cast<std::uint8_t>(code)); };
        note(context.submit(other));
        note(context.poll(done));
        note(context.wait(done));
        note(context.run(other));
        context = Context();
        Context own = make_context();
        Bytes room(warpz_bound(plain.size()));
        warpz_job again = job_of(WARPZ_DEFLATE, WARPZ_ZLIB, plain, room);
        note(own.submit(again));
        note(own.wait(done));
        note(again.status);
        return seen;
    });
    constexpr auto kForked = static_cast<std::uint8_t>(WARPZ_ERROR_FORKED);
    BOOST_TEST((codes == Bytes{kForked, kForked, kForked, kForked, 1, 1, WARPZ_OK}));
    warpz_job* done[1];
    BOOST_TEST(context.wait(done) == 1);
    BOOST_TEST(job.status == WARPZ_OK);
}

BOOST_AUTO_TEST_SUITE_END()

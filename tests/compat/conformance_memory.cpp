// SPDX-License-Identifier: Zlib
// What a stream asks its zalloc for: no more than zlib.h and zconf.h state, and every refused request ends in
// Z_MEM_ERROR with nothing leaked.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/inflate_streams.hpp"
#include "compat/offload_proof.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(memory)

// zconf.h: (1 << (windowBits+2)) + (1 << (memLevel+9)) plus a few kilobytes for deflate; nginx reserves 8 KB for those.
BOOST_DATA_TEST_CASE(a_deflate_stream_stays_within_the_documented_size,
                     data::xrange(8, 16) * data::xrange(1, 10), window_bits, mem_level) {
    for (const int level : {0, 1, 2, 4, 6, 9}) {
        TestStream strm(tested_zlib());
        BOOST_REQUIRE(strm.deflate_init(level, window_bits, mem_level) == Z_OK);
        const Bytes plain = make_sample(Sample::kMixed, 200'000);
        Bytes packed;
        const std::uint64_t jobs_before = offloaded_jobs();
        strm.input(plain);
        BOOST_TEST(deflate_all(strm, Z_FINISH, packed) == Z_STREAM_END);
        // A program's own zalloc keeps no stream from an executor that was asked for, which takes its memory elsewhere. Stored
        // blocks gain nothing there, and a device's window is the largest.
        if (is_offload_forced() && level != 0 && (window_bits == 15 || !is_on_device())) {
            BOOST_TEST(offloaded_jobs() > jobs_before);
        }
        const std::size_t allowed =
            (std::size_t{1} << (window_bits + 2)) + (std::size_t{1} << (mem_level + 9)) + 8192;
        BOOST_TEST(strm.allocator().requested_bytes() <= allowed);
    }
}

// zconf.h: (1 << windowBits) plus about seven kilobytes for inflate; 24 KB is this project's limit.
BOOST_AUTO_TEST_CASE(an_inflate_stream_stays_within_the_documented_size) {
    for (const auto& stream : large_streams()) {
        TestStream strm(tested_zlib());
        BOOST_REQUIRE(strm.inflate_init(stream.window_bits) == Z_OK);
        const std::uint64_t jobs_before = offloaded_jobs();
        strm.input(stream.packed);
        Bytes space(999);
        int code = Z_OK;
        while (code == Z_OK) {
            strm.output(space);
            code = strm.inflate(Z_NO_FLUSH);
        }
        BOOST_TEST(code == Z_STREAM_END);
        const bool is_for_device = std::abs(stream.window_bits) % 16 == 15;
        if (is_offload_forced() && is_on_device() && is_for_device) {
            BOOST_TEST(offloaded_jobs() > jobs_before);
        }
        const int bits = stream.window_bits < 0 ? -stream.window_bits : stream.window_bits & 15;
        BOOST_TEST(strm.allocator().requested_bytes() <= (std::size_t{1} << bits) + 24 * 1024);
    }
}

BOOST_AUTO_TEST_CASE(each_refused_allocation_of_deflate_is_a_memory_error) {
    for (unsigned call = 0; call < 50; ++call) {
        for (const bool from_then_on : {false, true}) {
            TestStream strm(tested_zlib());
            strm.allocator().fail_at(call, from_then_on);
            const int code = strm.deflate_init(6, 15, 8);
            if (strm.allocator().failures() == 0) {
                BOOST_TEST(code == Z_OK);
                BOOST_TEST(call > 0U);
                return;
            }
            BOOST_TEST(code == Z_MEM_ERROR);
            BOOST_TEST(strm.allocator().live_blocks() == 0U);
            BOOST_TEST(tested_zlib().deflateEnd(strm.get()) == Z_STREAM_ERROR);
        }
    }
    BOOST_ERROR("deflateInit() asks for memory without end");
}

BOOST_AUTO_TEST_CASE(each_refused_allocation_of_inflate_is_a_memory_error) {
    const auto& stream = large_streams().front();
    for (unsigned call = 0; call < 50; ++call) {
        TestStream strm(tested_zlib());
        strm.allocator().fail_at(call, true);
        int code = strm.inflate_init(stream.window_bits);
        if (code == Z_OK) {
            strm.input(stream.packed);
            Bytes space(1000);
            while (code == Z_OK) {
                strm.output(space);
                code = strm.inflate(Z_NO_FLUSH);
            }
        } else {
            BOOST_TEST(strm->state == nullptr);
        }
        if (strm.allocator().failures() == 0) {
            BOOST_TEST(code == Z_STREAM_END);
            return;
        }
        BOOST_TEST(code == Z_MEM_ERROR);
    }
    BOOST_ERROR("inflate() asks for memory without end");
}

BOOST_AUTO_TEST_CASE(a_refused_copy_leaves_the_source_usable) {
    const Bytes plain = make_sample(Sample::kText, 60'000);
    for (unsigned call = 0; call < 8; ++call) {
        TestStream deflating(tested_zlib());
        BOOST_REQUIRE(deflating.deflate_init() == Z_OK);
        Bytes packed;
        deflating.input(ByteView(plain).first(30'000));
        deflate_all(deflating, Z_NO_FLUSH, packed);
        deflating.allocator().fail_at(call, true);
        {
            TestStream copy(tested_zlib());
            const unsigned failures = deflating.allocator().failures();
            const int code = copy.copy_from(deflating);
            BOOST_TEST(code == (deflating.allocator().failures() == failures ? Z_OK : Z_MEM_ERROR));
        }
        deflating.input(ByteView(plain).subspan(30'000));
        BOOST_TEST(deflate_all(deflating, Z_FINISH, packed) == Z_STREAM_END);
        check_unpacks_to(packed, plain);

        TestStream inflating(tested_zlib());
        BOOST_REQUIRE(inflating.inflate_init() == Z_OK);
        inflating.input(packed);
        Bytes space(plain.size());
        inflating.output(std::span(space).first(500));
        BOOST_TEST(inflating.inflate(Z_NO_FLUSH) == Z_OK);
        inflating.allocator().fail_at(call, true);
        {
            TestStream copy(tested_zlib());
            const unsigned failures = inflating.allocator().failures();
            const int code = copy.copy_from(inflating);
            BOOST_TEST(code == (inflating.allocator().failures() == failures ? Z_OK : Z_MEM_ERROR));
        }
        inflating.output(std::span(space).subspan(500));
        BOOST_TEST(inflating.inflate(Z_FINISH) == Z_STREAM_END);
        BOOST_TEST((space == plain));
    }
}

BOOST_AUTO_TEST_CASE(inflate_back_refused_its_state_is_a_memory_error) {
    TestStream strm(tested_zlib());
    strm.allocator().fail_at(0);
    Bytes window(1 << 15);
    BOOST_TEST(strm.inflate_back_init(15, window.data()) == Z_MEM_ERROR);
}

BOOST_AUTO_TEST_CASE(a_dictionary_without_memory_for_it_is_a_memory_error) {
    const Bytes dictionary = make_sample(Sample::kText, 1000);
    for (unsigned call = 0; call < 8; ++call) {
        TestStream strm(tested_zlib());
        strm.allocator().fail_at(call, true);
        int code = strm.inflate_init(-15);
        if (code == Z_OK) {
            code = tested_zlib().inflateSetDictionary(strm.get(), dictionary.data(), 1000);
        }
        BOOST_TEST(code == (strm.allocator().failures() == 0 ? Z_OK : Z_MEM_ERROR));
    }
}

BOOST_AUTO_TEST_SUITE_END()

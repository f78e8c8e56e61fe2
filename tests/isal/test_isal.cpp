// SPDX-License-Identifier: Zlib
// Plain streams through ISA-L: what is made decodes, holds deflateBound(), depends on nothing but the data and its
// flush points, and leaves the vector unit as it was.
#define BOOST_TEST_MODULE isal
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "isal/isal_deflater.hpp"
#include "isal/isal_encoder.hpp"
#include "isal/isal_library.hpp"
#include "isal_stream.hpp"
#include "offload/job.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace data = boost::unit_test::data;
using namespace warpz::test;
using warpz::isal::IsalDeflater;

namespace {

constexpr std::size_t kChunk = IsalDeflater::kChunkBytes;

struct NeedsIsal {
    NeedsIsal() {
        if (!warpz::isal::functions()) {
            std::puts(
                "skipped: libisal.so.2 is not installed, or its header was not when this was "
                "built");
            std::exit(77);
        }
    }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsIsal);

const std::size_t kSizes[] = {
    0,      1, 1000, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk - 1, 2 * kChunk, 2 * kChunk + 1,
    700'000};

/// A whole raw stream that refers to `history`.
Bytes decode_behind(const std::uint8_t* history, std::size_t size, const Bytes& packed) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    BOOST_REQUIRE(zlib.inflate_init(&strm, -15) == Z_OK);
    BOOST_REQUIRE(zlib.inflateSetDictionary(&strm, history, static_cast<uInt>(size)) == Z_OK);
    Bytes data(2 << 20);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = data.data();
    strm.avail_out = static_cast<uInt>(data.size());
    BOOST_TEST(zlib.inflate(&strm, Z_FINISH) == Z_STREAM_END);
    BOOST_TEST(strm.avail_in == 0U);
    data.resize(strm.total_out);
    zlib.inflateEnd(&strm);
    return data;
}

}  // namespace

BOOST_AUTO_TEST_CASE(is_loaded_on_first_use) {
    for (int level = 0; level <= 12; ++level)
        BOOST_TEST(warpz::isal::serves(level, false) == (level == 1 || level == 2));
    BOOST_TEST(is_mapped("libisal.so.2"));
}

BOOST_DATA_TEST_CASE(whole_streams_decode_and_fit_the_bound,
                     data::make({1, 2}) * data::make({-15, 15, 31}) * data::make(kSizes), level,
                     window_bits, size) {
    for (const Sample kind : kAllSamples) {
        const Bytes text = make_sample(kind, size);
        const Bytes packed = deflate_at_once(text, level, window_bits);
        const Decoded decoded = decode(packed, window_bits);
        BOOST_TEST(decoded.is_complete, name_of(kind));
        BOOST_TEST((decoded.data == text), name_of(kind));
    }
}

BOOST_DATA_TEST_CASE(bytes_do_not_depend_on_call_sizes, data::make({1, 2}) * data::make(kSizes),
                     level, size) {
    const Bytes text = make_sample(Sample::kMixed, size);
    const Bytes whole = deflate_at_once(text, level, 15);
    Random random(size);
    for (const std::size_t out_step :
         {std::size_t{1}, std::size_t{7}, std::size_t{5000}, 2 * kChunk}) {
        for (const std::size_t most : {std::size_t{100}, std::size_t{20'000}, 3 * kChunk}) {
            OpenStream stream(level, 15, out_step);
            for (std::size_t at = 0; at < size;) {
                const std::size_t count = std::min(size - at, random.between(1, most));
                stream.write(text.data() + at, count, Z_NO_FLUSH);
                at += count;
            }
            BOOST_TEST(stream.finish() == Z_STREAM_END);
            BOOST_TEST((stream.out == whole), out_step << " bytes out, up to " << most << " in");
        }
    }
}

BOOST_DATA_TEST_CASE(a_job_of_the_pool_is_a_piece_of_a_stream, data::make({1, 2}), level) {
    namespace offload = warpz::offload;
    constexpr std::size_t kHistory = 32768;
    const std::unique_ptr<offload::Workspace, void (*)(offload::Workspace*)> workspace(
        offload::Workspace::create(), offload::Workspace::destroy);
    BOOST_REQUIRE(workspace != nullptr);
    for (const Sample kind : kAllSamples) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{70'000}, std::size_t{1} << 20}) {
            const Bytes text = make_sample(kind, kHistory + size);
            const auto encode = [&](unsigned window_bits) {
                Bytes packed(offload::stored_bytes(size));
                offload::Job job;
                job.input = text.data() + kHistory;
                job.input_bytes = size;
                job.history_bytes = std::size_t{1} << window_bits;
                job.output = packed.data();
                job.settings = {level, warpz::deflate::Strategy::kDefault, window_bits};
                workspace->encode(job);
                packed.resize(job.output_bytes);
                return packed;
            };
            Bytes packed = encode(15);
            if (kind == Sample::kText && size > 1)
                BOOST_TEST((packed != encode(14)));  // the own encoder's
            packed.insert(packed.end(), {3, 0});     // the last block
            BOOST_TEST((decode_behind(text.data(), kHistory, packed) ==
                        Bytes(text.begin() + kHistory, text.end())),
                       name_of(kind) << ", " << size << " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE(incompressible_chunks_are_stored) {
    const Bytes text = make_sample(Sample::kRandom, 5 * kChunk + 3);
    const Bytes packed = deflate_at_once(text, 1, -15);
    BOOST_TEST(packed.size() <= text.size() + 5 * (text.size() / 65535 + 1));
    BOOST_TEST((decode(packed, -15).data == text));
}

BOOST_AUTO_TEST_CASE(matches_reach_into_the_chunk_before) {
    Bytes text = make_sample(Sample::kRandom, 3 * kChunk + 1);
    for (const std::size_t boundary : {kChunk, 2 * kChunk}) {
        std::copy_n(text.data() + boundary - 4000, 4000, text.data() + boundary);
    }
    BOOST_TEST(deflate_at_once(text, 1, -15).size() < text.size() - 2 * 3500);
}

BOOST_AUTO_TEST_CASE(data_type_is_zlibs) {
    for (const bool is_text : {true, false}) {
        Bytes text = make_sample(Sample::kText, 2 * kChunk);
        if (!is_text) text[100] = 1;
        OpenStream stream(1, 15);
        stream.write(text.data(), text.size(), Z_NO_FLUSH);
        BOOST_TEST(stream.strm.data_type == (is_text ? Z_TEXT : Z_BINARY));
        BOOST_TEST(stream.finish() == Z_STREAM_END);
        BOOST_TEST(stream.strm.data_type == (is_text ? Z_TEXT : Z_BINARY));
    }
}

BOOST_AUTO_TEST_CASE(one_call_compression_uses_it) {
    const ZlibApi& zlib = linked_zlib();
    const Bytes text = make_sample(Sample::kBinary, 900'000);
    Bytes packed(zlib.compressBound(text.size()));
    uLong size = packed.size();
    BOOST_TEST(zlib.compress2(packed.data(), &size, text.data(), text.size(), 1) == Z_OK);
    packed.resize(size);
    BOOST_TEST((packed == deflate_at_once(text, 1, 15)));
}

BOOST_AUTO_TEST_CASE(streams_of_many_threads_are_independent) {
    const Bytes text = make_sample(Sample::kMixed, 600'000);
    const Bytes whole = deflate_at_once(text, 1, 15);
    std::vector<Bytes> results(4);
    std::vector<std::thread> threads;
    for (Bytes& result : results) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5; ++i) result = deflate_at_once(text, 1, 15);
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Bytes& result : results) BOOST_TEST((result == whole));
}

#ifdef __x86_64__
namespace {

/// XINUSE (Intel SDM 1, 13.6): the state components that are not in their initial configuration.
[[gnu::target("xsave")]] unsigned long long components_in_use() { return _xgetbv(1); }
[[gnu::target("avx")]] void clear_upper_halves() { _mm256_zeroupper(); }

}  // namespace

BOOST_AUTO_TEST_CASE(vector_registers_are_left_clean) {
    constexpr unsigned long long kUpperHalves = 1U << 2 | 1U << 6;  // YMM and ZMM, registers 0-15
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    const bool can_tell = __builtin_cpu_supports("avx") &&
                          __get_cpuid_count(0xd, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & 4U) != 0;
    if (can_tell) clear_upper_halves();
    if (!can_tell || (components_in_use() & kUpperHalves) != 0) {
        BOOST_TEST_MESSAGE("skipped: this machine does not tell which registers are in use");
        return;
    }
    const Bytes text = make_sample(Sample::kText, 2 * kChunk);
    OpenStream stream(1, -15);  // no check value: only ISA-L uses vectors
    stream.write(text.data(), text.size(), Z_NO_FLUSH);
    BOOST_TEST(stream.out.size() != 0U);
    BOOST_TEST((components_in_use() & kUpperHalves) == 0U);
}
#endif

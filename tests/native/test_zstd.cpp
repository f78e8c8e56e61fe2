// SPDX-License-Identifier: Zlib
// The sequence producer through libzstd, which validates what it is given, on the model device that the environment names;
// and answers of a device that cannot be right.
#define BOOST_TEST_MODULE zstd
#include <boost/test/unit_test.hpp>

#include "base/bytes.hpp"
#include "native/zstd/sequences.hpp"
#include "support/sample_data.hpp"

using namespace warpz;
using namespace warpz::test;
using native::Lz77Answer;
using native::read_sequences;

namespace {

// One frame of `plain`; with a producer its parse, without libzstd's own.
Bytes compress(const Bytes& plain, int level, warpz_zstd* producer) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    if (producer != nullptr) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_validateSequences, 1);
        ZSTD_CCtx_setParameter(context, ZSTD_c_enableSeqProducerFallback, 1);
        ZSTD_registerSequenceProducer(context, producer, warpz_zstd_sequence_producer);
    }
    Bytes packed(ZSTD_compressBound(plain.size()));
    const std::size_t size =
        ZSTD_compress2(context, packed.data(), packed.size(), plain.data(), plain.size());
    BOOST_TEST(ZSTD_isError(size) == 0U);
    if (ZSTD_isError(size) == 0) packed.resize(size);
    ZSTD_freeCCtx(context);
    return packed;
}

Bytes words(std::uint32_t code, std::uint16_t literals, std::uint16_t length_less_3) {
    Bytes bytes(8);
    store_le<std::uint32_t>(bytes.data(), code);
    store_le<std::uint16_t>(bytes.data() + 4, literals);
    store_le<std::uint16_t>(bytes.data() + 6, length_less_3);
    return bytes;
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zstd)

BOOST_AUTO_TEST_CASE(libzstd_makes_frames_of_the_device_s_sequences) {
    warpz_zstd* const producer = warpz_zstd_create();
    BOOST_REQUIRE(producer != nullptr);
    std::uint64_t expected = 0;
    for (const Sample kind : kAllSamples) {
        for (const std::size_t size : {0, 1000, 1024, 131'071, 131'072, 500'000}) {
            const Bytes plain = make_sample(kind, size);
            const Bytes packed = compress(plain, 3, producer);
            Bytes again(size + 1);
            BOOST_TEST(ZSTD_decompress(again.data(), again.size(), packed.data(), packed.size()) ==
                       size);
            again.resize(size);
            BOOST_TEST((again == plain));
            for (std::size_t at = 0; at < size; at += 131'072)
                expected += std::min<std::size_t>(size - at, 131'072) >= 1024;
        }
    }
    std::uint64_t by_device = 0;
    std::uint64_t left = 0;
    warpz_zstd_counts(producer, &by_device, &left);
    BOOST_TEST(by_device == expected);
    warpz_zstd_destroy(producer);
}

BOOST_AUTO_TEST_CASE(the_ratio_is_near_libzstd_s_own_of_single_blocks) {
    warpz_zstd* const producer = warpz_zstd_create();
    for (const Sample kind : {Sample::kText, Sample::kBinary, Sample::kRecords, Sample::kMixed}) {
        const Bytes plain = make_sample(kind, 131'072);
        const std::size_t own = compress(plain, 3, nullptr).size();
        const std::size_t made = compress(plain, 3, producer).size();
        BOOST_TEST(made <= own + own / 10, name_of(kind) << ": " << made << ", libzstd " << own);
    }
    warpz_zstd_destroy(producer);
}

BOOST_AUTO_TEST_CASE(repeated_offsets_and_long_runs_are_understood) {
    ZSTD_Sequence out[8];
    const Bytes block = bytes_of("abcdabcdxbcdx");
    BOOST_TEST(read_sequences({block, {}, 0}, block, 1 << 20, out) == 1U);
    BOOST_TEST(out[0].litLength == block.size());

    // "abcd", four bytes from 4 before, "x", three bytes from as far before again, and "x".
    const Bytes literals = bytes_of("abcdxx");
    const Bytes sequences = joined({words(4 + 3, 4, 1), words(1, 1, 0)});
    BOOST_TEST(read_sequences({literals, sequences, 0}, block, 1 << 20, out) == 3U);
    BOOST_TEST(out[1].offset == 4U);
    BOOST_TEST(out[2].litLength == 1U);

    Bytes run = make_sample(Sample::kRandom, 70'000);
    Bytes long_block = run;
    long_block.insert(long_block.end(), run.end() - 100, run.end());
    const Bytes one = words(100 + 3, static_cast<std::uint16_t>(70'000 - 65'536), 97);
    BOOST_TEST(read_sequences({run, one, 1U << 24}, long_block, 1 << 20, out) == 2U);
    BOOST_TEST(out[0].litLength == 70'000U);
    BOOST_TEST(read_sequences({run, one, 0}, long_block, 1 << 20, out) == 0U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_parse_of_the_block_is_refused) {
    const Bytes block = bytes_of("abcdefgabcdefgh");
    const Bytes literals = bytes_of("abcdefgh");
    const Bytes good = words(7 + 3, 7, 4);
    ZSTD_Sequence out[3];
    BOOST_TEST(read_sequences({literals, good, 0}, block, 100, out) == 2U);
    BOOST_TEST(read_sequences({literals, good, 0}, block, 6, out) == 0U);  // window
    BOOST_TEST(read_sequences({literals, good, 0}, block, 100, std::span(out).first(1)) == 0U);
    for (const Bytes& bad :
         {words(8 + 3, 7, 4), words(6 + 3, 7, 4), words(7 + 3, 6, 4), words(7 + 3, 7, 5),
          words(7 + 3, 9, 4), words(0, 7, 4), words(~0U, 7, 4), words(7 + 3, 0xffff, 0xffff)}) {
        BOOST_TEST(read_sequences({literals, bad, 0}, block, 100, out) == 0U);
    }
    const Bytes other = bytes_of("abcdefgH");
    BOOST_TEST(read_sequences({other, good, 0}, block, 100, out) == 0U);
    BOOST_TEST(read_sequences({std::span(literals).first(7), good, 0}, block, 100, out) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

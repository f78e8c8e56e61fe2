// SPDX-License-Identifier: Zlib
// Preset dictionaries on the encoding side: when they are taken, how the check value moves, that they are used, and
// what deflateGetDictionary() gives back.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

int set_dictionary(TestStream& strm, ByteView bytes) {
    return strm.zlib().deflateSetDictionary(strm.get(), bytes.data(),
                                            static_cast<uInt>(bytes.size()));
}

Bytes get_dictionary(TestStream& strm) {
    Bytes dictionary(40'000);
    uInt size = 0;
    BOOST_TEST(strm.zlib().deflateGetDictionary(strm.get(), dictionary.data(), &size) == Z_OK);
    dictionary.resize(size);
    return dictionary;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deflate_dictionary)

BOOST_AUTO_TEST_CASE(states_that_take_a_dictionary) {
    const Bytes plain = make_sample(Sample::kText, 1000);
    const Bytes dictionary = make_sample(Sample::kText, 300, 2);
    for (const int window_bits : {-15, 15, 31}) {
        for (const int earlier :
             {-1, Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH}) {
            // zlib forgets the wrapper once the trailer is written, and takes a dictionary for nothing.
            if (earlier == Z_FINISH && window_bits > 0) continue;
            for (const std::size_t in : {0U, 1000U}) {
                BOOST_TEST_CONTEXT("window bits " << window_bits << ", after flush " << earlier
                                                  << " of " << in) {
                    same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                        TestStream strm(zlib);
                        t.note("init", strm.deflate_init(6, window_bits));
                        Bytes space(5000);
                        strm.output(space);
                        if (earlier >= 0) {
                            strm.input(ByteView(plain).first(in));
                            t.note("deflate", strm.deflate(earlier));
                        }
                        t.note("null", zlib.deflateSetDictionary(strm.get(), nullptr, 0));
                        t.note("set", set_dictionary(strm, dictionary));
                        t.note("adler", static_cast<long long>(strm->adler));
                        t.note("again", set_dictionary(strm, ByteView(dictionary).first(7)));
                        t.note("adler", static_cast<long long>(strm->adler));
                        t.note("get_nothing",
                               zlib.deflateGetDictionary(strm.get(), nullptr, nullptr));
                        if (earlier != Z_NO_FLUSH) t.note("dictionary", get_dictionary(strm));
                        t.note("total_in", static_cast<long long>(strm->total_in));
                        strm.input({});
                        t.note("finish", strm.deflate(Z_FINISH));
                        t.note("adler", static_cast<long long>(strm->adler));
                    });
                }
            }
        }
    }
}

BOOST_DATA_TEST_CASE(dictionaries_of_any_size_are_used_and_read_back,
                     data::make({0, 1, 2, 4, 6, 9}) * data::make({9, 10, 15, -9, -15}), level,
                     window_bits) {
    const Bytes text = make_sample(Sample::kText, 70'000);
    const std::size_t window = std::size_t{1} << std::abs(window_bits);
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{300},
          window - 262, window - 1, window, window + 1, std::size_t{70'000}}) {
        BOOST_TEST_CONTEXT("size " << size) {
            const ByteView dictionary = ByteView(text).first(size);
            const std::size_t used = std::min(size, std::size_t{300});
            const Bytes plain(dictionary.end() - static_cast<std::ptrdiff_t>(used),
                              dictionary.end());
            Bytes packed;
            same_on_both([&](const ZlibApi& zlib, Transcript& t) {
                TestStream strm(zlib);
                t.note("init", strm.deflate_init(level, window_bits));
                t.note("set", set_dictionary(strm, dictionary));
                t.note("adler", static_cast<long long>(strm->adler));
                t.note("dictionary", get_dictionary(strm));
                packed.clear();
                strm.input(plain);
                t.note("code", deflate_all(strm, Z_FINISH, packed));
                t.note("adler", static_cast<long long>(strm->adler));
            });
            check_unpacks_to(packed, plain, window_bits, dictionary);
            if (level != 0 && size >= 300 && window > 1024)
                BOOST_TEST(packed.size() < 40U, "the dictionary helps");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_raw_stream_takes_a_dictionary_after_each_flush) {
    Random random(31);
    for (int round = 0; round < 200; ++round) {
        const int window_bits = -static_cast<int>(random.between(9, 15));
        const ZlibApi& zlib = tested_zlib();
        TestStream strm(zlib);
        BOOST_REQUIRE(strm.deflate_init(static_cast<int>(random.below(10)), window_bits) == Z_OK);
        // The decoder gets the same dictionaries at the same places.
        TestStream decoder(reference_zlib());
        BOOST_REQUIRE(decoder.inflate_init(window_bits) == Z_OK);
        for (int part = 0; part < 5; ++part) {
            const Bytes dictionary =
                make_sample(Sample::kText, random.between(1, 40'000), random.below(4));
            if (random.one_in(2)) {
                BOOST_REQUIRE(set_dictionary(strm, dictionary) == Z_OK);
                BOOST_REQUIRE(reference_zlib().inflateSetDictionary(
                                  decoder.get(), dictionary.data(),
                                  static_cast<uInt>(dictionary.size())) == Z_OK);
            }
            const Bytes plain = make_sample(Sample::kText, random.below(3000), random.below(4));
            Bytes packed;
            strm.input(plain);
            deflate_all(strm,
                        part == 4          ? Z_FINISH
                        : random.one_in(2) ? Z_SYNC_FLUSH
                                           : Z_FULL_FLUSH,
                        packed);
            Bytes space(plain.size() + 1);
            decoder.input(packed);
            decoder.output(space);
            decoder.inflate(Z_SYNC_FLUSH);
            space.resize(plain.size());
            BOOST_TEST(decoder->avail_in == 0U);
            BOOST_TEST(decoder->avail_out == 1U);
            BOOST_TEST((space == plain), "round " << round << ", part " << part);
        }
    }
}

BOOST_DATA_TEST_CASE(the_history_can_be_read_back,
                     data::make({0, 1, 4, 6, 9}) * data::make({9, 12, 15}), level, window_bits) {
    const Bytes text = make_sample(Sample::kMixed, 200'000);
    const std::size_t window = std::size_t{1} << window_bits;
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.deflate_init(level, -window_bits) == Z_OK);
    Bytes packed;
    Random random(7);
    std::size_t given = 0;
    while (given < text.size()) {
        const std::size_t piece =
            std::min<std::size_t>(random.between(1, 20'000), text.size() - given);
        strm.input(ByteView(text).subspan(given, piece));
        deflate_all(strm, Z_SYNC_FLUSH, packed);
        given += piece;
        const Bytes history = get_dictionary(strm);
        // zlib.h: it may be up to 258 bytes short of the window.
        BOOST_TEST(history.size() <= window);
        BOOST_TEST(history.size() + 262 >= std::min(window, given));
        BOOST_TEST(std::equal(history.rbegin(), history.rend(),
                              text.rbegin() + static_cast<std::ptrdiff_t>(text.size() - given)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

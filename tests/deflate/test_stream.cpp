// SPDX-License-Identifier: Zlib
// Calls that come while output waits for space: the encoder is in the middle of writing a block then, and what the call
// changes must leave that block alone.
#include <boost/test/unit_test.hpp>

#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz::test;

namespace {

// A raw stream fed in small pieces with little output space; `meddle` is called wherever a call ends for lack of space.
template <class Meddle>
Bytes deflate_with_little_space(const Bytes& plain, int level, Random& random, Meddle meddle) {
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(deflateInit2(&strm, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    Bytes packed;
    Bytes space(600);
    std::size_t given = 0;
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        const std::size_t in =
            std::min<std::size_t>(plain.size() - given, random.between(1, 30'000));
        strm.next_in = const_cast<Bytef*>(plain.data() + given);
        strm.avail_in = static_cast<uInt>(in);
        strm.next_out = space.data();
        strm.avail_out = static_cast<uInt>(random.between(1, space.size()));
        code = deflate(&strm, given + in == plain.size() ? Z_FINISH : Z_NO_FLUSH);
        BOOST_REQUIRE((code == Z_OK || code == Z_STREAM_END));
        given += in - strm.avail_in;
        packed.insert(packed.end(), space.data(), strm.next_out);
        if (code == Z_OK && strm.avail_out == 0) meddle(strm);
    }
    BOOST_TEST(deflateEnd(&strm) == Z_OK);
    return packed;
}

Bytes inflate_raw(const Bytes& packed, std::size_t size) {
    Bytes plain(size + 1);
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(inflateInit2(&strm, -15), Z_OK);
    strm.next_in = const_cast<Bytef*>(packed.data());
    strm.avail_in = static_cast<uInt>(packed.size());
    strm.next_out = plain.data();
    strm.avail_out = static_cast<uInt>(plain.size());
    BOOST_TEST(inflate(&strm, Z_FINISH) == Z_STREAM_END);
    plain.resize(strm.total_out);
    inflateEnd(&strm);
    return plain;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting_output)

BOOST_AUTO_TEST_CASE(level_changes_that_flush_nothing_leave_the_waiting_block_alone) {
    Random random(1);
    for (const Sample kind : kAllSamples) {
        const Bytes plain = make_sample(kind, 250'000);
        for (int round = 0; round < 4; ++round) {
            const Bytes packed = deflate_with_little_space(plain, 6, random, [&](z_stream& strm) {
                // Levels 4 to 9 are one group: zlib changes among them without a flush.
                Bytes space(4);
                strm.next_out = space.data();
                strm.avail_out = 0;
                BOOST_REQUIRE_EQUAL(deflateParams(&strm, static_cast<int>(random.between(4, 9)),
                                                  Z_DEFAULT_STRATEGY),
                                    Z_OK);
            });
            BOOST_REQUIRE(inflate_raw(packed, plain.size()) == plain);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dictionary_is_refused_while_a_stored_block_waits) {
    const Bytes plain = make_sample(Sample::kRandom, 20'000);
    const Bytes dictionary = make_sample(Sample::kText, 32'768);
    z_stream strm{};
    BOOST_REQUIRE_EQUAL(deflateInit2(&strm, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    Bytes packed(40'000);
    strm.next_in = const_cast<Bytef*>(plain.data());
    strm.avail_in = static_cast<uInt>(plain.size());
    strm.next_out = packed.data();
    strm.avail_out = 100;
    BOOST_TEST(deflate(&strm, Z_SYNC_FLUSH) == Z_OK);
    BOOST_TEST(strm.avail_in == 0U);
    BOOST_TEST(deflateSetDictionary(&strm, dictionary.data(), 32'768) == Z_STREAM_ERROR);
    strm.avail_out = static_cast<uInt>(packed.size() - 100);
    BOOST_TEST(deflate(&strm, Z_FINISH) == Z_STREAM_END);
    packed.resize(strm.total_out);
    BOOST_TEST(deflateEnd(&strm) == Z_OK);
    BOOST_TEST((inflate_raw(packed, plain.size()) == plain));
}

BOOST_AUTO_TEST_CASE(pending_counts_what_is_still_to_come) {
    for (const Sample kind : {Sample::kText, Sample::kRandom, Sample::kZeros}) {
        const Bytes plain = make_sample(kind, 4000);
        z_stream strm{};
        BOOST_REQUIRE_EQUAL(deflateInit(&strm, 6), Z_OK);
        Bytes packed(30'000);
        strm.next_in = const_cast<Bytef*>(plain.data());
        strm.avail_in = static_cast<uInt>(plain.size());
        strm.next_out = packed.data();
        strm.avail_out = 3;
        // The header takes two of the three bytes, so the only block has begun and waits.
        BOOST_TEST(deflate(&strm, Z_FINISH) == Z_OK);
        unsigned pending = 0;
        int bits = 0;
        BOOST_TEST(deflatePending(&strm, &pending, &bits) == Z_OK);
        strm.avail_out = static_cast<uInt>(packed.size() - 3);
        BOOST_TEST(deflate(&strm, Z_FINISH) == Z_STREAM_END);
        BOOST_TEST(strm.total_out == 3 + pending + 4);  // and the trailer
        BOOST_TEST(deflateEnd(&strm) == Z_OK);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Zlib
// Streams that leave ISA-L on the way, by every call that makes them: flushes, new parameters, primed bits, a
// dictionary, a copy, a reset. What was asked for happens, and nothing is lost.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "isal/isal_deflater.hpp"
#include "isal_stream.hpp"

namespace data = boost::unit_test::data;
using namespace warpz::test;

namespace {

constexpr std::size_t kChunk = warpz::isal::IsalDeflater::kChunkBytes;
constexpr std::size_t kSize = 3 * kChunk;
// Bytes given before the hand-over: none, some of the first chunk, just one chunk, chunks and a part.
const std::size_t kPlaces[] = {0, 1, 50'000, kChunk, kChunk + 1, 2 * kChunk + 30'000};

const Bytes& text() {
    static const Bytes bytes = make_sample(Sample::kMixed, kSize);
    return bytes;
}

void check_rest(OpenStream& stream, std::size_t place, int window_bits) {
    BOOST_TEST(stream.write(text().data() + place, kSize - place, Z_FINISH) == Z_STREAM_END);
    const Decoded decoded = decode(stream.out, window_bits);
    BOOST_TEST(decoded.is_complete);
    BOOST_TEST((decoded.data == text()));
    BOOST_TEST(stream.strm.avail_in == 0U);
}

}  // namespace

BOOST_DATA_TEST_CASE(a_flush_delivers_all_input,
                     data::make({Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH}) *
                         data::make(kPlaces) * data::make({1, 1000, 1 << 20}),
                     flush, place, out_step) {
    OpenStream stream(1, 31, static_cast<std::size_t>(out_step));
    stream.write(text().data(), place, Z_NO_FLUSH);
    BOOST_TEST(stream.write(nullptr, 0, flush) == Z_OK);
    const Decoded decoded = decode(stream.out, 31);
    BOOST_TEST((decoded.data == Bytes(text().begin(), text().begin() + static_cast<long>(place))));
    if (flush != Z_PARTIAL_FLUSH) {
        const std::uint8_t marker[] = {0, 0, 0xff, 0xff};
        BOOST_TEST(std::equal(marker, marker + 4, stream.out.end() - 4));
    }
    BOOST_TEST(stream.write(nullptr, 0, flush) == Z_BUF_ERROR);  // nothing to do
    check_rest(stream, place, 31);
}

BOOST_DATA_TEST_CASE(any_sequence_of_flushes_decodes, data::xrange(40), seed) {
    Random random(static_cast<std::uint64_t>(seed) + 1);
    const int window_bits = random.one_in(2) ? -15 : 15;
    const int level = static_cast<int>(random.between(1, 2));
    OpenStream stream(level, window_bits, random.between(1, 100'000));
    std::size_t at = 0;
    while (at < kSize) {
        const std::size_t count = std::min<std::size_t>(kSize - at, random.below(200'000));
        const int flush = random.one_in(2) ? Z_NO_FLUSH : static_cast<int>(random.between(1, 5));
        stream.write(text().data() + at, count, flush == Z_FINISH ? Z_NO_FLUSH : flush);
        at += count;
    }
    check_rest(stream, kSize, window_bits);
}

BOOST_DATA_TEST_CASE(new_parameters, data::make(kPlaces) * data::make({0, 1, 2, 6, 9}), place,
                     level) {
    OpenStream stream(1, 15);
    stream.write(text().data(), place, Z_NO_FLUSH);
    Bytes space(kSize);
    stream.strm.next_out = space.data();
    stream.strm.avail_out = static_cast<uInt>(space.size());
    BOOST_TEST(linked_zlib().deflateParams(&stream.strm, level, Z_FILTERED) == Z_OK);
    stream.out.insert(stream.out.end(), space.data(), stream.strm.next_out);
    check_rest(stream, place, 15);
}

BOOST_DATA_TEST_CASE(tuning, data::make(kPlaces), place) {
    OpenStream stream(1, 15);
    stream.write(text().data(), place, Z_NO_FLUSH);
    BOOST_TEST(linked_zlib().deflateTune(&stream.strm, 8, 16, 128, 64) == Z_OK);
    check_rest(stream, place, 15);
}

BOOST_DATA_TEST_CASE(primed_bits_come_before_unencoded_input, data::make(kPlaces), place) {
    OpenStream stream(1, -15);
    stream.write(text().data(), place, Z_NO_FLUSH);
    unsigned pending = 9;
    int bits = 9;
    BOOST_TEST(linked_zlib().deflatePending(&stream.strm, &pending, &bits) == Z_OK);
    BOOST_TEST(pending == 0U);
    BOOST_TEST(bits == 0);
    BOOST_TEST(linked_zlib().deflatePrime(&stream.strm, 10, 2) == Z_OK);  // an empty fixed block
    BOOST_TEST(linked_zlib().deflatePending(&stream.strm, &pending, &bits) == Z_OK);
    BOOST_TEST(pending * 8 + static_cast<unsigned>(bits) == 10U);
    check_rest(stream, place, -15);
}

BOOST_DATA_TEST_CASE(the_dictionary_is_the_last_input, data::make(kPlaces), place) {
    OpenStream stream(1, 15);
    stream.write(text().data(), place, Z_NO_FLUSH);
    Bytes dictionary(32768);
    uInt size = 0;
    BOOST_TEST(linked_zlib().deflateGetDictionary(&stream.strm, dictionary.data(), &size) == Z_OK);
    BOOST_TEST(size == std::min<std::size_t>(place, 32768));
    BOOST_TEST(std::memcmp(dictionary.data(), text().data() + place - size, size) == 0);
    check_rest(stream, place, 15);
}

BOOST_AUTO_TEST_CASE(a_dictionary_after_a_flush_is_used) {
    OpenStream stream(1, -15);
    stream.write(text().data(), 2 * kChunk, Z_SYNC_FLUSH);
    const Bytes dictionary = make_sample(Sample::kRandom, 20'000);
    BOOST_TEST(linked_zlib().deflateSetDictionary(&stream.strm, dictionary.data(), 20'000) == Z_OK);
    const std::size_t before = stream.out.size();
    BOOST_TEST(stream.write(dictionary.data(), dictionary.size(), Z_FINISH) == Z_STREAM_END);
    BOOST_TEST(stream.out.size() - before < 1000U);
}

BOOST_DATA_TEST_CASE(a_copy_and_its_source_go_on_separately,
                     data::make(kPlaces) * data::make({100, 1 << 20}), place, space) {
    const ZlibApi& zlib = linked_zlib();
    OpenStream source(1, 15);
    OpenStream copy(1, 15);
    // One call with little space leaves output pending in the source, which the copy has to get as well.
    Bytes first(static_cast<std::size_t>(space));
    source.strm.next_in = const_cast<Bytef*>(text().data());
    source.strm.avail_in = static_cast<uInt>(place);
    source.strm.next_out = first.data();
    source.strm.avail_out = static_cast<uInt>(first.size());
    if (place != 0) BOOST_TEST(zlib.deflate(&source.strm, Z_NO_FLUSH) == Z_OK);
    source.out.assign(first.data(), source.strm.next_out);
    copy.out = source.out;
    const std::size_t taken = source.strm.total_in;
    BOOST_TEST(zlib.deflateEnd(&copy.strm) == Z_OK);
    BOOST_TEST(zlib.deflateCopy(&copy.strm, &source.strm) == Z_OK);

    const Bytes other = make_sample(Sample::kText, kSize - taken, 77);
    BOOST_TEST(copy.write(other.data(), other.size(), Z_FINISH) == Z_STREAM_END);
    check_rest(source, taken, 15);
    const Decoded decoded = decode(copy.out, 15);
    BOOST_TEST(decoded.is_complete);
    BOOST_TEST(std::equal(other.begin(), other.end(),
                          decoded.data.end() - static_cast<long>(other.size())));
    BOOST_TEST(std::equal(text().begin(), text().begin() + static_cast<long>(taken),
                          decoded.data.begin()));
}

BOOST_DATA_TEST_CASE(a_reset_stream_starts_again, data::make(kPlaces), place) {
    const Bytes whole = deflate_at_once(text(), 1, 31);
    OpenStream stream(1, 31);
    for (int round = 0; round < 2; ++round) {
        stream.write(text().data(), place, Z_NO_FLUSH);
        BOOST_TEST(linked_zlib().deflateReset(&stream.strm) == Z_OK);
        stream.out.clear();
        BOOST_TEST(stream.write(text().data(), kSize, Z_FINISH) == Z_STREAM_END);
        BOOST_TEST((stream.out == whole));
        BOOST_TEST(linked_zlib().deflateReset(&stream.strm) == Z_OK);
        stream.out.clear();
    }
}

// deflateResetKeep() keeps the history: what follows may refer to it, and needs it to be decoded.
BOOST_DATA_TEST_CASE(a_kept_history_is_used, data::make(kPlaces), place) {
    OpenStream stream(1, -15);
    stream.write(text().data(), place, Z_SYNC_FLUSH);
    BOOST_TEST(linked_zlib().deflateResetKeep(&stream.strm) == Z_OK);
    check_rest(stream, place, -15);
}

BOOST_DATA_TEST_CASE(an_abandoned_stream_leaks_nothing, data::make(kPlaces), place) {
    z_stream strm{};
    Bytes space(kSize);
    BOOST_TEST(linked_zlib().deflate_init(&strm, 1) == Z_OK);
    strm.next_in = const_cast<Bytef*>(text().data());
    strm.avail_in = static_cast<uInt>(place);
    strm.next_out = space.data();
    strm.avail_out = static_cast<uInt>(space.size());
    linked_zlib().deflate(&strm, Z_NO_FLUSH);
    BOOST_TEST(linked_zlib().deflateEnd(&strm) == Z_DATA_ERROR);  // zlib's word for "abandoned"
}

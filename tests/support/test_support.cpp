// SPDX-License-Identifier: Zlib
// The test support's own promises: what bit_builder writes is what the reference zlib reads, the
// allocator counts, a guarded buffer ends where it says.
#define BOOST_TEST_MODULE support
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string_view>

#include "support/bit_builder.hpp"
#include "support/counting_allocator.hpp"
#include "support/guarded_buffer.hpp"
#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

using namespace warpz::test;

namespace {

struct Decoded {
    int code;
    Bytes output;
    uInt left;
};

Decoded decode(Bytes stream, int window_bits) {
    const ZlibApi& zlib = reference_zlib();
    z_stream strm{};
    BOOST_REQUIRE(zlib.inflate_init(&strm, window_bits) == Z_OK);
    Bytes output(100'000);
    strm.next_in = stream.data();
    strm.avail_in = static_cast<uInt>(stream.size());
    strm.next_out = output.data();
    strm.avail_out = static_cast<uInt>(output.size());
    const int code = zlib.inflate(&strm, Z_FINISH);
    output.resize(strm.total_out);
    const uInt left = strm.avail_in;
    zlib.inflateEnd(&strm);
    return {code, output, left};
}

void check_decodes_to(const Bytes& stream, std::string_view expected, int window_bits = -15) {
    const Decoded decoded = decode(stream, window_bits);
    BOOST_TEST(decoded.code == Z_STREAM_END);
    BOOST_TEST(decoded.output == bytes_of(expected), boost::test_tools::per_element());
    BOOST_TEST(decoded.left == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bit_builder)

BOOST_AUTO_TEST_CASE(blocks_of_all_types_decode) {
    const Bytes stored = bytes_of("stored");
    auto litlen = lengths_of(260, {{'d', 1}, {256, 2}, {259, 2}});  // 259: length 5
    const auto distance = lengths_of(1, {{0, 1}});
    BitBuilder b;
    b.stored_block(false, stored);
    b.block_header(false, warpz::rfc1951::BlockType::kFixed).fixed_literals(" fixed ");
    b.fixed_match(6, 13).end_of_block_fixed();
    b.dynamic_header(true, litlen, distance);
    const CanonicalCode litlen_code(litlen);
    const CanonicalCode distance_code(distance);
    b.code(litlen_code, 'd').match(litlen_code, distance_code, 5, 1).code(litlen_code, 256);
    check_decodes_to(b.stream(), "stored fixed storeddddddd");
}

BOOST_AUTO_TEST_CASE(every_length_and_distance_has_its_code) {
    const Bytes history = make_sample(Sample::kRandom, 32768);
    BitBuilder b;
    b.stored_block(false, history).block_header(true, warpz::rfc1951::BlockType::kFixed);
    Bytes expected = history;
    const auto append_match = [&](unsigned length, unsigned distance) {
        b.fixed_match(length, distance);
        for (unsigned i = 0; i < length; ++i)
            expected.push_back(expected[expected.size() - distance]);
    };
    for (unsigned length = 3; length <= 258; ++length) append_match(length, length * 7);
    for (unsigned bit = 1; bit <= 32768; bit *= 2) append_match(3, bit);
    append_match(258, 32767);
    b.end_of_block_fixed();
    const Decoded decoded = decode(b.stream(), -15);
    BOOST_TEST(decoded.code == Z_STREAM_END);
    BOOST_TEST((decoded.output == expected));
}

BOOST_AUTO_TEST_CASE(wrappers_are_accepted) {
    const Bytes plain = bytes_of("wrapped");
    BitBuilder b;
    b.stored_block(true, plain);
    check_decodes_to(zlib_wrap(b.stream(), plain), "wrapped", 15);
    GzipFields fields;
    fields.ftext = fields.fhcrc = true;
    fields.extra = bytes_of("extra field");
    fields.name = "name";
    fields.comment = "comment";
    check_decodes_to(gzip_wrap(b.stream(), plain, fields), "wrapped", 31);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(allocator_counts_fails_and_finds_leaks) {
    CountingAllocator allocator;
    z_stream strm{};
    allocator.install(strm);
    allocator.fail_at(1);
    void* first = strm.zalloc(strm.opaque, 10, 100);
    BOOST_TEST(first != nullptr);
    BOOST_TEST(strm.zalloc(strm.opaque, 1, 1) == nullptr);
    void* third = strm.zalloc(strm.opaque, 1, 24);
    BOOST_TEST(allocator.peak_bytes() == 1024U);
    strm.zfree(strm.opaque, first);
    strm.zfree(strm.opaque, first);
    BOOST_TEST(allocator.bad_frees() == 1U);
    BOOST_TEST(allocator.live_blocks() == 1U);
    allocator.limit(100);
    BOOST_TEST(strm.zalloc(strm.opaque, 1, 77) == nullptr);
    strm.zfree(strm.opaque, third);
    BOOST_TEST(allocator.live_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(guarded_buffer_ends_at_an_unmapped_page) {
    for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U}) {
        const GuardedBuffer buffer(size);
        if (size != 0) buffer.data()[size - 1] = 1;
        int channel[2];
        BOOST_REQUIRE(::pipe(channel) == 0);
        // The kernel reads for us: EFAULT is what a load would turn into a fault.
        BOOST_TEST(::write(channel[1], buffer.data() + size, 1) == -1);
        BOOST_TEST(errno == EFAULT);
        ::close(channel[0]);
        ::close(channel[1]);
    }
}

BOOST_AUTO_TEST_CASE(samples_have_the_size_asked_for_and_repeat) {
    for (const Sample kind : kAllSamples) {
        for (const std::size_t size : {0U, 1U, 1000U, 70'000U}) {
            BOOST_TEST(make_sample(kind, size).size() == size);
        }
        BOOST_TEST((make_sample(kind, 5000, 3) == make_sample(kind, 5000, 3)));
    }
}

BOOST_AUTO_TEST_CASE(reference_is_the_systems_zlib) {
    const std::string_view version = reference_zlib().zlibVersion();
    BOOST_TEST_MESSAGE("reference: " << reference_zlib().file << ", zlib " << version);
    BOOST_TEST(version.substr(0, 2) == "1.");
}

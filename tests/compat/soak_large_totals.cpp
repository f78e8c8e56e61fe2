// SPDX-License-Identifier: Zlib
// More than 4 GiB through one stream: totals, check values and the gzip length field must not wrap or stick where
// 32 bits end. The data is zeros, so that it takes seconds.
#define BOOST_TEST_MODULE soak_large_totals
#include <sys/mman.h>

#include <boost/test/unit_test.hpp>
#include <climits>

#include "compat/conformance.hpp"

using namespace warpz::test;

namespace {

constexpr std::uint64_t kTotal = (std::uint64_t{1} << 32) + 12'345;

// Adler-32 of n zeros: the first sum stays 1, the second counts (RFC 1950 section 8.2).
std::uint32_t adler_of_zeros(std::uint64_t n) {
    return static_cast<std::uint32_t>(n % 65521) << 16 | 1;
}

// Decodes `packed` and checks that it is kTotal zeros.
void check_zeros(const ZlibApi& zlib, ByteView packed, int window_bits) {
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.inflate_init(window_bits) == Z_OK);
    strm.input(packed);
    Bytes space(1 << 22);
    const Bytes zeros(space.size(), 0);
    int code = Z_OK;
    bool are_zeros = true;
    while (code == Z_OK) {
        strm.output(space);
        code = strm.inflate(Z_NO_FLUSH);
        const std::size_t written = space.size() - strm->avail_out;
        are_zeros = are_zeros && std::equal(space.data(), space.data() + written, zeros.data());
    }
    BOOST_TEST(code == Z_STREAM_END);
    BOOST_TEST(are_zeros);
    BOOST_TEST(strm->total_out == kTotal);
    BOOST_TEST(strm->total_in == packed.size());
    if (window_bits == 15) BOOST_TEST(strm->adler == adler_of_zeros(kTotal));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_gzip_stream_counts_beyond_32_bits) {
    const Bytes zeros(1 << 24, 0);
    TestStream strm(tested_zlib());
    BOOST_REQUIRE(strm.deflate_init(1, 31) == Z_OK);
    Bytes packed;
    for (std::uint64_t left = kTotal; left > 0;) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size()));
        left -= piece;
        strm.input(ByteView(zeros).first(piece));
        deflate_all(strm, left == 0 ? Z_FINISH : Z_NO_FLUSH, packed, 1 << 20);
        BOOST_REQUIRE(strm->avail_in == 0U);
    }
    BOOST_TEST(strm->total_in == kTotal);
    BOOST_TEST(strm->total_out == packed.size());
    // ISIZE is the length modulo 2^32 (RFC 1952 2.3.1).
    BOOST_REQUIRE(packed.size() > 4U);
    const std::uint32_t isize = packed[packed.size() - 4] | packed[packed.size() - 3] << 8 |
                                packed[packed.size() - 2] << 16 |
                                static_cast<std::uint32_t>(packed.back()) << 24;
    BOOST_TEST(isize == static_cast<std::uint32_t>(kTotal));
    check_zeros(tested_zlib(), packed, 31);
}

BOOST_AUTO_TEST_CASE(one_call_compresses_more_than_an_avail_in_can_hold) {
    static_assert(kTotal > UINT_MAX);
    // Untouched private pages all read as the kernel's one zero page.
    void* zeros =
        ::mmap(nullptr, kTotal, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) {
        BOOST_TEST_MESSAGE("skipped: no address space for 4 GiB");
        return;
    }
    const ZlibApi& zlib = tested_zlib();
    Bytes packed(1 << 26);
    z_size_t size = packed.size();
    BOOST_TEST(zlib.compress2_z(packed.data(), &size, static_cast<const Bytef*>(zeros), kTotal,
                                1) == Z_OK);
    ::munmap(zeros, kTotal);
    packed.resize(size);
    check_zeros(reference_zlib(), packed, 15);
}

// SPDX-License-Identifier: Zlib
// compressBound() and deflateBound(): no more than zlib's, and enough for every one-shot compression, whatever the
// parameters and however hostile the data.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <climits>

#include "compat/conformance.hpp"
#include "support/guarded_buffer.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

// Random bytes, now and then a 3-byte match at the largest distance: the match costs more than its literals.
Bytes far_short_matches(std::size_t size, std::size_t distance) {
    Bytes out = make_sample(Sample::kRandom, size, size);
    Random random(size);
    for (std::size_t i = distance; i + 3 < size; i += random.between(3, 9)) {
        for (std::size_t k = 0; k < 3; ++k) out[i + k] = out[i + k - distance];
    }
    return out;
}

// Bytes whose fixed codes take nine bits.
Bytes nine_bit_literals(std::size_t size) {
    Bytes out = make_sample(Sample::kRandom, size, size + 1);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(144 + byte % 112);
    return out;
}

// Statistics that change as soon as a code has been paid for.
Bytes shifting_alphabets(std::size_t size) {
    Bytes out = make_sample(Sample::kRandom, size, size + 2);
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(out[i] % 16 + (i / 300) % 15 * 16);
    }
    return out;
}

std::vector<Bytes> hostile_data(std::size_t size) {
    return {make_sample(Sample::kRandom, size, size), far_short_matches(size, 32'000),
            far_short_matches(size, 500), nine_bit_literals(size), shifting_alphabets(size)};
}

// zlib 1.3.2's deflateBound(), which made 1.2.13's more conservative.
std::size_t zlib_bound(std::size_t size, int window_bits, int mem_level, int level,
                       std::size_t wrapper) {
    if (window_bits == 15 && mem_level == 8) {
        return size + (size >> 12) + (size >> 14) + (size >> 25) + 7 + wrapper;
    }
    if (window_bits <= mem_level + 7 && level != 0)
        return size + (size >> 3) + (size >> 8) + (size >> 9) + 4 + wrapper;
    return size + (size >> 5) + (size >> 7) + (size >> 11) + 7 + wrapper;
}

void check_bound_holds(const Bytes& plain, int level, int window_bits, int mem_level,
                       int strategy) {
    const ZlibApi& zlib = tested_zlib();
    TestStream strm(zlib);
    BOOST_REQUIRE(strm.deflate_init(level, window_bits, mem_level, strategy) == Z_OK);
    const std::size_t bound = zlib.deflateBound(strm.get(), static_cast<uLong>(plain.size()));
    const int used_bits = std::max(9, window_bits < 0    ? -window_bits
                                      : window_bits > 15 ? window_bits - 16
                                                         : window_bits);
    const std::size_t wrapper = window_bits < 0 ? 0 : window_bits > 15 ? 18 : 6;
    BOOST_TEST(bound <= zlib_bound(plain.size(), used_bits, mem_level, level, wrapper));
    const GuardedBuffer space(bound);
    strm.input(plain);
    strm.output(space.span());
    BOOST_TEST(strm.deflate(Z_FINISH) == Z_STREAM_END);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounds)

BOOST_AUTO_TEST_CASE(compress_bound_is_zlibs) {
    same_on_both([](const ZlibApi& zlib, Transcript& t) {
        for (uLong size = 0; size < 100'000; size += 97)
            t.note("bound", static_cast<long long>(zlib.compressBound(size)));
        for (unsigned bit = 16; bit < 63; ++bit) {
            t.note("bound", static_cast<long long>(zlib.compressBound(1UL << bit)));
            t.note("bound", static_cast<long long>(zlib.compressBound((1UL << bit) - 1)));
        }
    });
    const ZlibApi& zlib = tested_zlib();
    for (const uLong size : {0UL, 1UL, 70'000UL, 1UL << 40}) {
        BOOST_TEST(zlib.compressBound_z(size) == zlib.compressBound(size));
        BOOST_TEST(zlib.deflateBound_z(nullptr, size) == zlib.deflateBound(nullptr, size));
    }
}

BOOST_AUTO_TEST_CASE(bounds_saturate_where_they_would_overflow) {
    const ZlibApi& zlib = tested_zlib();
    BOOST_TEST(zlib.compressBound(ULONG_MAX) == ULONG_MAX);
    BOOST_TEST(zlib.compressBound_z(SIZE_MAX - 5) == SIZE_MAX);
    BOOST_TEST(zlib.deflateBound(nullptr, ULONG_MAX) == ULONG_MAX);
    BOOST_TEST(zlib.deflateBound_z(nullptr, SIZE_MAX - 10) == SIZE_MAX);
    for (const int mem_level : {1, 8, 9}) {
        for (const int window_bits : {-15, 9, 31}) {
            TestStream strm(zlib);
            BOOST_REQUIRE(strm.deflate_init(6, window_bits, mem_level) == Z_OK);
            BOOST_TEST(zlib.deflateBound(strm.get(), ULONG_MAX) == ULONG_MAX);
            BOOST_TEST(zlib.deflateBound_z(strm.get(), SIZE_MAX - 3) == SIZE_MAX);
        }
    }
}

BOOST_AUTO_TEST_CASE(compress_fits_its_bound) {
    const ZlibApi& zlib = tested_zlib();
    for (std::size_t size = 0; size < 120'000; size = size < 80 ? size + 1 : size * 5 / 4) {
        for (const Bytes& plain : hostile_data(size)) {
            for (int level = -1; level <= 9; level += size > 5000 ? 5 : 1) {
                uLong packed_size = zlib.compressBound(static_cast<uLong>(size));
                const GuardedBuffer space(packed_size);
                BOOST_TEST(zlib.compress2(space.data(), &packed_size, plain.data(),
                                          static_cast<uLong>(size), level) == Z_OK);
            }
        }
    }
}

BOOST_DATA_TEST_CASE(deflate_fits_its_bound_with_all_parameters,
                     data::xrange(0, 10) * data::xrange(0, 5), level, strategy) {
    for (const std::size_t size :
         {0U, 1U, 2U, 31U, 127U, 128U, 255U, 300U, 1000U, 4100U, 20'000U}) {
        const auto inputs = hostile_data(size);
        for (int window_bits = 9; window_bits <= 15; ++window_bits) {
            for (int mem_level = 1; mem_level <= 9; ++mem_level) {
                if (size > 1000 && (window_bits + mem_level) % 3 != 0) continue;
                const int wrapped = mem_level % 3 == 0   ? window_bits
                                    : mem_level % 3 == 1 ? -window_bits
                                                         : window_bits + 16;
                const Bytes& plain =
                    inputs[static_cast<std::size_t>(window_bits * 9 + mem_level) % inputs.size()];
                BOOST_TEST_CONTEXT("size " << size << ", window bits " << wrapped << ", memLevel "
                                           << mem_level) {
                    check_bound_holds(plain, level, wrapped, mem_level, strategy);
                }
            }
        }
    }
}

BOOST_DATA_TEST_CASE(deflate_fits_its_bound_on_large_data,
                     data::make({0, 1, 3, 4, 6, 9}) * data::make({0, 2, 4}), level, strategy) {
    for (const Bytes& plain : hostile_data(300'000)) {
        for (const int mem_level : {1, 2, 8, 9}) {
            for (const int window_bits : {9, 15}) {
                BOOST_TEST_CONTEXT("window bits " << window_bits << ", memLevel " << mem_level) {
                    check_bound_holds(plain, level, window_bits, mem_level, strategy);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_bound_covers_header_fields_dictionary_and_parameter_changes) {
    const ZlibApi& zlib = tested_zlib();
    const Bytes plain = make_sample(Sample::kRandom, 3000);
    Bytes name(2000, 'n');
    name.push_back(0);
    gz_header header{};
    header.name = header.comment = name.data();
    header.extra = name.data();
    header.extra_len = 2000;
    header.hcrc = 1;
    TestStream gzip(zlib);
    BOOST_REQUIRE(gzip.deflate_init(6, 31) == Z_OK);
    BOOST_TEST(zlib.deflateSetHeader(gzip.get(), &header) == Z_OK);
    TestStream with_dictionary(zlib);
    BOOST_REQUIRE(with_dictionary.deflate_init(6) == Z_OK);
    BOOST_TEST(zlib.deflateSetDictionary(with_dictionary.get(), plain.data(), 500) == Z_OK);
    TestStream changed(zlib);
    BOOST_REQUIRE(changed.deflate_init(6) == Z_OK);
    BOOST_TEST(zlib.deflateParams(changed.get(), 0, Z_DEFAULT_STRATEGY) == Z_OK);
    for (TestStream* strm : {&gzip, &with_dictionary, &changed}) {
        const GuardedBuffer space(zlib.deflateBound(strm->get(), static_cast<uLong>(plain.size())));
        strm->input(plain);
        strm->output(space.span());
        BOOST_TEST(strm->deflate(Z_FINISH) == Z_STREAM_END);
    }
}

BOOST_AUTO_TEST_SUITE_END()

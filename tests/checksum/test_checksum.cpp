// SPDX-License-Identifier: Zlib
// Running values, combination and its operator form, and the same calls on the reference zlib and
// ours.
#define BOOST_TEST_MODULE checksum
#include <array>
#include <barrier>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"
#include "support/bit_builder.hpp"
#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

namespace checksum = warpz::checksum;
using warpz::test::Bytes;
using warpz::test::Random;
using warpz::test::ZlibApi;

namespace {

const Bytes& sample() {
    static const Bytes data = warpz::test::make_sample(warpz::test::Sample::kRandom, 70'000);
    return data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(running_value)

// The first test on purpose: the kernels are chosen by the first calls of the process.
BOOST_AUTO_TEST_CASE(first_calls_from_many_threads_agree) {
    constexpr std::size_t kThreads = 8;
    const std::uint32_t adler = warpz::test::simple_adler32(sample());
    const std::uint32_t crc = warpz::test::simple_crc32(sample());
    std::array<std::uint32_t, kThreads> adlers{};
    std::array<std::uint32_t, kThreads> crcs{};
    std::barrier start{kThreads};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            adlers[i] =
                checksum::adler32(checksum::kAdler32Start, sample().data(), sample().size());
            crcs[i] = checksum::crc32(checksum::kCrc32Start, sample().data(), sample().size());
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < kThreads; ++i) {
        BOOST_TEST(adlers[i] == adler);
        BOOST_TEST(crcs[i] == crc);
    }
}

BOOST_AUTO_TEST_CASE(known_values) {
    const Bytes check = warpz::test::bytes_of("123456789");
    BOOST_TEST(checksum::crc32(0, check.data(), check.size()) == 0xCBF4'3926);
    const Bytes wikipedia = warpz::test::bytes_of("Wikipedia");
    BOOST_TEST(checksum::adler32(1, wikipedia.data(), wikipedia.size()) == 0x11E6'0398);
    BOOST_TEST(checksum::crc32(checksum::kCrc32Start, nullptr, 0) == 0);
    BOOST_TEST(checksum::adler32(checksum::kAdler32Start, nullptr, 0) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(combination)

BOOST_AUTO_TEST_CASE(equals_the_value_of_the_whole_for_any_split) {
    Random random{3};
    for (int round = 0; round < 2000; ++round) {
        const std::size_t size = random.below(round % 10 == 0 ? sample().size() : 300);
        const std::size_t split = random.below(size + 1);
        const std::uint8_t* data = sample().data();
        const std::size_t rest = size - split;
        const std::uint32_t adler_a = checksum::adler32(1, data, split);
        const std::uint32_t adler_b = checksum::adler32(1, data + split, rest);
        BOOST_TEST(checksum::adler32_combine(adler_a, adler_b, rest) ==
                   checksum::adler32(1, data, size));
        const std::uint32_t crc_a = checksum::crc32(0, data, split);
        const std::uint32_t crc_b = checksum::crc32(0, data + split, rest);
        const std::uint32_t whole = checksum::crc32(0, data, size);
        BOOST_TEST(checksum::crc32_combine(crc_a, crc_b, rest) == whole);
        const std::uint32_t combine_operator = checksum::crc32_combine_operator(rest);
        BOOST_TEST(checksum::crc32_combine_with(combine_operator, crc_a, crc_b) == whole);
    }
}

BOOST_AUTO_TEST_CASE(is_associative_for_lengths_beyond_4_gib) {
    Random random{5};
    for (int round = 0; round < 500; ++round) {
        const std::uint64_t size_b = random.next() >> random.between(2, 40);
        const std::uint64_t size_c = random.next() >> random.between(2, 40);
        const auto a = static_cast<std::uint32_t>(random.next());
        const auto b = static_cast<std::uint32_t>(random.next());
        const auto c = static_cast<std::uint32_t>(random.next());
        BOOST_TEST(
            checksum::crc32_combine(checksum::crc32_combine(a, b, size_b), c, size_c) ==
            checksum::crc32_combine(a, checksum::crc32_combine(b, c, size_c), size_b + size_c));
    }
}

BOOST_AUTO_TEST_CASE(with_an_empty_piece_changes_nothing) {
    BOOST_TEST(checksum::crc32_combine(0x1234'5678, checksum::kCrc32Start, 0) == 0x1234'5678);
    BOOST_TEST(checksum::crc32_combine(checksum::kCrc32Start, 0x1234'5678, 77) == 0x1234'5678);
    BOOST_TEST(checksum::adler32_combine(0x1234'5678, checksum::kAdler32Start, 0) == 0x1234'5678);
    BOOST_TEST(checksum::adler32_combine(checksum::kAdler32Start, 0x1234'5678, 77) == 0x1234'5678);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(zlib_functions)

BOOST_AUTO_TEST_CASE(values_equal_the_references_for_any_start_value) {
    const ZlibApi& ours = warpz::test::tested_zlib();
    const ZlibApi& reference = warpz::test::reference_zlib();
    Random random{7};
    const Bytes largest(70'000, 0xFF);
    for (int round = 0; round < 20'000; ++round) {
        const Bytes& data = round % 5 == 0 ? largest : sample();
        const std::size_t size = round % 100 == 0 ? random.below(60'000) : random.below(40);
        const Bytef* from = data.data() + random.below(64);
        // Also more than 32 bits, and sums of 65521 to 65535, which no Adler-32 has.
        uLong start = random.next();
        if (round % 3 == 0) start |= 0xFFF0'FFF0;
        const auto size_int = static_cast<uInt>(size);
        BOOST_TEST(ours.adler32(start, from, size_int) == reference.adler32(start, from, size_int));
        BOOST_TEST(ours.adler32_z(start, from, size) == reference.adler32_z(start, from, size));
        BOOST_TEST(ours.crc32(start, from, size_int) == reference.crc32(start, from, size_int));
        BOOST_TEST(ours.crc32_z(start, from, size) == reference.crc32_z(start, from, size));
    }
}

BOOST_AUTO_TEST_CASE(a_null_buffer_gives_the_start_value) {
    for (const ZlibApi* api : {&warpz::test::reference_zlib(), &warpz::test::tested_zlib()}) {
        BOOST_TEST_CONTEXT(api->file) {
            for (const uLong start : {0UL, 1UL, 0x1234'5678UL, ~0UL}) {
                BOOST_TEST(api->adler32(start, Z_NULL, 0) == 1);
                BOOST_TEST(api->adler32_z(start, Z_NULL, 2) == 1);
                BOOST_TEST(api->crc32(start, Z_NULL, 0) == 0);
                BOOST_TEST(api->crc32_z(start, Z_NULL, 100) == 0);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(combinations_equal_the_references) {
    const ZlibApi& ours = warpz::test::tested_zlib();
    const ZlibApi& reference = warpz::test::reference_zlib();
    Random random{11};
    for (int round = 0; round < 5000; ++round) {
        uLong a = random.next();
        uLong b = random.next();
        if (round % 2 == 0) a &= 0xFFFF'FFFF;
        if (round % 4 < 2) b |= 0xFFFF'0000;
        const auto size = static_cast<off64_t>(random.next() >> random.between(1, 62));
        BOOST_TEST(ours.adler32_combine(a, b, size) == reference.adler32_combine(a, b, size));
        BOOST_TEST(ours.adler32_combine64(a, b, size) == reference.adler32_combine64(a, b, size));
        BOOST_TEST(ours.crc32_combine(a, b, size) == reference.crc32_combine(a, b, size));
        BOOST_TEST(ours.crc32_combine64(a, b, size) == reference.crc32_combine64(a, b, size));
        BOOST_TEST(ours.crc32_combine_gen(size) == reference.crc32_combine_gen(size));
        BOOST_TEST(ours.crc32_combine_gen64(size) == reference.crc32_combine_gen64(size));
        // Any 32 bits but 0 are an operator.
        const uLong combine_operator = random.next() >> 32 | 1UL << random.below(32);
        BOOST_TEST(ours.crc32_combine_op(a, b, combine_operator) ==
                   reference.crc32_combine_op(a, b, combine_operator));
    }
}

BOOST_AUTO_TEST_CASE(the_crc_table_equals_the_references) {
    const z_crc_t* ours = warpz::test::tested_zlib().get_crc_table();
    const z_crc_t* reference = warpz::test::reference_zlib().get_crc_table();
    BOOST_CHECK_EQUAL_COLLECTIONS(ours, ours + 256, reference, reference + 256);
}

// zlib 1.2.13 does not return from the CRC functions with a negative length or an operator of 0;
// 1.3.2 returns 0.
BOOST_AUTO_TEST_CASE(negative_lengths_and_operator_0_give_the_values_of_1_3_2) {
    const auto check = [](const ZlibApi& api) {
        BOOST_TEST(api.crc32_combine(1, 2, -1) == 0);
        BOOST_TEST(api.crc32_combine64(1, 2, -1) == 0);
        BOOST_TEST(api.crc32_combine_gen(-5) == 0);
        BOOST_TEST(api.crc32_combine_gen64(-5) == 0);
        BOOST_TEST(api.crc32_combine_op(1, 2, 0) == 0);
        BOOST_TEST(api.adler32_combine(1, 2, -1) == 0xFFFF'FFFF);
        BOOST_TEST(api.adler32_combine64(1, 2, -1) == 0xFFFF'FFFF);
    };
    check(warpz::test::tested_zlib());
    if (warpz::test::reference_zlib().is_1_3_2()) check(warpz::test::reference_zlib());
    BOOST_TEST(warpz::test::reference_zlib().adler32_combine(1, 2, -1) == 0xFFFF'FFFF);
}

BOOST_AUTO_TEST_SUITE_END()

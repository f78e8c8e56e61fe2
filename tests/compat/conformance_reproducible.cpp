// SPDX-License-Identifier: Zlib
// The output depends on the input, the parameters and the flush points, and on nothing else: sizes of the calls, and
// what the stream or its memory was used for before, leave no trace.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <utility>

#include "compat/conformance.hpp"

using namespace warpz::test;
namespace data = boost::unit_test::data;

namespace {

using FlushPoint = std::pair<std::size_t, int>;  // position in the input, flush value

// Compresses `plain` with the given flush points; `pieces` chooses the sizes of all calls, null for as large as can be.
Bytes deflate_with(TestStream& strm, const Bytes& plain, const std::vector<FlushPoint>& points,
                   Random* pieces) {
    Bytes packed;
    std::size_t given = 0;
    Bytes space(1 << 18);
    for (const auto& [position, flush] : points) {
        int code = Z_OK;
        do {
            const std::size_t left = position - given;
            std::size_t in = left;
            std::size_t out = space.size();
            if (pieces != nullptr) {
                in = std::min<std::size_t>(left, pieces->between(pieces->one_in(8) ? 0 : 1,
                                                                 pieces->one_in(2) ? 300 : 50'000));
                out = pieces->between(7, pieces->one_in(2) ? 100 : 80'000);
            }
            strm.input(ByteView(plain).subspan(given, in));
            strm.output(std::span(space).first(out));
            code = strm.deflate(in == left ? flush : Z_NO_FLUSH);
            given += in - strm->avail_in;
            packed.insert(packed.end(), space.data(), strm->next_out);
            BOOST_REQUIRE((code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END));
        } while (flush == Z_FINISH ? code != Z_STREAM_END
                                   : given < position || strm->avail_out == 0);
    }
    return packed;
}

std::vector<FlushPoint> random_points(std::size_t size, Random& random) {
    constexpr int kFlushValues[] = {Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    std::vector<FlushPoint> points;
    std::size_t position = 0;
    while (random.one_in(2)) {
        position += random.below(size - position + 1);
        points.push_back({position, kFlushValues[random.below(4)]});
    }
    points.push_back({size, Z_FINISH});
    return points;
}

boost::test_tools::assertion_result only_own_library(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(tests_own_library());
    if (!result)
        result.message() << "the output of another zlib may depend on the sizes of the calls";
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reproducible, *boost::unit_test::precondition(only_own_library))

BOOST_DATA_TEST_CASE(output_is_independent_of_call_sizes, data::xrange(0, 10) * data::xrange(0, 5),
                     level, strategy) {
    Random random(static_cast<std::uint64_t>(level * 5 + strategy + 1));
    for (const Sample kind : kAllSamples) {
        const int window_bits =
            static_cast<int>(random.between(9, 15)) * (random.one_in(2) ? 1 : -1);
        const int mem_level = random.one_in(2) ? 8 : static_cast<int>(random.between(1, 9));
        const Bytes plain = make_sample(kind, random.between(0, 150'000), random.next());
        const auto points = random_points(plain.size(), random);
        const auto run = [&](Random* pieces) {
            TestStream strm(tested_zlib());
            BOOST_REQUIRE(strm.deflate_init(level, window_bits, mem_level, strategy) == Z_OK);
            return deflate_with(strm, plain, points, pieces);
        };
        const Bytes expected = run(nullptr);
        check_unpacks_to(expected, plain, window_bits);
        for (int round = 0; round < 3; ++round) {
            Random pieces(random.next());
            const Bytes packed = run(&pieces);
            BOOST_TEST((packed == expected),
                       name_of(kind)
                           << ", window bits " << window_bits << ", memLevel " << mem_level << ", "
                           << points.size() << " flush points, round " << round << ": "
                           << packed.size() << " bytes for " << expected.size());
        }
    }
}

BOOST_DATA_TEST_CASE(output_is_independent_of_earlier_use, data::xrange(0, 10), level) {
    const Bytes plain = make_sample(Sample::kMixed, 100'000);
    const std::vector<FlushPoint> points{{50'000, Z_SYNC_FLUSH}, {100'000, Z_FINISH}};
    TestStream fresh(tested_zlib());
    BOOST_REQUIRE(fresh.deflate_init(level) == Z_OK);
    const Bytes expected = deflate_with(fresh, plain, points, nullptr);
    TestStream used(tested_zlib());
    BOOST_REQUIRE(used.deflate_init(level) == Z_OK);
    for (std::uint64_t use = 1; use < 4; ++use) {
        const Bytes other = make_sample(Sample::kText, 90'000 * use, use);
        deflate_with(used, other, {{other.size(), Z_FINISH}}, nullptr);
        BOOST_TEST(tested_zlib().deflateReset(used.get()) == Z_OK);
        BOOST_TEST((deflate_with(used, plain, points, nullptr) == expected));
        BOOST_TEST(tested_zlib().deflateReset(used.get()) == Z_OK);
    }
}

BOOST_AUTO_TEST_SUITE_END()

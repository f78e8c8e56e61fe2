// SPDX-License-Identifier: Zlib
// Where blocks are cut. Programs that cut their data to a size (zlib's example fitblk) compress a little less of it again
// and count on getting no more than some bytes more.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/sample_data.hpp"
#include "zlib.h"

using namespace warpz::test;

namespace {

constexpr std::size_t kMargin = 8;  // fitblk's

std::size_t packed_size(const Bytes& plain, std::size_t size) {
    uLong packed = compressBound(size);
    Bytes out(packed);
    BOOST_REQUIRE_EQUAL(compress2(out.data(), &packed, plain.data(), size, 6), Z_OK);
    return packed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(blocks)

BOOST_AUTO_TEST_CASE(less_input_makes_no_longer_output) {
    for (const Sample first : {Sample::kRandom, Sample::kMixed}) {
        Bytes plain = make_sample(first, 4000);
        const Bytes text = make_sample(Sample::kText, 6000);
        plain.insert(plain.end(), text.begin(), text.end());
        std::size_t least = SIZE_MAX - kMargin;  // of all that is longer
        for (std::size_t size = 9900; size >= 3000; size -= 23) {
            const std::size_t packed = packed_size(plain, size);
            BOOST_TEST(packed <= least + kMargin, name_of(first) << ", " << size << " bytes");
            least = std::min(least, packed);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

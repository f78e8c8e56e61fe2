// SPDX-License-Identifier: Zlib
// ISA-L stays out: it is asked for and missing, or the environment says "own" or "reproducible" (CMakeLists.txt).
// Nothing is loaded, and level 1 works as ever.
#define BOOST_TEST_MODULE own_only
#include <boost/test/unit_test.hpp>

#include "isal/isal_encoder.hpp"
#include "isal_stream.hpp"

using namespace warpz::test;

BOOST_AUTO_TEST_CASE(isal_is_not_used) {
    for (int level = 0; level <= 9; ++level) {
        BOOST_TEST(!warpz::isal::serves(level, false));
    }
    const Bytes text = make_sample(Sample::kMixed, 700'000);
    for (const int level : {1, 2}) {
        const Decoded decoded = decode(deflate_at_once(text, level, 31), 31);
        BOOST_TEST(decoded.is_complete);
        BOOST_TEST((decoded.data == text));
    }
    BOOST_TEST(!is_mapped("libisal.so.2"));
}

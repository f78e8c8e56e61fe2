// SPDX-License-Identifier: Zlib
// Every pair of CMF and FLG is judged as RFC 1950 and zlib judge it, and leaves the bits that zlib leaves.
#include <boost/test/unit_test.hpp>

#include "format/zlib_header.hpp"

using warpz::BitReader;
using warpz::FormatError;
using warpz::ZlibHeader;

namespace {

FormatError judge(unsigned cmf, unsigned flg, unsigned max_window_bits, ZlibHeader& header,
                  BitReader& reader) {
    reader.hold = cmf | flg << 8;
    reader.bits = 16;
    return warpz::read_zlib_header(reader, max_window_bits, header);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zlib_header)

BOOST_AUTO_TEST_CASE(all_values_are_judged_by_the_clauses_in_order) {
    unsigned accepted = 0;
    for (unsigned cmf = 0; cmf < 256; ++cmf) {
        for (unsigned flg = 0; flg < 256; ++flg) {
            ZlibHeader header;
            BitReader reader;
            const FormatError error = judge(cmf, flg, 15, header, reader);
            FormatError expected = FormatError::kNone;
            unsigned bits_left = 0;
            if ((cmf * 256 + flg) % 31 != 0) {
                expected = FormatError::kHeaderCheck;
                bits_left = 16;
            } else if ((cmf & 15) != 8) {
                expected = FormatError::kMethod;
                bits_left = 16;
            } else if (cmf >> 4 > 7) {
                expected = FormatError::kWindowSize;
                bits_left = 12;
            }
            BOOST_TEST((error == expected), "cmf " << cmf << ", flg " << flg);
            BOOST_TEST(reader.bits == bits_left);
            if (error != FormatError::kNone) continue;
            ++accepted;
            BOOST_TEST(header.window_bits == (cmf >> 4) + 8);
            BOOST_TEST(header.has_dictionary == ((flg & 0x20) != 0));
        }
    }
    BOOST_TEST(accepted > 0U);
}

BOOST_AUTO_TEST_CASE(a_window_larger_than_allowed_is_an_error) {
    for (unsigned allowed = 8; allowed <= 15; ++allowed) {
        for (unsigned cinfo = 0; cinfo <= 7; ++cinfo) {
            const unsigned cmf = cinfo << 4 | 8;
            const unsigned flg = 31 - cmf * 256 % 31;
            ZlibHeader header;
            BitReader reader;
            const bool fits = judge(cmf, flg, allowed, header, reader) == FormatError::kNone;
            BOOST_TEST(fits == (cinfo + 8 <= allowed));
        }
    }
}

BOOST_AUTO_TEST_CASE(without_a_limit_the_header_decides) {
    ZlibHeader header;
    BitReader reader;
    BOOST_TEST((judge(0x78, 0x9c, 0, header, reader) == FormatError::kNone));
    BOOST_TEST(header.window_bits == 15U);
}

BOOST_AUTO_TEST_SUITE_END()

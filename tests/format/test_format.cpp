// SPDX-License-Identifier: Zlib
// The executable of lib/format's tests, and what is true of all its errors.
#define BOOST_TEST_MODULE format
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "format/format_error.hpp"

BOOST_AUTO_TEST_CASE(every_error_has_its_own_text) {
    BOOST_TEST(warpz::describe(warpz::FormatError::kNone) == nullptr);
    std::set<std::string> texts;
    const auto last = static_cast<unsigned>(warpz::FormatError::kLengthCheck);
    for (unsigned error = 1; error <= last; ++error) {
        const char* text = warpz::describe(static_cast<warpz::FormatError>(error));
        BOOST_TEST_REQUIRE(text != nullptr);
        BOOST_TEST(texts.insert(text).second, text);
    }
}

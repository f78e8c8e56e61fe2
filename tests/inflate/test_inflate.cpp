// SPDX-License-Identifier: Zlib
// The executable of lib/inflate's tests.
#define BOOST_TEST_MODULE inflate
#include <boost/test/unit_test.hpp>

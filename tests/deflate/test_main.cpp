// SPDX-License-Identifier: Zlib
// The deflate encoder's parts, each by itself; the whole is compared with zlib in tests/compat.
#define BOOST_TEST_MODULE deflate
#include <boost/test/unit_test.hpp>

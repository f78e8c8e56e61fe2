// SPDX-License-Identifier: Zlib
#define BOOST_TEST_MODULE offload
#include <boost/test/unit_test.hpp>

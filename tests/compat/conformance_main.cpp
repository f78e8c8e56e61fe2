// SPDX-License-Identifier: Zlib
// The paired suite's main(); what its cases share is in conformance.cpp.
#define BOOST_TEST_MODULE conformance
#include <boost/test/unit_test.hpp>

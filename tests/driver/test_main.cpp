// SPDX-License-Identifier: Zlib
#define BOOST_TEST_MODULE accelerator
#include <boost/test/unit_test.hpp>

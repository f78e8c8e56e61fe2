// SPDX-License-Identifier: Zlib
#define BOOST_TEST_MODULE device
#include <boost/test/unit_test.hpp>

#ifdef __SANITIZE_THREAD__
// Forked children make threads.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

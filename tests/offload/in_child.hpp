// SPDX-License-Identifier: Zlib
// Runs a piece of a test in a child process with variables of its own. The library reads its configuration once per
// process, so a test program that compares configurations must not use the library itself before.
#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <initializer_list>
#include <utility>

#include "support/sample_data.hpp"

namespace warpz::test {

using Variables = std::initializer_list<std::pair<const char*, const char*>>;

/// What `body` returns, through a pipe. The child ends with exit(), so that the library's end is tested, too. Reports an
/// error when it does not end well within `seconds`.
Bytes in_child(const Variables& variables, const std::function<Bytes()>& body,
               unsigned seconds = 120);

/// Waits for a child that fork() made; its exit code, or 128 and the signal.
int exit_code_of(int pid);

/// Threads of this process now.
unsigned thread_count();

/// The same before the library makes any. A sanitizer's own one begins with the first other.
unsigned threads_before();

/// A precondition of tests whose forked children make threads.
boost::test_tools::assertion_result without_thread_sanitizer(boost::unit_test::test_unit_id);

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// The commands of warpzctl. Each gets the words after its name, prints its result to standard output and returns the
// exit status.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace warpz::ctl {

/// 1 says that something is wrong with what was looked at, 2 that nothing was looked at.
enum Exit : int { kGood = 0, kProblem = 1, kUsage = 2 };

/// A command line that makes no sense; what() is the reason.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

int run_devices(int argc, char** argv);
int run_check(int argc, char** argv);
int run_top(int argc, char** argv);
int run_program(int argc, char** argv);

/// "12", "3.4K", "1.2G": powers of 1024, four characters at most.
[[nodiscard]] std::string short_bytes(unsigned long long bytes);
/// `text` with what is not printable replaced by '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace warpz::ctl

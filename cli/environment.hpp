// SPDX-License-Identifier: Zlib
// What the program is told besides its arguments: by the name it is called by, and by the obsolescent variable GZIP.
#pragma once

#include <string_view>

#include "args.hpp"

namespace warpz::cli {

/// The name, argv[0], decides what is done, and gzip's own names how messages are worded.
void apply_program_name(std::string_view name, Options& options, Messages& messages);

/// Applies the options in GZIP. False, and reported, when it holds anything else. Uses getopt.
[[nodiscard]] bool apply_environment(Options& options, Messages& messages);

/// Where getopt has printed what is wrong: the rest of the message, and the exit status.
void report_unknown_option(Messages& messages);

}  // namespace warpz::cli

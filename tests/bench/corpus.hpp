// SPDX-License-Identifier: Zlib
// The files that are measured: what the command line names, or samples of several kinds found on
// any Linux machine.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/engine.hpp"

namespace warpz::bench {

struct Input {
    std::string name;
    Bytes content;  ///< never empty
};

/// Files and, recursively, the regular files of directories, in the order given; each cut to
/// `limit_bytes`, at most `total_bytes` together. Throws when a path does not exist or nothing
/// readable is found.
[[nodiscard]] std::vector<Input> read_inputs(const std::vector<std::string>& paths,
                                             std::size_t limit_bytes, std::size_t total_bytes);

/// Samples of programs, text, sources, markup and tables under /usr and /var/lib, each made of
/// files in the order of their names up to `limit_bytes`. Kinds of which there is less than 64 KiB
/// are left out.
[[nodiscard]] std::vector<Input> find_inputs(std::size_t limit_bytes);

}  // namespace warpz::bench

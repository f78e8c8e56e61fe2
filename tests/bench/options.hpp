// SPDX-License-Identifier: Zlib
// The command line of warpz_bench.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/engine.hpp"

namespace warpz::bench {

struct LibraryOption {
    std::string name;  ///< empty: taken from zlibVersion()
    std::string file;
};

struct Options {
    LibraryOption reference;  ///< empty file: the system's libz
    std::string ours;         ///< empty: the libz.so.1 that belongs to this program
    std::vector<LibraryOption> libraries;
    std::vector<std::string> without;  ///< names of libraries to leave out
    std::string libdeflate = "libdeflate.so.0";
    std::string isal = "libisal.so.2";

    std::vector<std::string> operations{"deflate", "inflate"};
    std::vector<int>
        levels;  ///< empty: 1-9 for deflate, 6 for what inflate reads, 1 and 6 for messages
    Wrap wrap = Wrap::kZlib;
    int strategy = 0;
    std::vector<std::size_t> chunks;  ///< empty: 64K for deflate; 64K, 4K and all for inflate
    std::vector<std::size_t> messages{1024, 4096, 16384, 65536};
    bool reset_per_message = true;
    std::vector<std::size_t> pieces{64, 1024, 65536, 1048576};

    unsigned rounds = 5;
    std::vector<std::string> paths;
    std::size_t limit_bytes = 2 * 1024 * 1024;
    std::size_t total_bytes = 64 * 1024 * 1024;
    bool per_file = false;
    bool json = false;
    bool help = false;
};

/// A command line that cannot be understood; what() says why.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

[[nodiscard]] Options parse_options(int argc, char** argv);
[[nodiscard]] const char* help_text() noexcept;

/// The rows that the options ask for, in the order of the tables.
[[nodiscard]] std::vector<Task> tasks_of(const Options& options);

}  // namespace warpz::bench

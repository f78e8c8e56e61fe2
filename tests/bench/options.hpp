// SPDX-License-Identifier: Zlib
// The command line of warpz_bench.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/engine.hpp"

namespace warpz::bench {

struct LibraryOption {
    std::string name;  ///< empty: taken from zlibVersion()
    std::string file;
};

/// What --op names.
enum class Work : std::uint8_t { kDeflate, kStrategies, kInflate, kMessages, kCrc32, kAdler32 };

struct Options {
    std::string command;      ///< as it was given
    LibraryOption reference;  ///< empty file: the system's libz
    std::string ours;         ///< empty: the libz.so.1 that belongs to this program
    std::vector<LibraryOption> libraries;
    std::vector<std::string> without;  ///< names of libraries to leave out
    std::string libdeflate;  ///< empty: libdeflate.so.0, left out where it is not installed
    std::string isal;        ///< empty: libisal.so.2, likewise

    std::vector<Work> work{Work::kDeflate, Work::kInflate};
    std::vector<int> levels;  ///< empty: each operation's own, see help_text()
    std::vector<Wrap> wraps;  ///< empty: zlib, and gzip too for inflate
    int strategy = 0;
    std::vector<std::size_t> chunks;  ///< empty: 64K for deflate; 64K, 4K and all for inflate
    std::vector<std::size_t> messages{1024, 4096, 16384, 65536};
    std::vector<bool> reset_per_message{true, false};
    std::vector<std::size_t> pieces{64, 1024, 65536, 1048576};

    unsigned rounds = 5;
    std::vector<std::string> paths;
    std::size_t limit_bytes = 2 * 1024 * 1024;
    std::size_t total_bytes = 64 * 1024 * 1024;
    std::string plot;  ///< file to write; empty: none
    bool per_file = false;
    bool by_kind = false;
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

// SPDX-License-Identifier: Zlib
// The table of -l: one row per file, totals at the end. Columns and arithmetic are gzip's, which programs parse.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

#include "coder.hpp"

namespace warpz::cli {

class ListTable {
  public:
    /// -v adds method, CRC and time; -q leaves out title and totals.
    ListTable(bool verbose, bool quiet, bool json) noexcept
        : is_verbose_(verbose), is_quiet_(quiet), is_json_(json) {}

    /// Prints a row (and the title before the first one). Of a file of several members, length and CRC are those of all its
    /// contents; gzip shows the last member's.
    void add(const DecompressResult& file, std::time_t time, const std::string& name);
    /// Prints the totals of two rows or more, or of whatever there is when `of_several`; none of nothing.
    void finish(bool of_several) const;

  private:
    bool is_verbose_;
    bool is_quiet_;
    bool is_json_;
    unsigned rows_ = 0;
    long long packed_bytes_ = 0;
    long long plain_bytes_ = 0;
    long long last_overhead_bytes_ = 0;
};

}  // namespace warpz::cli

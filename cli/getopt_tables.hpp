// SPDX-License-Identifier: Zlib
// The option table as getopt_long() takes it. Its rules are gzip's: abbreviated long names, bundled letters, options behind
// operands (unless POSIXLY_CORRECT), and `--`.
#pragma once

#include <getopt.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warpz::cli {

/// What getopt_long() is told.
class GetoptTables {
  public:
    /// Made from option_table() at the first call.
    [[nodiscard]] static const GetoptTables& get();
    GetoptTables(const GetoptTables&) = delete;
    GetoptTables& operator=(const GetoptTables&) = delete;

    [[nodiscard]] const char* letters() const { return letters_.c_str(); }
    [[nodiscard]] const option* options() const { return options_.data(); }

    /// The full name of an abbreviation that gzip understands, where an option that gzip does not have would make it
    /// ambiguous; else nothing. `word` begins with "--".
    [[nodiscard]] std::optional<std::string> gzip_abbreviation(std::string_view word) const;

  private:
    struct Name {
        std::string text;
        int argument;
        int id;
        bool is_gzip;
    };
    GetoptTables();

    std::vector<Name> names_;
    std::vector<option> options_;
    std::string letters_;
};

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// The command line: gzip's options, the name the program was called by, and the obsolescent variable GZIP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "message.hpp"

namespace warpz::cli {

enum class Action : std::uint8_t {
    kCompress,
    kDecompress,
    kTest,
    kList,
    kShowHelp,
    kShowVersion,
    kShowLicense
};

struct Options {
    Action action = Action::kCompress;
    bool to_stdout = false;
    bool force = false;
    bool keep = false;
    bool recursive = false;
    bool synchronous = false;
    bool rsyncable = false;
    bool quiet = false;
    bool verbose = false;
    /// -N, -n: store or restore the name; unset means what the action does by itself
    std::optional<bool> name;
    std::optional<bool> time;  ///< likewise the modification time
    int level = 6;
    std::string suffix = ".gz";
    std::vector<std::string> operands;

    [[nodiscard]] bool decodes() const noexcept { return action != Action::kCompress; }
    /// True when a target file is made; -c, -t and -l leave the file system alone.
    [[nodiscard]] bool makes_files() const noexcept {
        return !to_stdout && (action == Action::kCompress || action == Action::kDecompress);
    }
    /// Compression stores name and time unless told otherwise, everything else ignores them unless told otherwise.
    [[nodiscard]] bool with_name() const noexcept { return name.value_or(!decodes()); }
    [[nodiscard]] bool with_time() const noexcept { return time.value_or(!decodes()); }
};

/// Reads argv (argv[0] chooses the default action) after the variable GZIP. Reports what is wrong to `messages`
/// and returns nothing then: the exit status is `messages`' own.
[[nodiscard]] std::optional<Options> parse_command_line(int argc, char** argv, Messages& messages);

/// Texts of -h, -V and -L, ending in a newline.
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();
[[nodiscard]] std::string license_text();

}  // namespace warpz::cli

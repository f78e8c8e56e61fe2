// SPDX-License-Identifier: Zlib
// The command line: gzip's options, the name the program was called by, and the obsolescent variable GZIP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message.hpp"

namespace warpz::cli {

enum class Format : std::uint8_t { kGzip, kZlib, kRaw, kBgzf, kZstd };

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
    bool removes = false;  ///< --rm
    bool recursive = false;
    bool synchronous = false;
    bool rsyncable = false;
    bool quiet = false;
    bool verbose = false;
    bool ascii = false;  ///< -a, which has no effect
    /// -N, -n: store or restore the name; unset means what the action does by itself
    std::optional<bool> name;
    std::optional<bool> time;  ///< likewise the modification time
    int level = 0;             ///< of the format; its default unless one is given
    bool is_level_given = false;
    unsigned threads = 1;  ///< cores that may be used
    Format format = Format::kGzip;
    bool is_format_given = false;
    std::size_t block_bytes = 0;  ///< of independent blocks; 0 for one stream
    bool writes_index = false;    ///< .gzi beside bgzf output
    /// of zstd: --long's power of two, the window to write or the largest one to accept
    std::optional<int> window_log;
    bool has_check = true;               ///< of zstd: write a checksum
    std::optional<std::string> comment;  ///< for the gzip header
    bool recovers = false;
    bool shows_progress = true;
    bool shows_stats = false;
    bool json = false;
    bool sparse = false;
    std::string output;       ///< -o; empty without
    std::string files0_from;  ///< empty without
    std::string help_topic;
    std::string suffix = ".gz";  ///< the format's own unless given
    bool is_suffix_given = false;
    std::string device;  ///< --device; empty without
    bool are_threads_given = false;
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

/// Tells the library what the options say about cores and devices, by the environment that it reads at its first use: to be
/// called before that.
void configure_library(const Options& options);

/// All about the options of a topic; empty when there is no such topic.
[[nodiscard]] std::string help_about(std::string_view topic);
/// Texts of -h, -V and -L, ending in a newline. `program` is the name in them.
[[nodiscard]] std::string help_text(std::string_view program);
[[nodiscard]] std::string version_text(std::string_view program);
[[nodiscard]] std::string license_text();

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// The table of all options: what getopt is told, what --help says, the manual page's list and the shells' completions are
// made from it, so that they agree.
#pragma once

#include <climits>
#include <cstdint>
#include <span>
#include <string_view>

namespace warpz::cli {

/// Values of options without a letter, as getopt returns them.
enum OptionId : int {
    kRsyncable = CHAR_MAX + 1,
    kSynchronous,
    kDevice,
    kLevel,
    kFormat,
    kLong,
    kNoCheck,
    kIndependent,
    kBlockSize,
    kIndex,
    kRecover,
    kNoProgress,
    kStats,
    kJson,
    kSparse,
    kFiles0From,
    kRemove,
    kComment,
    kPresumeInputTty,
};

enum class Topic : std::uint8_t { kActions, kFiles, kHeaders, kCoding, kReports, kHidden };

/// What may follow an option, for completion.
enum class ArgumentKind : std::uint8_t { kNone, kText, kFile, kChoice, kOptionalChoice };

struct OptionInfo {
    int id;                  ///< the letter, or an OptionId
    std::string_view names;  ///< long names, separated by blanks; the first one is shown
    ArgumentKind argument_kind;
    std::string_view argument;  ///< its name in texts
    std::string_view choices;   ///< separated by blanks
    Topic topic;
    bool is_gzip;           ///< gzip 1.12 has it: its abbreviations win over those of the others
    std::string_view help;  ///< a line
    std::string_view text;  ///< the manual's paragraphs, `\n` between them; empty: the line serves

    [[nodiscard]] bool has_letter() const noexcept { return id <= CHAR_MAX; }
};

struct TopicInfo {
    Topic topic;
    std::string_view name;  ///< as in --help=NAME
    std::string_view title;
};

[[nodiscard]] std::span<const OptionInfo> option_table() noexcept;
[[nodiscard]] std::span<const TopicInfo> topics() noexcept;

}  // namespace warpz::cli

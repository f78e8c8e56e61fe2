// SPDX-License-Identifier: Zlib
// The words of the configuration: which keys there are, what their values may be, and the lines of /etc/warpz.conf. The
// library takes what it understands and is silent about the rest; whoever checks a configuration is told all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/config.hpp"

namespace warpz {

/// What became of one `key = value`.
enum class Verdict : std::uint8_t {
    kTaken,
    kUnknownKey,
    kBadValue,
    kEnvironmentOnly,  ///< WARPZ_CPU: the kernels are chosen before any file is read
    kNotASetting,      ///< the line has no `=`, or nothing before it
    kTooLong,          ///< the line is longer than kMaxLineBytes
    kUnreadable,       ///< the file itself, line 0: no permission, or not a regular file
};

/// The verdict as part of a sentence, as in "unknown key".
[[nodiscard]] const char* describe(Verdict verdict) noexcept;

/// Longest line of the file, its end not counted.
inline constexpr std::size_t kMaxLineBytes = 1024;

/// The keys, in the order in which the environment is read; null at the end.
extern const char* const kConfigKeys[];

/// Sets what `key` names. With any verdict but kTaken, `config` is as it was. An empty value is a bad one.
[[nodiscard]] Verdict apply_setting(Config& config, std::string_view key,
                                    std::string_view value) noexcept;

/// Hears of each line that holds something; both views are valid for the call.
struct LineObserver {
    void (*observe)(void* context, unsigned line, Verdict verdict, std::string_view key,
                    std::string_view value) noexcept;
    void* context;
};

/// Reads a file of `key = value` lines; `#` at a line's start or after a blank begins a comment. Later lines win. A file
/// that does not exist is an empty one. No allocation; leaves no descriptor open.
void read_settings(const char* path, Config& config, const LineObserver* observer) noexcept;

/// /etc/warpz.conf, or what WARPZ_CONF names in a process that has not gained privileges.
[[nodiscard]] const char* settings_path() noexcept;

}  // namespace warpz

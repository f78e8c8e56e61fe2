// SPDX-License-Identifier: Zlib
// What a new file takes over from the one it is made from: owner, mode, times, access control lists, users' extended
// attributes.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <optional>
#include <string>

namespace warpz::cli {

/// Gives `fd`, called `name` in messages, the attributes in `source` and, where `source_fd` is not -1, its lists and extended
/// attributes. A user who may not give files away keeps the file as his own, and its group gains nothing. Throws Failure when
/// mode or times cannot be set.
void copy_attributes(int fd, const std::string& name, const struct stat& source, int source_fd,
                     std::optional<std::time_t> mtime);

}  // namespace warpz::cli

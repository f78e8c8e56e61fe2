// SPDX-License-Identifier: Zlib
// WARPZ_LOG: the library's lines, for who asked for them. Each kind of event is told once per process, so a broken device
// cannot fill a disk; how often it happened, the counters know. No descriptor stays open and nothing is allocated, so
// logging survives fork(), rotated files and programs that close what they do not know.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/config.hpp"

namespace warpz {

/// Kinds of events.
enum class Event : std::uint8_t {
    kDevice,     ///< devices were found
    kThreads,    ///< a thread could not be made
    kFault,      ///< a queue was lost
    kFailedJob,  ///< software did what a device could not
    kVerify,     ///< a device's output did not decode
    kBusy,       ///< all queues were taken
    kReplay,     ///< an inflating stream came back to software
    kCount,
};

/// Writes "warpz[pid]: text" when the level is asked for and the event is the first of its kind. Any thread; leaves errno
/// alone; a log that cannot be written is no error. A program's SIGPIPE and SIGXFSZ are not raised by it.
void log_once(Event event, LogLevel level, std::string_view text) noexcept;

/// Writes a line whatever the level. Nothing without WARPZ_LOG.
void log_line(LogLevel level, std::string_view text) noexcept;

/// Appends one line to a file in one write(2), as log_line() does. `path` ends with a zero byte.
void append_line(const char* path, std::string_view line) noexcept;

}  // namespace warpz

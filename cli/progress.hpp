// SPDX-License-Identifier: Zlib
// How far the work on a file is: a line on a terminal once it takes longer than a second, and whenever SIGUSR1 asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace warpz::cli {

class Progress {
  public:
    /// shows_line  on standard error, if that is a terminal
    explicit Progress(bool shows_line);

    /// The work on a file, from construction to destruction, which takes the line away.
    class File {
      public:
        /// total_bytes  of the input; 0 when it is not known
        File(Progress& progress, std::string name, std::uint64_t total_bytes, bool decodes);
        ~File();
        File(const File&) = delete;
        File& operator=(const File&) = delete;

      private:
        Progress& progress_;
    };

    /// Bytes read since the last call, and bytes written.
    void add_in(std::uint64_t bytes) {
        in_bytes_ += bytes;
        look();
    }
    void add_out(std::uint64_t bytes) {
        out_bytes_ += bytes;
        look();
    }

  private:
    using Clock = std::chrono::steady_clock;

    void look();
    void take_away_line();
    [[nodiscard]] std::string line(Clock::time_point now) const;

    const bool shows_line_;
    std::string name_;
    bool is_active_ = false;
    bool decodes_ = false;
    bool is_line_shown_ = false;
    std::uint64_t total_bytes_ = 0;
    std::uint64_t in_bytes_ = 0;
    std::uint64_t out_bytes_ = 0;
    Clock::time_point begin_;
    Clock::time_point next_;
};

}  // namespace warpz::cli

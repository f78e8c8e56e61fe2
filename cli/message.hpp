// SPDX-License-Identifier: Zlib
// What the program tells the user: one line per event on stderr, and the exit status that follows from the events.
// Also Failure, the exception that ends the work on one file.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace warpz::cli {

/// Exit statuses of gzip. An error outweighs a warning, whatever their order.
enum class Status : int { kOk = 0, kError = 1, kWarning = 2 };

/// How gzip goes on behind a failure, which is how this program does when it is called by gzip's name.
enum class Aftermath : std::uint8_t {
    kNextFile,
    kNextFileOfTest,  ///< with -t and -l; else as kEnd
    kEnd              ///< the operands behind it are not looked at
};

/// Ends the work on one file. `what()` is the reason; `name` is the file it is about.
class Failure : public std::runtime_error {
  public:
    Failure(std::string name, const std::string& reason, Aftermath aftermath = Aftermath::kNextFile)
        : std::runtime_error(reason), name_(std::move(name)), aftermath_(aftermath) {}
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] Aftermath aftermath() const noexcept { return aftermath_; }

  private:
    std::string name_;
    Aftermath aftermath_;
};

/// The file's data are damaged.
class BadData : public Failure {
  public:
    /// offset     in the compressed data, where that was found
    /// is_at_end  what is wrong is that they end there
    /// a check value that does not match leaves other aftermaths than kEnd
    BadData(std::string name, const std::string& reason, std::uint64_t offset,
            bool is_at_end = false, Aftermath aftermath = Aftermath::kEnd)
        : Failure(std::move(name), reason, aftermath), offset_(offset), is_at_end_(is_at_end) {}
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }
    /// What else is wrong at the same place; empty as a rule.
    [[nodiscard]] const std::string& second_reason() const noexcept { return second_reason_; }
    void set_second_reason(std::string reason) { second_reason_ = std::move(reason); }

  private:
    std::uint64_t offset_;
    bool is_at_end_;
    std::string second_reason_;
};

/// Ends the whole run: standard output is broken, so no further file can be written to it.
class OutputFailure : public Failure {
  public:
    OutputFailure(std::string name, const std::string& reason)
        : Failure(std::move(name), reason, Aftermath::kEnd) {}
};

/// Ends the whole run behind a failure that is reported, where gzip does.
class RunEnded {};

/// Text of an errno value.
[[nodiscard]] std::string error_text(int error);

/// `name` with control characters replaced by '?', so that a line stays a line and a terminal is not programmed.
[[nodiscard]] std::string printable(std::string_view name);

/// Ratio of the space saved, as gzip prints it: " 52.8%", six characters wide at least. `packed_bytes` is the
/// size without headers and trailers and may be negative by rounding of a foreign header; 0.0% when nothing was packed.
[[nodiscard]] std::string ratio_text(long long plain_bytes, long long packed_bytes);

class Messages {
  public:
    /// Lines begin with gzip's name and have its wording to the letter from now on; scripts compare them.
    void speak_as_gzip() noexcept { is_gzip_ = true; }
    [[nodiscard]] bool speaks_as_gzip() const noexcept { return is_gzip_; }
    /// What lines begin with.
    [[nodiscard]] const char* program() const noexcept { return is_gzip_ ? "gzip" : "warpz"; }

    /// -q hides warnings; their exit status remains.
    void set_quiet(bool quiet) noexcept { is_quiet_ = quiet; }

    /// "warpz: name: reason" and exit status 1. `in_data`: reading or writing of contents has failed, for which gzip begins a
    /// line.
    void error(std::string_view name, std::string_view reason, bool in_data = false);
    /// "warpz: name: reason" and exit status 2; hidden by -q.
    void warning(std::string_view name, std::string_view reason);
    /// As warning(), but -q does not hide it: the file was not done.
    void refusal(std::string_view name, std::string_view reason);
    /// "warpz: name: reason" without an effect on the exit status; hidden by -q.
    void note(std::string_view name, std::string_view reason);
    /// "warpz: text" and exit status 1, for what concerns no file.
    void usage_error(std::string_view text);
    /// "warpz: text" without an effect on the exit status.
    void remark(std::string_view text);
    /// Where to read on behind an error in the command line.
    void refer_to_help();
    /// Exit status 1 for an error that somebody else has printed.
    void set_failed() noexcept { raise(Status::kError); }
    /// A line as it stands, without an effect on the exit status.
    void report(std::string_view line);
    /// With -v a file's result is written behind its name, as gzip does it: "name:", a tab, " 52.8%". Messages in between come
    /// on lines behind the name, and the result then stands alone.
    void expect_result(std::string_view name);
    void forget_result();
    void report_result(std::string_view text);
    /// Standard input counts as a terminal where an answer is read from it or compressed data are not.
    void presume_terminal() noexcept { presumes_terminal_ = true; }
    [[nodiscard]] bool has_input_terminal() const noexcept;
    /// Asks whether to overwrite `name` and reads the answer's line from standard input. No counts as refusal.
    [[nodiscard]] bool may_overwrite(std::string_view name);

    [[nodiscard]] int exit_status() const noexcept { return static_cast<int>(status_); }

  private:
    void raise(Status status) noexcept;
    void write_line(std::string line);
    /// The line about a file, without its end.
    [[nodiscard]] std::string about(std::string_view name, std::string_view reason) const;

    Status status_ = Status::kOk;
    bool is_quiet_ = false;
    bool is_gzip_ = false;
    bool presumes_terminal_ = false;
    std::string pending_;  // the name of a file whose result is to come
};

}  // namespace warpz::cli

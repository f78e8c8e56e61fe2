// SPDX-License-Identifier: Zlib
// One operand of the command line from beginning to end: find the file, refuse what gzip refuses, run the coder,
// complete the target, remove the source. Directories are walked with -r.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "args.hpp"
#include "coder.hpp"
#include "file_io.hpp"
#include "list.hpp"
#include "message.hpp"

namespace warpz::cli {

class Job {
  public:
    Job(const Options& options, Messages& messages)
        : options_(options), messages_(messages), table_(options.verbose, options.quiet) {}

    /// Standard input to standard output.
    void run_stdin();
    /// A file or directory; what goes wrong with it is reported. Throws OutputFailure only.
    void run_operand(std::string_view path);
    /// Ends the table of -l.
    void finish() const;

  private:
    struct Source {
        Place place;
        Fd fd;
        struct stat status {};
        bool was_walked_to = false;
    };

    void run_place(Place place, bool was_walked_to);
    [[nodiscard]] Source open_source(Place place, bool was_walked_to) const;
    void run_directory(Source source);
    void run_file(Source source);
    /// Reports why gzip leaves this file alone, if it does.
    [[nodiscard]] bool is_refused(const Source& source);
    /// Name of the result in the source's directory, or nothing when the source is to be left alone, which is reported.
    [[nodiscard]] std::optional<std::string> target_base(const Source& source);

    void compress_file(const Source& source, const std::string& result_base);
    void decompress_file(const Source& source, const std::string& result_base);
    /// Runs the coder from `in` for compression; `base` is empty for standard input.
    [[nodiscard]] CompressRequest compress_request(const std::string& name, const std::string& base,
                                                   const struct stat& status);
    /// True when data in no known format is copied as it is: -dcf is cat for it, -tf accepts it.
    [[nodiscard]] bool passes_through(bool to_stdout) const noexcept;
    /// First header, or nothing for data that -f copies to standard output as it is. Throws Failure.
    [[nodiscard]] std::optional<MemberHeader> read_first_header(Reader& in, bool to_stdout);
    /// The time stored in the data, where it is wanted.
    [[nodiscard]] std::optional<std::time_t> stored_time(const DecompressResult& result) const;
    /// Completes the target and removes the source, as far as the options ask for it.
    void complete(const Source& source, Target& target, std::optional<std::time_t> mtime);
    /// What follows the members: a word about it, or with -dcf its copy.
    void finish_input(Reader& in, Writer& out, AfterMember ending, bool to_stdout);
    void report_test(const std::string& prefix);
    void report_ratio(const std::string& name, const CoderTotals& totals,
                      const std::string& result);

    const Options& options_;
    Messages& messages_;
    ListTable table_;
};

}  // namespace warpz::cli

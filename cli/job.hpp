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
#include <vector>

#include "args.hpp"
#include "block_pool.hpp"
#include "coder.hpp"
#include "file_io.hpp"
#include "list.hpp"
#include "message.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace warpz::cli {

class Job {
  public:
    Job(const Options& options, Messages& messages)
        : options_(options),
          messages_(messages),
          table_(options.verbose, options.quiet, options.json),
          progress_(options.shows_progress && !options.quiet) {}

    /// Looks at -o. False, and reported, when it cannot take the results of all operands.
    [[nodiscard]] bool prepare();

    /// Standard input to standard output.
    void run_stdin();
    /// A file or directory; what goes wrong with it is reported. Throws OutputFailure only.
    void run_operand(std::string_view path);
    /// Ends the table of -l, and prints --stats.
    void finish();

  private:
    struct Source {
        Place place;
        Fd fd;
        struct stat status {};
        bool was_walked_to = false;
    };

    /// Where the result goes: a target, standard output, or nowhere.
    struct Sink {
        std::unique_ptr<Target> target;
        Writer writer;
        std::string shown;
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
    /// The place of the result `base`: beside the source, or what -o says.
    [[nodiscard]] Place result_place(const Place& source, const std::string& base) const;
    /// Opens the sink for one result. Nothing when the user keeps an existing file.
    [[nodiscard]] std::optional<Sink> open_sink(std::optional<Place> place,
                                                const struct stat& source);
    [[nodiscard]] bool is_framed() const noexcept {
        return options_.format != Format::kZlib && options_.format != Format::kRaw;
    }
    [[nodiscard]] DecompressResult decode(Reader& in, Writer& out, const MemberHeader& header,
                                          bool to_stdout);
    /// --recover. True when nothing was wrong.
    [[nodiscard]] bool recover(Reader& in, Sink& sink);
    /// Says so where a regular file has not as many bytes as it should.
    void check_size(const std::string& name, const struct stat& status, const CoderTotals& totals);
    void write_index(const Target& target, const std::vector<IndexEntry>& index,
                     const struct stat& source);
    /// Compressed data and a terminal: "read from" or "written to" it. Throws RunEnded where gzip ends.
    void refuse_terminal(const char* use, const char* action);
    /// Says what is wrong. Throws RunEnded where gzip ends and this program is called by its name.
    void report_failure(const Failure& failure);
    /// What -t says besides: where it is, or all as JSON. `damage` is the failure, if it is one of the data.
    void report_damage(const Failure& failure, const BadData* damage);
    void print(const std::string& text) const;
    /// Runs the coder from `in` for compression; `base` is empty for standard input.
    [[nodiscard]] CompressRequest compress_request(const std::string& name, const std::string& base,
                                                   const struct stat& status);
    /// True when data in no known format is copied as it is: -dcf is cat for it, -tf accepts it.
    [[nodiscard]] bool passes_through(bool to_stdout) const noexcept;
    /// First header, or an empty one and first_magic_ for what gzip decodes besides gzip data, or nothing for data that -f
    /// copies to standard output as it is. Throws Failure.
    [[nodiscard]] std::optional<MemberHeader> read_first_header(Reader& in, bool to_stdout);
    /// The time stored in the data, where it is wanted.
    [[nodiscard]] std::optional<std::time_t> stored_time(const DecompressResult& result) const;
    /// Completes the target, whose data are written.
    void complete(const struct stat& source, int source_fd, Target& target,
                  std::optional<std::time_t> mtime, bool removes_source);
    void remove_source(const Source& source);
    /// What follows the members: a word about it, or with -dcf its copy.
    void finish_input(Reader& in, Writer& out, AfterMember ending, bool to_stdout);
    void report_test(const std::string& name, const DecompressResult* result);
    void report_ratio(const CoderTotals& totals, const std::string& result);
    /// Names the file whose result report_ratio() or report_test() will tell.
    void expect_result(const std::string& name);

    const Options& options_;
    Messages& messages_;
    Magic first_magic_ = Magic::kGzip;  ///< of the file at hand
    ListTable table_;
    Progress progress_;
    RunStats run_stats_;
    std::shared_ptr<const Fd> output_dir_;  ///< -o, when it is a directory
};

}  // namespace warpz::cli

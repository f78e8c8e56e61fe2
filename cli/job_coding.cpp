// SPDX-License-Identifier: Zlib
// One file, or standard input, from its first byte to the removal of the source; see job.hpp.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <vector>

#include "job.hpp"
#include "lzw.hpp"
#include "salvage.hpp"
#include "suffix.hpp"
#include "zstd_format.hpp"

namespace warpz::cli {
namespace {

const std::string kStdin = "stdin";
const std::string kStdout = "stdout";

/// zstd's own limit: 128 MiB for a window.
constexpr int kMaxWindowLog = 27;

/// What progress counts towards; 0 when it is not known.
std::uint64_t input_bytes(const struct stat& status) {
    return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

Place Job::result_place(const Place& source, const std::string& base) const {
    if (options_.output.empty()) return source.sibling(base);
    if (!output_dir_) return locate(options_.output);
    const std::string& dir = options_.output;
    return Place{output_dir_, base, (dir.ends_with('/') ? dir : dir + '/') + base};
}

std::optional<Job::Sink> Job::open_sink(std::optional<Place> place, const struct stat& source) {
    Sink sink{nullptr, Writer(&progress_), kStdout};
    if (place) {
        sink.target = Target::create(std::move(*place), source, options_.force, messages_);
        if (!sink.target) return std::nullopt;
        sink.shown = sink.target->place().shown;
        sink.writer = Writer(sink.target->fd(), sink.shown, &progress_);
    } else if (options_.action == Action::kCompress || options_.action == Action::kDecompress) {
        sink.writer = Writer(STDOUT_FILENO, kStdout, &progress_);
    }
    if (options_.action == Action::kDecompress && options_.sparse) sink.writer.allow_holes();
    return sink;
}

DecompressResult Job::decode(Reader& in, Writer& out, const MemberHeader& header, bool to_stdout) {
    if (!is_framed()) return decompress_stream(in, out, options_.format);
    if (first_magic_ == Magic::kCompress) return decompress_lzw(in, out);
    if (first_magic_ == Magic::kZip) {
        const DecompressResult result = decompress_zip(in, out);
        if (result.ending == AfterMember::kMoreEntries && !to_stdout &&
            options_.action == Action::kDecompress)
            throw Failure(in.name(), "has more than one entry -- unchanged");
        return result;
    }
    const DecompressRequest request{.keeps_rest = passes_through(to_stdout),
                                    .threads = options_.threads,
                                    .wants_crc = options_.action == Action::kList,
                                    .max_window_log = options_.window_log.value_or(kMaxWindowLog)};
    if (first_magic_ == Magic::kZstd) return decompress_zstd(in, out, request);
    return decompress(in, out, header, request);
}

void Job::expect_result(const std::string& name) {
    if (options_.verbose && options_.action != Action::kList &&
        !(options_.json && options_.action == Action::kTest))
        messages_.expect_result(name);
}

bool Job::recover(Reader& in, Sink& sink) {
    const char* tool = nullptr;
    if (peek_magic(in, tool) == Magic::kZstd)
        throw Failure(in.name(), "compressed with zstd -- --recover is for gzip data");
    const SalvageResult result = salvage(in, sink.writer, messages_);
    sink.writer.finish();
    run_stats_.add(result.totals.packed_bytes, result.totals.plain_bytes);
    report_ratio(result.totals, sink.shown);
    return result.is_whole;
}

void Job::refuse_terminal(const char* use, const char* action) {
    const bool ends_run = messages_.speaks_as_gzip();
    messages_.set_failed();
    if (!ends_run || !options_.quiet) {
        messages_.usage_error(std::string("compressed data not ") + use +
                              " a terminal. Use -f to force " + action + ".");
    }
    if (!ends_run) return;
    if (!options_.quiet) messages_.report("For help, type: gzip -h");
    throw RunEnded();
}

void Job::run_stdin() try {
    const bool has_target = !options_.output.empty() && options_.makes_files();
    if (!options_.force) {
        const bool is_gzip_list = messages_.speaks_as_gzip() && options_.action == Action::kList;
        if (!options_.decodes() && !has_target && isatty(STDOUT_FILENO) == 1)
            return refuse_terminal("written to", "compression");
        if (options_.decodes() && !is_gzip_list && messages_.has_input_terminal())
            return refuse_terminal("read from", "decompression");
    }
    const struct stat status = status_of(STDIN_FILENO, kStdin);
    const Progress::File file(progress_, kStdin, input_bytes(status), options_.decodes());
    Reader in(STDIN_FILENO, kStdin, &progress_);
    const auto open = [&] {
        return open_sink(has_target ? std::optional(locate(options_.output)) : std::nullopt,
                         status);
    };
    // A target of standard input is a new file of the user's.
    const auto finish_target = [&](Sink& sink) {
        sink.writer.finish();
        if (!sink.target) return;
        struct stat own = status_of(sink.target->fd(), sink.shown);
        const mode_t mask = umask(0);
        umask(mask);
        own.st_mode = S_IFREG | (0666 & ~mask);
        complete(own, -1, *sink.target, std::nullopt, false);
    };
    if (!options_.decodes()) {
        std::optional<Sink> sink = open();
        if (!sink) return;
        std::vector<IndexEntry> index;
        const CoderTotals totals = compress(in, sink->writer, compress_request(kStdin, "", status),
                                            options_.writes_index ? &index : nullptr);
        check_size(kStdin, status, totals);
        finish_target(*sink);
        if (sink->target && options_.writes_index) write_index(*sink->target, index, status);
        run_stats_.add(totals.plain_bytes, totals.packed_bytes);
        if (options_.verbose) messages_.report(totals.ratio());
        return;
    }
    std::optional<MemberHeader> header;
    if (options_.recovers) {
        if (std::optional<Sink> sink = open()) {
            static_cast<void>(recover(in, *sink));
            finish_target(*sink);
        }
        return;
    }
    if (is_framed()) {
        header = read_first_header(in, true);
    } else {
        header.emplace();
    }
    std::optional<Sink> sink = open();
    if (!sink) return;
    if (!header) {
        copy_through(in, sink->writer);
        finish_target(*sink);
        report_test("", nullptr);
        return;
    }
    const DecompressResult result = decode(in, sink->writer, *header, true);
    finish_input(in, sink->writer, result.ending, true);
    finish_target(*sink);
    run_stats_.add(result.totals.packed_bytes, result.totals.plain_bytes);
    report_test("", &result);
    if (options_.action == Action::kList) {
        const std::time_t file_time = S_ISREG(status.st_mode) ? status.st_mtime : 0;
        table_.add(result, stored_time(result).value_or(file_time),
                   options_.with_name() && header->name
                       ? safe_stored_name(*header->name).value_or(kStdout)
                       : kStdout);
    }
} catch (const OutputFailure&) {
    throw;
} catch (const Failure& failure) {
    report_failure(failure);
}

CompressRequest Job::compress_request(const std::string& name, const std::string& base,
                                      const struct stat& status) {
    CompressRequest request{.format = options_.format,
                            .level = options_.level,
                            .name = {},
                            .mtime = 0,
                            .comment = options_.comment,
                            .rsyncable = options_.rsyncable,
                            .block_bytes = options_.block_bytes,
                            .threads = options_.threads,
                            .window_log = options_.window_log,
                            .has_check = options_.has_check};
    if (options_.format != Format::kGzip) return request;  // only its header has room for more
    if (options_.with_name() && !base.empty()) request.name = base;
    if (options_.with_time() && S_ISREG(status.st_mode)) {
        // MTIME has 32 bits, and 0 says that there is none (RFC 1952).
        if (status.st_mtime >= 1 && status.st_mtime <= std::numeric_limits<std::uint32_t>::max()) {
            request.mtime = static_cast<std::uint32_t>(status.st_mtime);
        } else {
            messages_.warning(name, "warning: file timestamp out of range for gzip format");
        }
    }
    return request;
}

void Job::compress_file(const Source& source, const std::string& result_base) {
    const std::string& name = source.place.shown;
    // gzip leaves it to the user who names a file and -c.
    if (!options_.makes_files() && !options_.force && !messages_.speaks_as_gzip() &&
        isatty(STDOUT_FILENO) == 1)
        return refuse_terminal("written to", "compression");
    const Progress::File file(progress_, name, input_bytes(source.status), false);
    Reader in(source.fd.get(), name, &progress_);
    std::optional<Place> place;
    if (options_.makes_files()) place = result_place(source.place, result_base);
    std::optional<Sink> sink = open_sink(std::move(place), source.status);
    if (!sink) return;
    expect_result(name);
    std::vector<IndexEntry> index;
    const CoderTotals totals =
        compress(in, sink->writer, compress_request(name, source.place.base, source.status),
                 options_.writes_index ? &index : nullptr);
    check_size(name, source.status, totals);
    run_stats_.add(totals.plain_bytes, totals.packed_bytes);
    if (sink->target) {
        complete(source.status, source.fd.get(), *sink->target, std::nullopt, !options_.keep);
        if (options_.writes_index) write_index(*sink->target, index, source.status);
        remove_source(source);
    }
    report_ratio(totals, sink->shown);
}

void Job::check_size(const std::string& name, const struct stat& status,
                     const CoderTotals& totals) {
    if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) != totals.plain_bytes)
        messages_.remark(printable(name) + ": file size changed while zipping");
}

void Job::write_index(const Target& target, const std::vector<IndexEntry>& index,
                      const struct stat& source) {
    // The file's own suffix is .gz, to which bgzip adds this one.
    std::optional<Sink> sink =
        open_sink(target.place().sibling(target.place().base + ".gzi"), source);
    if (!sink) return;
    std::vector<std::uint8_t> bytes;
    const auto append = [&](std::uint64_t value) {
        for (int shift = 0; shift < 64; shift += 8)
            bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    append(index.size());
    for (const IndexEntry& entry : index) {
        append(entry.packed);
        append(entry.plain);
    }
    sink->writer.write(bytes);
    complete(source, -1, *sink->target, std::nullopt, !options_.keep);
}

bool Job::passes_through(bool to_stdout) const noexcept {
    if (!options_.force) return false;
    return options_.action == Action::kTest ||
           (options_.action == Action::kDecompress && to_stdout);
}

std::optional<MemberHeader> Job::read_first_header(Reader& in, bool to_stdout) {
    const bool copies_unknown = passes_through(to_stdout);
    const char* tool = nullptr;
    const Magic magic = peek_magic(in, tool);
    first_magic_ = Magic::kGzip;
    switch (magic) {
        case Magic::kGzip: {
            MemberHeader header = read_member_header(in);
            if (options_.verbose && header.extra_bytes != 0) {
                messages_.note(in.name(), "extra field of " + std::to_string(header.extra_bytes) +
                                              " bytes ignored");
            }
            return header;
        }
        case Magic::kCompress:
        case Magic::kZstd:
        case Magic::kZip:
            first_magic_ = magic;
            return MemberHeader{};
        case Magic::kOtherTool:
            throw made_by_other_tool(in, tool);
        case Magic::kEnd:
        case Magic::kShort:
            if (copies_unknown) return std::nullopt;
            throw truncated(in);
        case Magic::kUnknown:
            break;
    }
    if (copies_unknown) return std::nullopt;
    throw Failure(in.name(),
                  options_.format == Format::kZstd ? "not in zstd format" : "not in gzip format");
}

void Job::decompress_file(const Source& source, const std::string& result_base) {
    const std::string& name = source.place.shown;
    const Progress::File file(progress_, name, input_bytes(source.status), true);
    Reader in(source.fd.get(), name, &progress_);
    std::optional<Place> place;
    if (options_.recovers) {
        if (options_.makes_files()) place = result_place(source.place, result_base);
        std::optional<Sink> sink = open_sink(std::move(place), source.status);
        if (!sink) return;
        expect_result(name);
        const bool is_whole = recover(in, *sink);
        if (!sink->target) return;
        complete(source.status, source.fd.get(), *sink->target, std::nullopt,
                 is_whole && !options_.keep);
        if (is_whole) remove_source(source);
        return;
    }
    std::optional<MemberHeader> header;
    if (is_framed()) {
        header = read_first_header(in, options_.to_stdout);
    } else {
        header.emplace();
    }
    if (!header) {
        std::optional<Sink> sink = open_sink(std::nullopt, source.status);
        expect_result(name);
        copy_through(in, sink->writer);
        sink->writer.finish();
        report_test(name, nullptr);
        return;
    }
    std::string base = result_base;
    if (options_.with_name() && header->name) base = safe_stored_name(*header->name).value_or(base);

    if (options_.makes_files()) place = result_place(source.place, base);
    std::optional<Sink> sink = open_sink(std::move(place), source.status);
    if (!sink) return;
    expect_result(name);
    const DecompressResult result = decode(in, sink->writer, *header, options_.to_stdout);
    finish_input(in, sink->writer, result.ending, options_.to_stdout);
    sink->writer.finish();
    run_stats_.add(result.totals.packed_bytes, result.totals.plain_bytes);
    const std::optional<std::time_t> time = stored_time(result);
    if (sink->target) {
        complete(source.status, source.fd.get(), *sink->target, time, !options_.keep);
        remove_source(source);
    }
    switch (options_.action) {
        case Action::kList:
            table_.add(result, time.value_or(source.status.st_mtime),
                       source.place.sibling(base).shown);
            break;
        case Action::kTest:
            report_test(name, &result);
            break;
        default:
            report_ratio(result.totals, sink->shown);
            break;
    }
}

std::optional<std::time_t> Job::stored_time(const DecompressResult& result) const {
    if (!options_.with_time() || result.last_mtime == 0) return std::nullopt;
    return static_cast<std::time_t>(result.last_mtime);
}

void Job::complete(const struct stat& source, int source_fd, Target& target,
                   std::optional<std::time_t> mtime, bool removes_source) {
    target.finish(source, source_fd, mtime, removes_source || options_.synchronous);
    if (options_.synchronous) sync_directory(target.place());
}

void Job::remove_source(const Source& source) {
    if (options_.keep) return;
    struct stat now {};
    if (fstatat(source.place.dir_fd(), source.place.base.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISLNK(now.st_mode) &&
        (now.st_dev != source.status.st_dev || now.st_ino != source.status.st_ino)) {
        messages_.warning(source.place.shown, "is another file now -- not removed");
        return;
    }
    if (unlinkat(source.place.dir_fd(), source.place.base.c_str(), 0) != 0) {
        throw Failure(source.place.shown, error_text(errno));
    }
}

void Job::finish_input(Reader& in, Writer& out, AfterMember ending, bool to_stdout) {
    if (ending == AfterMember::kMoreEntries) {
        messages_.warning(in.name(), "has more than one entry--rest ignored");
    } else if (ending == AfterMember::kGarbage) {
        if (passes_through(to_stdout)) {
            copy_through(in, out);
        } else {
            messages_.warning(in.name(), "decompression OK, trailing garbage ignored");
        }
    } else if (ending == AfterMember::kZeros && options_.verbose) {
        messages_.warning(in.name(), "decompression OK, trailing zero bytes ignored");
    }
}

void Job::report_test(const std::string& name, const DecompressResult* result) {
    if (options_.action != Action::kTest) return;
    if (options_.json) {
        JsonObject object;
        object.add("name", name.empty() ? kStdin : name).add("ok", true);
        if (result != nullptr) {
            object.add("compressed", result->totals.packed_bytes)
                .add("uncompressed", result->totals.plain_bytes)
                .add("members", result->members);
        }
        print(object.line());
    } else if (options_.verbose) {
        messages_.report_result(" OK");
    }
}

void Job::report_ratio(const CoderTotals& totals, const std::string& result) {
    if (!options_.verbose) return;
    messages_.report_result(totals.ratio() +
                            (options_.keep ? " -- created " : " -- replaced with ") +
                            printable(result));
}

}  // namespace warpz::cli

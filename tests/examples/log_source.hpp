// SPDX-License-Identifier: Zlib
// Where log_shipper's lines come from: standard input, or a file that is followed over renames and truncation, from a
// position that a state file keeps.
#pragma once

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "log_wire.hpp"

/// A place in a log file, whatever its name is now.
struct Position {
    std::uint64_t sequence = 0;  ///< of the line that begins here
    dev_t device = 0;
    ino_t inode = 0;
    off_t offset = 0;

    /// The position in the file at `path`; the beginning when there is no such file.
    static Position load(const std::string& path) {
        Position read;
        std::FILE* const file = path.empty() ? nullptr : std::fopen(path.c_str(), "re");
        if (file == nullptr) return read;
        unsigned long long words[4];
        const int count = std::fscanf(file, "log_shipper 1 %llu %llu %llu %llu", &words[0],
                                      &words[1], &words[2], &words[3]);
        std::fclose(file);
        if (count != 4) log_wire::fail(path + ": not a state file");
        return {words[0], words[1], words[2], static_cast<off_t>(words[3])};
    }
    /// Replaces the file at once, so that there is always a whole one.
    void save(const std::string& path) const {
        const std::string made = path + ".new";
        std::FILE* const file = std::fopen(made.c_str(), "we");
        if (file == nullptr) log_wire::fail_by_errno(made);
        std::fprintf(
            file, "log_shipper 1 %llu %llu %llu %llu\n", static_cast<unsigned long long>(sequence),
            static_cast<unsigned long long>(device), static_cast<unsigned long long>(inode),
            static_cast<unsigned long long>(offset));
        const bool is_written = std::fflush(file) == 0 && ::fdatasync(::fileno(file)) == 0;
        if (std::fclose(file) != 0 || !is_written || std::rename(made.c_str(), path.c_str()) != 0)
            log_wire::fail_by_errno(path);
    }
};

class Source {
  public:
    Source(const std::string& path, bool follows)
        : path_(path), is_pipe_(path_ == "-"), follows_(follows && !is_pipe_) {}

    /// Begins at `from`, and leaves out the lines before number `next`.
    void begin(const Position& from, std::uint64_t next) {
        next_ = from;
        if (is_pipe_) {
            file_ = Descriptor(::dup(STDIN_FILENO));
            next_.sequence = next;  // a pipe begins where the log has come to
            return;
        }
        if (next < from.sequence) log_wire::fail("the sink has lost lines that it acknowledged");
        to_skip_ = next - from.sequence;
        open_file(from.inode != 0 ? find(from) : path_);
    }

    /// Reads what there is now. False: nothing new.
    bool read() {
        pollfd event{file_.get(), POLLIN, 0};
        if (is_pipe_ && ::poll(&event, 1, 0) <= 0) return false;
        const std::size_t before = text_.size();
        text_.resize(before + log_wire::kFrameBytes);
        const ssize_t count = ::read(file_.get(), text_.data() + before, log_wire::kFrameBytes);
        text_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0 && !log_wire::may_come()) log_wire::fail_by_errno(path_);
        if (count == 0) return reach_end();
        return count > 0;
    }

    /// Whether what is read makes a full frame, or can never be one.
    bool has_frame() const {
        return text_.size() >= log_wire::kFrameBytes &&
               (text_.size() >= log_wire::kMostPlainBytes || text_.find('\n') != text_.npos);
    }

    /// Takes whole lines, of at most kFrameBytes if they are not longer. returns their number
    std::uint32_t take(std::string& lines) {
        for (; to_skip_ != 0; --to_skip_) {
            const std::size_t end = text_.find('\n');
            if (end == text_.npos) break;
            drop(end + 1, 1);
        }
        if (to_skip_ != 0) {
            if (is_ended_) log_wire::fail("the sink has lines that " + path_ + " has not");
            return 0;
        }
        std::size_t end = text_.rfind('\n', log_wire::kFrameBytes - 1);
        if (end == text_.npos) end = text_.find('\n');
        if (end == text_.npos) {
            if (text_.size() >= log_wire::kMostPlainBytes) log_wire::fail("a line is too long");
            return 0;
        }
        lines = text_.substr(0, end + 1);
        const auto count = static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
        drop(end + 1, count);
        return count;
    }

    /// The line that take() will give next.
    const Position& next() const { return next_; }
    /// Nothing will come any more.
    bool is_ended() const { return is_ended_ && text_.empty() && to_skip_ == 0; }
    /// The descriptor that tells of new input; a file tells nobody.
    int pipe() const { return is_pipe_ && !is_ended_ ? file_.get() : -1; }

  private:
    using Descriptor = log_wire::Descriptor;

    void drop(std::size_t bytes, std::uint64_t lines) {
        text_.erase(0, bytes);
        next_.offset += static_cast<off_t>(bytes);
        next_.sequence += lines;
    }

    void open_file(const std::string& path) {
        file_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat found;
        if (!file_ || ::fstat(file_.get(), &found) != 0) log_wire::fail_by_errno(path);
        if (found.st_dev != next_.device || found.st_ino != next_.inode) next_.offset = 0;
        next_.device = found.st_dev;
        next_.inode = found.st_ino;
        if (::lseek(file_.get(), next_.offset, SEEK_SET) < 0) log_wire::fail_by_errno(path);
    }

    /// The file's name now: its own, or one in the same folder that a rotation gave it.
    std::string find(const Position& from) const {
        const auto is_it = [&](const char* path) {
            struct stat found;
            return ::stat(path, &found) == 0 && found.st_dev == from.device &&
                   found.st_ino == from.inode && found.st_size >= from.offset;
        };
        if (is_it(path_.c_str())) return path_;
        const auto folder = std::filesystem::absolute(path_).parent_path();
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (is_it(entry.path().c_str())) return entry.path();
        }
        log_wire::fail("the file that the state tells of is gone; " + path_ + " is another one");
    }

    /// At the end of a pipe or file: whether there is something else to read.
    bool reach_end() {
        if (!follows_) {
            is_ended_ = true;
            end_last_line();
            return false;
        }
        // The name first: once the new file has lines, whoever writes has written its last to the old one.
        struct stat named;
        struct stat own;
        const bool has_named = ::stat(path_.c_str(), &named) == 0 && named.st_size != 0;
        if (::fstat(file_.get(), &own) != 0) log_wire::fail_by_errno(path_);
        const off_t at = next_.offset + static_cast<off_t>(text_.size());
        if (own.st_size > at) return true;
        const bool is_another =
            has_named && (named.st_ino != own.st_ino || named.st_dev != own.st_dev);
        if (own.st_size == at && !is_another) return false;
        end_last_line();
        if (!text_.empty()) return false;  // that is taken before the other file
        next_.inode = 0;
        open_file(path_);
        return true;
    }

    /// A file's last line is one without its newline, too; which the offset does not count.
    void end_last_line() {
        if (text_.empty() || text_.back() == '\n') return;
        text_ += '\n';
        --next_.offset;
    }

    std::string path_;
    bool is_pipe_;
    bool follows_;
    bool is_ended_ = false;
    Descriptor file_;
    std::string text_;  // read and not taken
    Position next_;
    std::uint64_t to_skip_ = 0;
};

// SPDX-License-Identifier: Zlib
// Files as the program uses them: names relative to an open directory, buffered reading, writing that reports every
// failure, and a target file that is either complete or gone.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "message.hpp"

namespace warpz::cli {

class Progress;

// fewer system calls than a pipe's 64 KiB would need
inline constexpr std::size_t kBufferBytes = 256 * 1024;

/// Memory for kBufferBytes bytes, not cleared: a small file touches few of its pages.
class Buffer {
  public:
    Buffer() : bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kBufferBytes)) {}
    [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.get(); }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return kBufferBytes; }
    /// The first `size` bytes.
    [[nodiscard]] std::span<const std::uint8_t> first(std::size_t size) const noexcept {
        return {bytes_.get(), size};
    }

  private:
    std::unique_ptr<std::uint8_t[]> bytes_;
};

/// Owner of a file descriptor.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { static_cast<void>(close()); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Closes now. 0, or the errno value of close(2), which on some file systems is a late write error.
    [[nodiscard]] int close() noexcept;

  private:
    int fd_ = -1;
};

/// fstat(2). Throws Failure about `name`.
[[nodiscard]] struct stat status_of(int fd, const std::string& name);

/// A file by its name in a directory that stays open: renaming a directory above it cannot redirect what is done to it.
struct Place {
    std::shared_ptr<const Fd> dir;  ///< null for the working directory
    std::string base;               ///< name in `dir`; may contain '/' only when `dir` is null
    std::string shown;              ///< the path as the user knows it

    [[nodiscard]] int dir_fd() const noexcept { return dir ? dir->get() : AT_FDCWD; }
    /// Another name in the same directory.
    [[nodiscard]] Place sibling(std::string_view name) const;
};

/// The place of a path from the command line. Opens its directory.
/// errno and a Place without `dir` remain when that fails, so that using the place reports the reason.
[[nodiscard]] Place locate(std::string_view path);

/// The input: a descriptor read through one buffer, of which callers take what they need.
class Reader {
  public:
    /// `name` appears in messages. The descriptor stays the caller's. `meter` may be null.
    Reader(int fd, std::string name, Progress* meter);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] int fd() const noexcept { return fd_; }
    /// Bytes read and not yet taken; reads when there are none. Empty at the end of the input.
    /// Throws Failure when reading fails.
    [[nodiscard]] std::span<const std::uint8_t> available();
    /// As available(), with at least `size` bytes unless the input ends before. size <= kBufferBytes.
    [[nodiscard]] std::span<const std::uint8_t> peek(std::size_t size);
    /// One read's worth at `place`, taken already; of a Reader that has nothing left of earlier reads. Empty at the end of the
    /// input. Throws Failure when reading fails.
    [[nodiscard]] std::span<const std::uint8_t> read_to(std::span<std::uint8_t> place);
    [[nodiscard]] bool is_drained() const noexcept { return begin_ == end_; }
    void take(std::size_t size) noexcept { begin_ += size; }
    /// Bytes read from the descriptor less those not taken yet.
    [[nodiscard]] std::uint64_t taken_bytes() const noexcept { return total_ - (end_ - begin_); }
    /// Goes on at `offset`, counted from where the input began. For regular files. Throws Failure.
    void jump(std::uint64_t offset);
    /// Bytes read from the descriptor.
    [[nodiscard]] std::uint64_t read_bytes() const noexcept { return total_; }

  private:
    /// Appends one read's worth. False at the end of the input.
    bool fill();
    /// read(2), with its failures. 0 at the end of the input.
    std::size_t read_some(std::span<std::uint8_t> place);

    int fd_;
    std::string name_;
    Progress* meter_;
    Buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t total_ = 0;
};

/// The output: a descriptor, or nowhere. Throws OutputFailure for standard output, Failure otherwise.
class Writer {
  public:
    /// Discards and counts, for -t and -l.
    explicit Writer(Progress* meter) : meter_(meter) {}
    Writer(int fd, std::string name, Progress* meter)
        : fd_(fd), name_(std::move(name)), meter_(meter) {}

    /// Blocks of zeros become holes from now on, where the output is a file that ends here.
    void allow_holes();
    void write(std::span<const std::uint8_t> bytes);
    /// To be called behind the last write: gives the file its size where it ends with a hole.
    void finish();
    [[nodiscard]] std::uint64_t written_bytes() const noexcept { return total_; }

  private:
    void put(std::span<const std::uint8_t> bytes);
    void close_hole();
    [[noreturn]] void fail() const;

    int fd_ = -1;
    std::string name_;
    Progress* meter_ = nullptr;
    std::uint64_t total_ = 0;
    bool is_sparse_ = false;
    std::uint64_t hole_bytes_ = 0;  // not written yet, in front of what comes next
};

/// A file being made. Unless finish() succeeds, destruction removes it, and so does a signal.
class Target {
  public:
    /// Creates `place` exclusively, mode 0600. An existing file is removed first with `force` or the user's consent; without
    /// them this is reported and there is no target. Throws Failure when creation fails or `place` is the file `source` itself.
    [[nodiscard]] static std::unique_ptr<Target> create(Place place, const struct stat& source,
                                                        bool force, Messages& messages);
    ~Target();
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    [[nodiscard]] const Place& place() const noexcept { return place_; }
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    /// Gives the target the source's attributes (see attributes.hpp; `mtime` instead of the source's where given), makes it
    /// durable when `sync` is set, and closes it. Throws Failure.
    void finish(const struct stat& source, int source_fd, std::optional<std::time_t> mtime,
                bool sync);

  private:
    Target(Place place, Fd fd) : place_(std::move(place)), fd_(std::move(fd)) {}

    Place place_;
    Fd fd_;
    bool is_complete_ = false;
};

/// Makes changes of the directory of `place` durable. Throws Failure.
void sync_directory(const Place& place);

}  // namespace warpz::cli

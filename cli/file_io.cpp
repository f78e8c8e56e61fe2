// SPDX-License-Identifier: Zlib
// Files; see file_io.hpp.
#include "file_io.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "attributes.hpp"
#include "progress.hpp"
#include "signals.hpp"

namespace warpz::cli {
namespace {

constexpr int kCreateAttempts = 8;  // somebody else may create the name again and again

/// After a failed read or write: true when nothing is wrong, having waited for a descriptor that another process set
/// to non-blocking.
bool can_try_again(int fd, short event) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    pollfd waiting{.fd = fd, .events = event, .revents = 0};
    poll(&waiting, 1, -1);
    return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
    return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

constexpr std::size_t kSparseBlock = 4096;  // what file systems allocate at least, as a rule

enum class Clash { kReplace, kKeep };

/// What to do about an existing target.
Clash resolve_clash(const Place& place, const struct stat& source, bool force, Messages& messages) {
    struct stat existing {};
    const bool is_source =
        fstatat(place.dir_fd(), place.base.c_str(), &existing, AT_SYMLINK_NOFOLLOW) == 0 &&
        existing.st_dev == source.st_dev && existing.st_ino == source.st_ino;
    // gzip, when not told to overwrite, sees no more than a name that is taken.
    if (is_source && (force || !messages.speaks_as_gzip() || messages.has_input_terminal()))
        throw Failure(place.shown, "input and output are the same file");
    if (force) return Clash::kReplace;
    if (!messages.has_input_terminal() || runs_in_background()) {
        messages.refusal(place.shown, messages.speaks_as_gzip()
                                          ? "already exists;\tnot overwritten"
                                          : "already exists; not overwritten");
        return Clash::kKeep;
    }
    return messages.may_overwrite(place.shown) ? Clash::kReplace : Clash::kKeep;
}

}  // namespace

int Fd::close() noexcept {
    if (fd_ < 0) return 0;
    const int fd = std::exchange(fd_, -1);
    return ::close(fd) == 0 || errno == EINTR ? 0 : errno;
}

struct stat status_of(int fd, const std::string& name) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw Failure(name, error_text(errno));
    return status;
}

Place Place::sibling(std::string_view name) const {
    Place other{dir, std::string(name), std::string(name)};
    if (const std::size_t slash = shown.rfind('/'); slash != std::string::npos) {
        other.shown.insert(0, shown, 0, slash + 1);
    }
    return other;
}

Place locate(std::string_view path) {
    Place place{nullptr, std::string(path), std::string(path)};
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos || slash + 1 == path.size()) return place;
    const std::string dir(path.substr(0, slash + 1));
    Fd fd(open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return place;
    place.dir = std::make_shared<const Fd>(std::move(fd));
    place.base = path.substr(slash + 1);
    return place;
}

Reader::Reader(int fd, std::string name, Progress* meter)
    : fd_(fd), name_(std::move(name)), meter_(meter) {}

bool Reader::fill() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t got = read_some({buffer_.data() + end_, buffer_.size() - end_});
    end_ += got;
    return got != 0;
}

std::size_t Reader::read_some(std::span<std::uint8_t> place) {
    for (;;) {
        const ssize_t result = read(fd_, place.data(), place.size());
        if (result >= 0) {
            const auto got = static_cast<std::size_t>(result);
            total_ += got;
            if (meter_ != nullptr && got != 0) meter_->add_in(got);
            return got;
        }
        if (!can_try_again(fd_, POLLIN)) throw Failure(name_, error_text(errno), Aftermath::kEnd);
    }
}

std::span<const std::uint8_t> Reader::read_to(std::span<std::uint8_t> place) {
    return place.first(read_some(place));
}

void Reader::jump(std::uint64_t offset) {
    const auto distance = static_cast<off_t>(offset) - static_cast<off_t>(total_);
    if (lseek(fd_, distance, SEEK_CUR) < 0) throw Failure(name_, error_text(errno));
    if (meter_ != nullptr && offset > total_) meter_->add_in(offset - total_);
    begin_ = end_ = 0;
    total_ = offset;
}

std::span<const std::uint8_t> Reader::available() { return peek(1); }

std::span<const std::uint8_t> Reader::peek(std::size_t size) {
    while (end_ - begin_ < size && fill()) {
    }
    return buffer_.first(end_).subspan(begin_);
}

void Writer::put(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
        if (put >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(put));
        } else if (!can_try_again(fd_, POLLOUT)) {
            fail();
        }
    }
}

void Writer::fail() const {
    const std::string reason = error_text(errno);
    if (fd_ == STDOUT_FILENO) throw OutputFailure(name_, reason);
    throw Failure(name_, reason, Aftermath::kEnd);
}

void Writer::write(std::span<const std::uint8_t> bytes) {
    total_ += bytes.size();
    if (meter_ != nullptr) meter_->add_out(bytes.size());
    if (fd_ < 0) return;
    if (!is_sparse_) return put(bytes);
    // Blocks of zeros, as they lie in the file, become holes; runs of other blocks are written together.
    std::uint64_t at = total_ - bytes.size();
    while (!bytes.empty()) {
        std::size_t run = 0;
        std::size_t hole = 0;
        while (run < bytes.size() && hole == 0) {
            const auto block = std::min<std::uint64_t>(kSparseBlock - (at + run) % kSparseBlock,
                                                       bytes.size() - run);
            const auto part = bytes.subspan(run, static_cast<std::size_t>(block));
            if (block == kSparseBlock && is_zero(part))
                hole = part.size();
            else
                run += part.size();
        }
        if (run != 0) {
            close_hole();
            put(bytes.first(run));
        }
        hole_bytes_ += hole;
        bytes = bytes.subspan(run + hole);
        at += run + hole;
    }
}

/// Moves behind the zeros that were not written.
void Writer::close_hole() {
    if (hole_bytes_ == 0) return;
    if (lseek(fd_, static_cast<off_t>(std::exchange(hole_bytes_, 0)), SEEK_CUR) < 0) fail();
}

void Writer::finish() {
    if (hole_bytes_ == 0) return;
    const off_t at = lseek(fd_, static_cast<off_t>(std::exchange(hole_bytes_, 0)), SEEK_CUR);
    if (at < 0 || ftruncate(fd_, at) != 0) fail();
}

void Writer::allow_holes() {
    struct stat status {};
    const int flags = fcntl(fd_, F_GETFL);
    const off_t at = lseek(fd_, 0, SEEK_CUR);
    // Only behind the end of a file are bytes that are not written zeros.
    is_sparse_ = fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && flags >= 0 &&
                 (flags & O_APPEND) == 0 && at >= status.st_size;
}

std::unique_ptr<Target> Target::create(Place place, const struct stat& source, bool force,
                                       Messages& messages) {
    for (int attempt = 0;; ++attempt) {
        {
            const SignalBlock block;
            Fd fd(openat(place.dir_fd(), place.base.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
                         S_IRUSR | S_IWUSR));
            if (fd) {
                std::unique_ptr<Target> target(new Target(std::move(place), std::move(fd)));
                remember_unfinished(target->place_.dir_fd(), target->place_.base);
                return target;
            }
        }
        if (errno != EEXIST || attempt == kCreateAttempts)
            throw Failure(place.shown, error_text(errno));
        if (resolve_clash(place, source, force, messages) == Clash::kKeep) return nullptr;
        if (unlinkat(place.dir_fd(), place.base.c_str(), 0) != 0 && errno != ENOENT) {
            throw Failure(place.shown, error_text(errno));
        }
    }
}

Target::~Target() {
    if (is_complete_) return;
    const SignalBlock block;
    forget_unfinished();
    unlinkat(place_.dir_fd(), place_.base.c_str(), 0);
}

void Target::finish(const struct stat& source, int source_fd, std::optional<std::time_t> mtime,
                    bool sync) {
    copy_attributes(fd_.get(), place_.shown, source, source_fd, mtime);
    if (sync && fsync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS) {
        throw Failure(place_.shown, error_text(errno));
    }
    if (const int error = fd_.close(); error != 0) throw Failure(place_.shown, error_text(error));
    const SignalBlock block;
    forget_unfinished();
    is_complete_ = true;
}

void sync_directory(const Place& place) {
    const Fd dir(openat(place.dir_fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A directory that cannot be read cannot be synchronised; some file systems refuse it altogether.
    if (dir && fsync(dir.get()) != 0 && errno != EINVAL && errno != EROFS) {
        throw Failure(place.shown, error_text(errno));
    }
}

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// Files; see file_io.hpp.
#include "file_io.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "signals.hpp"

namespace warpz::cli {
namespace {

constexpr int kCreateAttempts = 8;  // somebody else may create the name again and again

/// Owner, mode and times. A user who may not give files away keeps the file as his own.
void copy_attributes(int fd, const struct stat& source, std::optional<std::time_t> mtime,
                     const std::string& name) {
    mode_t mode = source.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
    struct stat now {};
    if (fstat(fd, &now) != 0) throw Failure(name, error_text(errno));
    if (now.st_uid != source.st_uid && fchown(fd, source.st_uid, static_cast<gid_t>(-1)) != 0) {
        // Only a privileged user can give it away.
    }
    if (now.st_gid != source.st_gid && fchown(fd, static_cast<uid_t>(-1), source.st_gid) != 0) {
        // The group is another one: it gets no more than everybody has.
        const mode_t others = mode & S_IRWXO;
        mode = (mode & (S_IRWXU | S_IRWXO)) | (mode & S_IRWXG & (others << 3));
    }
    if (fchmod(fd, mode) != 0) throw Failure(name, error_text(errno));
    timespec times[2] = {source.st_atim, source.st_mtim};
    if (mtime) times[1] = {.tv_sec = *mtime, .tv_nsec = 0};
    if (futimens(fd, times) != 0) throw Failure(name, error_text(errno));
}

/// After a failed read or write: true when nothing is wrong, having waited for a descriptor that another process set
/// to non-blocking.
bool can_try_again(int fd, short event) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    pollfd waiting{.fd = fd, .events = event, .revents = 0};
    poll(&waiting, 1, -1);
    return true;
}

enum class Clash { kReplace, kKeep };

/// What to do about an existing target.
Clash resolve_clash(const Place& place, const struct stat& source, bool force, Messages& messages) {
    struct stat existing {};
    if (fstatat(place.dir_fd(), place.base.c_str(), &existing, AT_SYMLINK_NOFOLLOW) == 0 &&
        existing.st_dev == source.st_dev && existing.st_ino == source.st_ino) {
        throw Failure(place.shown, "input and output are the same file");
    }
    if (force) return Clash::kReplace;
    if (isatty(STDIN_FILENO) != 1 || runs_in_background()) {
        messages.refusal(place.shown, "already exists; not overwritten");
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

Reader::Reader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

bool Reader::fill() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    for (;;) {
        const ssize_t got = read(fd_, buffer_.data() + end_, buffer_.size() - end_);
        if (got > 0) {
            end_ += static_cast<std::size_t>(got);
            total_ += static_cast<std::uint64_t>(got);
            return true;
        }
        if (got == 0) return false;
        if (!can_try_again(fd_, POLLIN)) throw Failure(name_, error_text(errno));
    }
}

void Reader::jump(std::uint64_t offset) {
    const auto distance = static_cast<off_t>(offset) - static_cast<off_t>(total_);
    if (lseek(fd_, distance, SEEK_CUR) < 0) throw Failure(name_, error_text(errno));
    begin_ = end_ = 0;
    total_ = offset;
}

std::span<const std::uint8_t> Reader::available() { return peek(1); }

std::span<const std::uint8_t> Reader::peek(std::size_t size) {
    while (end_ - begin_ < size && fill()) {
    }
    return buffer_.first(end_).subspan(begin_);
}

void Writer::write(std::span<const std::uint8_t> bytes) {
    total_ += bytes.size();
    if (fd_ < 0) return;
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
        if (put >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(put));
        } else if (!can_try_again(fd_, POLLOUT)) {
            const std::string reason = error_text(errno);
            if (fd_ == STDOUT_FILENO) throw OutputFailure(name_, reason);
            throw Failure(name_, reason);
        }
    }
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

void Target::finish(const struct stat& source, std::optional<std::time_t> mtime, bool sync) {
    copy_attributes(fd_.get(), source, mtime, place_.shown);
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

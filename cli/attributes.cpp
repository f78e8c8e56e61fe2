// SPDX-License-Identifier: Zlib
// Attributes; see attributes.hpp.
#include "attributes.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "message.hpp"

namespace warpz::cli {
namespace {

constexpr std::string_view kUserPrefix = "user.";
constexpr const char* kAccessList = "system.posix_acl_access";

/// As far as both file systems and the user's rights allow it.
void copy_extended(int from, int to, bool with_access_list) {
    const ssize_t size = flistxattr(from, nullptr, 0);
    if (size <= 0) return;
    std::vector<char> names(static_cast<std::size_t>(size));
    const ssize_t got = flistxattr(from, names.data(), names.size());
    std::vector<char> value;
    for (std::string_view rest(names.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
         !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        if (!name.starts_with(kUserPrefix) && (name != kAccessList || !with_access_list)) continue;
        const ssize_t bytes = fgetxattr(from, name.c_str(), nullptr, 0);
        if (bytes < 0) continue;
        value.resize(static_cast<std::size_t>(bytes));
        const ssize_t taken = fgetxattr(from, name.c_str(), value.data(), value.size());
        if (taken >= 0)
            static_cast<void>(
                fsetxattr(to, name.c_str(), value.data(), static_cast<std::size_t>(taken), 0));
    }
}

}  // namespace

void copy_attributes(int fd, const std::string& name, const struct stat& source, int source_fd,
                     std::optional<std::time_t> mtime) {
    mode_t mode = source.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
    struct stat now {};
    if (fstat(fd, &now) != 0) throw Failure(name, error_text(errno));
    if (now.st_uid != source.st_uid && fchown(fd, source.st_uid, static_cast<gid_t>(-1)) != 0) {
        // Only a privileged user can give it away.
    }
    bool has_group = true;
    if (now.st_gid != source.st_gid && fchown(fd, static_cast<uid_t>(-1), source.st_gid) != 0) {
        // The group is another one: it gets no more than everybody has.
        has_group = false;
        const mode_t others = mode & S_IRWXO;
        mode = (mode & (S_IRWXU | S_IRWXO)) | (mode & S_IRWXG & (others << 3));
    }
    if (fchmod(fd, mode) != 0) throw Failure(name, error_text(errno));
    if (source_fd >= 0) copy_extended(source_fd, fd, has_group);
    timespec times[2] = {source.st_atim, source.st_mtim};
    if (mtime) times[1] = {.tv_sec = *mtime, .tv_nsec = 0};
    if (futimens(fd, times) != 0) throw Failure(name, error_text(errno));
}

}  // namespace warpz::cli

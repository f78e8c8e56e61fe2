// SPDX-License-Identifier: Zlib
#include "channel.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace warpz::vfio_user {
namespace {

constexpr timeval kSendTimeout{.tv_sec = 10, .tv_usec = 0};
constexpr std::size_t kMaxParts = 4;

/// Takes what descriptors came along. False when some had no room.
bool collect_fds(msghdr& message, std::vector<Fd>& fds) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            fds.emplace_back(fd);
        }
    }
    return (message.msg_flags & MSG_CTRUNC) == 0;
}

}  // namespace

Channel::Channel(Fd socket) : socket_(std::move(socket)) {
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout);
}

bool Channel::receive_bytes(std::span<std::uint8_t> bytes, std::vector<Fd>& fds) {
    while (!bytes.empty()) {
        alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(kMaxFds * sizeof(int))> control;
        iovec vector{bytes.data(), bytes.size()};
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t got = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        if (!collect_fds(message, fds) || fds.size() > kMaxFds) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

bool Channel::receive(Message& message) {
    message.fds.clear();
    message.payload.clear();
    auto* header = reinterpret_cast<std::uint8_t*>(&message.header);
    if (!receive_bytes({header, sizeof message.header}, message.fds)) return false;
    const std::uint32_t size = message.header.size;
    if (size < sizeof(Header) || size - sizeof(Header) > kMaxPayloadBytes) return false;
    if ((message.header.flags & kTypeMask) > kTypeReply) return false;
    message.payload.resize(size - sizeof(Header));
    return receive_bytes(message.payload, message.fds);
}

bool Channel::send(Header header, std::initializer_list<Bytes> parts) {
    std::array<iovec, 1 + kMaxParts> vectors;
    std::size_t count = 0;
    vectors[count++] = {&header, sizeof header};
    header.size = sizeof header;
    for (const Bytes part : parts) {
        if (part.empty() || count == vectors.size()) continue;
        header.size += static_cast<std::uint32_t>(part.size());
        vectors[count++] = {const_cast<std::uint8_t*>(part.data()), part.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    std::size_t left = header.size;
    const std::lock_guard guard(send_mutex_);
    while (left != 0) {
        const ssize_t sent = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) {
            // Half a message is behind us, so nothing that follows could be understood.
            shut();
            return false;
        }
        left -= static_cast<std::size_t>(sent);
        for (auto done = static_cast<std::size_t>(sent); done != 0;) {
            iovec& first = *message.msg_iov;
            const std::size_t part = std::min(done, first.iov_len);
            first.iov_base = static_cast<std::uint8_t*>(first.iov_base) + part;
            first.iov_len -= part;
            done -= part;
            if (first.iov_len == 0) ++message.msg_iov, --message.msg_iovlen;
        }
    }
    return true;
}

void Channel::shut() noexcept { shutdown(socket_.get(), SHUT_RDWR); }

Fd listen_at(const char* path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (std::strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return {};
    }
    std::strcpy(address.sun_path, path);
    const auto* name = reinterpret_cast<const sockaddr*>(&address);
    struct stat status {};
    if (stat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        const Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (connect(probe.get(), name, sizeof address) == 0 || errno == EAGAIN) {
            errno = EADDRINUSE;
            return {};
        }
        if (errno == ECONNREFUSED) unlink(path);
    }
    Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const mode_t before = umask(0177);
    const bool is_bound = bind(listener.get(), name, sizeof address) == 0;
    umask(before);
    if (!is_bound || listen(listener.get(), 1) != 0) return {};
    return listener;
}

}  // namespace warpz::vfio_user

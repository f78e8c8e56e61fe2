// SPDX-License-Identifier: Zlib
// A connected socket as a row of messages with file descriptors. What comes in is bounded before it is stored; what it
// says is for others to check.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "wire.hpp"

namespace warpz::vfio_user {

/// A file descriptor that is closed with its owner.
class Fd {
  public:
    Fd() noexcept = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

struct Message {
    Header header{};
    std::vector<std::uint8_t> payload;
    std::vector<Fd> fds;

    [[nodiscard]] Command command() const noexcept { return static_cast<Command>(header.command); }
    [[nodiscard]] bool is_reply() const noexcept {
        return (header.flags & kTypeMask) == kTypeReply;
    }
};

class Channel {
  public:
    using Bytes = std::span<const std::uint8_t>;

    explicit Channel(Fd socket);

    /// Waits for a message of at most kMaxPayloadBytes behind the header, with at most kMaxFds descriptors. False: the peer
    /// is gone, or what it sends is no such message; there is nothing more to come then.
    [[nodiscard]] bool receive(Message& message);
    /// Sends header and parts in one piece; header.size is set here. From any thread. False: the peer is gone, or has not
    /// taken it for ten seconds.
    bool send(Header header, std::initializer_list<Bytes> parts = {});
    /// Ends receive() and send(), now and later. From any thread.
    void shut() noexcept;

  private:
    bool receive_bytes(std::span<std::uint8_t> bytes, std::vector<Fd>& fds);

    Fd socket_;
    std::mutex send_mutex_;
};

/// A listening socket at the path, for its owner only; a socket that nobody listens at any more is replaced. Not open, with
/// errno, on failure: EADDRINUSE when somebody does.
[[nodiscard]] Fd listen_at(const char* path) noexcept;

}  // namespace warpz::vfio_user

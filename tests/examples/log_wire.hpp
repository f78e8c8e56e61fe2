// SPDX-License-Identifier: Zlib
// What log_shipper and log_sink say to each other. Lines have numbers: the first line of a log is 0.
//
//   sink to shipper   u64: the number of the line that it wants next, all before it being on its disk. Once as a greeting,
//                     then after each frame or several. That is the acknowledgement.
//   shipper to sink   frames: a header, and its lines in zlib format (RFC 1950). A frame that begins before the line that is
//                     wanted repeats lines; one that begins behind it is an error.
//
// All numbers are little-endian.
#pragma once

#include <endian.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace log_wire {

/// What a frame holds ends with the line that passes this.
inline constexpr std::size_t kFrameBytes = 64 << 10;
/// A line is never longer: a frame with more is refused.
inline constexpr std::size_t kMostPlainBytes = 16 << 20;

struct Header {
    static constexpr std::size_t kBytes = 24;
    static constexpr std::uint32_t kMagic = 0x314c5a57;  // "WZL1"

    std::uint64_t sequence;  ///< number of the first line
    std::uint32_t lines;
    std::uint32_t plain_bytes;
    std::uint32_t packed_bytes;  ///< that follow

    void write(std::byte* to) const {
        const std::uint64_t first = htole64(sequence);
        const std::uint32_t rest[4] = {htole32(kMagic), htole32(lines), htole32(plain_bytes),
                                       htole32(packed_bytes)};
        std::memcpy(to, &first, sizeof first);
        std::memcpy(to + sizeof first, rest, sizeof rest);
    }
    /// Empty when this is no header.
    static std::optional<Header> read(const std::byte* from) {
        std::uint64_t first;
        std::uint32_t rest[4];
        std::memcpy(&first, from, sizeof first);
        std::memcpy(rest, from + sizeof first, sizeof rest);
        const Header header{le64toh(first), le32toh(rest[1]), le32toh(rest[2]), le32toh(rest[3])};
        const bool is_one = le32toh(rest[0]) == kMagic && header.plain_bytes <= kMostPlainBytes &&
                            header.packed_bytes <= 2 * kMostPlainBytes &&
                            header.lines <= header.plain_bytes;
        return is_one ? std::optional(header) : std::nullopt;
    }
};

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
    std::exit(1);
}
[[noreturn]] inline void fail_by_errno(const std::string& what) {
    fail(what + ": " + std::strerror(errno));
}

/// A file descriptor that is closed with its scope.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }

  private:
    int number_ = -1;
};

inline sockaddr_in loopback(unsigned port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

inline Descriptor make_socket() {
    Descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made) fail_by_errno("socket");
    return made;
}

/// Whether a call on a socket that cannot wait may be repeated later.
inline bool may_come() { return errno == EAGAIN || errno == EINTR; }

}  // namespace log_wire

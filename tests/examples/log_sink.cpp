// SPDX-License-Identifier: Zlib
// The receiver of log_shipper: takes frames of compressed lines over TCP on loopback and appends them to a file. The file
// is all it knows: after a crash the lines in it are counted, and the shipper is told the number of the next. So a line is
// written once, whatever is sent twice, and is on the disk before it is acknowledged.
//
//   log_sink PORT FILE     PORT 0: any; "port NUMBER" on standard output says which
#include <poll.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>
#include <warpz/warpz.hpp>

#include "log_wire.hpp"

namespace {

using log_wire::Descriptor;
using log_wire::fail;
using log_wire::fail_by_errno;
using log_wire::Header;

/// The file, whole lines only.
class Log {
  public:
    explicit Log(const char* path) : path_(path), file_(::open(path, kFlags, 0600)) {
        if (!file_) fail_by_errno(path_);
        count_lines();
    }
    /// The number of the line that comes next.
    std::uint64_t lines() const { return lines_; }

    void append(std::string_view text, std::uint64_t lines) {
        while (!text.empty()) {
            const ssize_t count = ::write(file_.get(), text.data(), text.size());
            if (count < 0 && errno != EINTR) fail_by_errno(path_);
            if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
        }
        lines_ += lines;
    }
    void flush() {
        if (::fdatasync(file_.get()) != 0) fail_by_errno(path_);
    }

  private:
    static constexpr int kFlags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC;

    /// A line that a crash has cut off goes: it was not acknowledged.
    void count_lines() {
        std::vector<char> piece(1 << 20);
        off_t at = 0;
        off_t end = 0;  // of the last whole line
        for (ssize_t count; (count = ::read(file_.get(), piece.data(), piece.size())) != 0;) {
            if (count < 0) fail_by_errno(path_);
            const std::string_view text(piece.data(), static_cast<std::size_t>(count));
            lines_ += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
            if (const auto last = text.rfind('\n'); last != text.npos)
                end = at + static_cast<off_t>(last) + 1;
            at += count;
        }
        if (end != at && ::ftruncate(file_.get(), end) != 0) fail_by_errno(path_);
        flush();
    }

    std::string path_;
    Descriptor file_;
    std::uint64_t lines_ = 0;
};

/// One shipper's connection.
class Connection {
  public:
    Connection(Descriptor socket, Log& log, warpz::native::Context& context)
        : socket_(std::move(socket)), log_(log), context_(context) {}

    int socket() const { return socket_.get(); }

    /// 8 bytes fit into a socket's buffer, unless nobody reads the other end: then the connection goes.
    bool acknowledge() {
        const std::uint64_t next = htole64(log_.lines());
        return ::send(socket_.get(), &next, sizeof next, MSG_NOSIGNAL) == sizeof next;
    }

    /// Takes what has come. False: the connection is over.
    bool receive() {
        const std::size_t before = data_.size();
        data_.resize(before + (256 << 10));
        const ssize_t count =
            ::recv(socket_.get(), data_.data() + before, data_.size() - before, 0);
        data_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count <= 0) return count < 0 && log_wire::may_come();

        std::size_t at = 0;
        while (data_.size() - at >= Header::kBytes) {
            const auto header = Header::read(data_.data() + at);
            if (!header) return refuse("no frame");
            const std::size_t size = Header::kBytes + header->packed_bytes;
            if (data_.size() - at < size) break;
            if (!take(*header, std::span(data_).subspan(at + Header::kBytes, header->packed_bytes)))
                return false;
            at += size;
        }
        if (at == 0) return true;
        data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(at));
        log_.flush();
        return acknowledge();
    }

  private:
    static bool refuse(const char* why) {
        std::fprintf(stderr, "log_sink: connection closed: %s\n", why);
        return false;
    }

    bool take(const Header& header, std::span<const std::byte> packed) {
        plain_.resize(header.plain_bytes);
        warpz_job job = warpz::native::make_job(WARPZ_INFLATE, WARPZ_ZLIB, packed,
                                                std::as_writable_bytes(std::span(plain_)));
        if (context_.run(job) != WARPZ_OK || job.produced != plain_.size() ||
            job.consumed != packed.size()) {
            return refuse(job.status != WARPZ_OK ? warpz_status_text(job.status) : "wrong size");
        }
        std::string_view text = plain_;
        const bool is_whole = text.empty() || text.back() == '\n';
        if (!is_whole || std::ranges::count(text, '\n') != header.lines) return refuse("no lines");
        if (header.sequence > log_.lines()) return refuse("lines are missing");
        std::uint64_t lines = header.lines;
        for (std::uint64_t number = header.sequence; lines != 0 && number < log_.lines();
             ++number) {
            text.remove_prefix(text.find('\n') + 1);
            --lines;
        }
        log_.append(text, lines);
        return true;
    }

    Descriptor socket_;
    Log& log_;
    warpz::native::Context& context_;
    std::vector<std::byte> data_;
    std::string plain_;
};

Descriptor listen_on(unsigned port) {
    Descriptor listener = log_wire::make_socket();
    const int one = 1;
    (void)::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address = log_wire::loopback(port);
    socklen_t size = sizeof address;
    if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener.get(), 8) != 0 ||
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        fail_by_errno("port " + std::to_string(port));
    }
    std::printf("port %u\n", unsigned{ntohs(address.sin_port)});
    std::fflush(stdout);
    return listener;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: log_sink PORT FILE\n", stderr);
        return 2;
    }
    Log log(argv[2]);
    auto context = warpz::native::Context::create();
    if (!context) fail("out of memory");
    const Descriptor listener = listen_on(static_cast<unsigned>(std::atoi(argv[1])));
    std::optional<Connection> shipper;
    for (;;) {
        pollfd events[2] = {{listener.get(), POLLIN, 0},
                            {shipper ? shipper->socket() : -1, POLLIN, 0}};
        if (::poll(events, 2, -1) < 0 && errno != EINTR) fail_by_errno("poll");
        if (shipper && events[1].revents != 0 && !shipper->receive()) shipper.reset();
        if (events[0].revents == 0) continue;
        // One log has one shipper: a new connection means that it has given up the last one.
        Descriptor made(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!made) continue;
        shipper.emplace(std::move(made), log, context);
        if (!shipper->acknowledge()) shipper.reset();
    }
}

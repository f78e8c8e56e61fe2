// SPDX-License-Identifier: Zlib
// Ships a log's lines, compressed, to log_sink over TCP on loopback: each line once and in order, whatever is killed or
// cut off on the way. Frames are compressed as jobs, many at a time, and one poll(2) waits for sockets and jobs.
//
//   log_shipper [-f] [-s STATE] PORT FILE     the lines of FILE, from where STATE says, or all that the sink has not
//   log_shipper PORT -                        the lines of standard input
//
//   -f         goes on as FILE grows, is renamed and made again, or is cut; else ends when all is acknowledged
//   -s STATE   a small file that keeps the position, so that a restart does not read FILE from its beginning
//
// How no line is lost or doubled: the sink says which line it wants, and everything before it is on the sink's disk. A
// frame is kept until it is acknowledged; after a new connection the frames that the sink has not got are sent again. A
// shipper that starts reads on from a position at or before what the sink has, and leaves out what the sink has already.
// Lines that a killed shipper has read from a pipe and that were not acknowledged are gone with it: a file is the way to
// keep them.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <span>
#include <vector>
#include <warpz/warpz.hpp>

#include "log_source.hpp"
#include "log_wire.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using log_wire::Descriptor;
using log_wire::fail;
using log_wire::fail_by_errno;
using log_wire::Header;

constexpr int kLevel = 6;
constexpr std::size_t kMostFrames = 32;  // compressed or not, that are not acknowledged
constexpr auto kFirstPause = 10ms;       // before another connection; doubles
constexpr auto kLongestPause = 1s;
constexpr auto kSilence = 10s;  // a sink that owes an acknowledgement for so long is gone
constexpr auto kLook = 20ms;    // between looks at a file that is followed
constexpr auto kSaveInterval = 200ms;

/// Lines on their way. The job is the library's until it comes back; then `wire` is complete.
struct Frame {
    std::uint64_t sequence;
    std::uint32_t lines;
    Position end;  // behind the lines
    std::string plain;
    std::vector<std::byte> wire;
    warpz_job job;
    bool is_packed = false;

    std::uint64_t next() const { return sequence + lines; }
};

class Shipper {
  public:
    Shipper(unsigned port, const std::string& path, const std::string& state, bool follows)
        : port_(port), source_(path, follows), state_(state) {
        warpz_options options{};
        options.flags = WARPZ_EVENTS;
        context_ = warpz::native::Context::create(options);
        if (!context_) fail("out of memory");
        saved_ = Position::load(state_);
    }

    void run() {
        while (!has_begun_ || !source_.is_ended() || !frames_.empty()) {
            if (has_begun_) read_lines();
            wait_for_events();
            take_packed();
            if (phase_ == Phase::kOpen) send_frames();
            if (Clock::now() >= save_at_) save();
        }
        save();
    }

  private:
    enum class Phase { kClosed, kConnecting, kGreeting, kOpen };

    /// Makes jobs of what can be read now, as long as there is room for frames.
    void read_lines() {
        while (has_room()) {
            const bool is_full = source_.has_frame();
            if (!is_full && source_.read()) continue;
            auto frame = std::make_unique<Frame>();
            frame->lines = source_.take(frame->plain);
            if (frame->lines != 0) {
                frame->end = source_.next();
                frame->sequence = frame->end.sequence - frame->lines;
                submit(std::move(frame));
            } else if (!is_full) {
                return;
            }
        }
    }

    void submit(std::unique_ptr<Frame> frame) {
        frame->wire.resize(Header::kBytes + warpz_bound(frame->plain.size()));
        frame->job = warpz::native::make_job(
            WARPZ_DEFLATE, WARPZ_ZLIB, std::as_bytes(std::span(frame->plain)),
            std::span(frame->wire).subspan(Header::kBytes), kLevel);
        frame->job.user = frame.get();
        if (context_.submit(frame->job) != 1) fail("out of memory");
        made_ = frame->next();
        frames_.push_back(std::move(frame));
    }

    /// Jobs come back in any order.
    void take_packed() {
        warpz_job* done[kMostFrames];
        while (const int count = context_.poll(done)) {
            for (warpz_job* job : std::span(done).first(static_cast<std::size_t>(count))) {
                if (job->status != WARPZ_OK) fail(warpz_status_text(job->status));
                Frame& frame = *static_cast<Frame*>(job->user);
                const Header header{frame.sequence, frame.lines,
                                    static_cast<std::uint32_t>(frame.plain.size()),
                                    static_cast<std::uint32_t>(job->produced)};
                header.write(frame.wire.data());
                frame.wire.resize(Header::kBytes + job->produced);
                frame.plain = {};
                frame.is_packed = true;
            }
        }
    }

    void wait_for_events() {
        if (phase_ == Phase::kClosed && Clock::now() >= connect_at_) connect();
        const bool wants_out = phase_ == Phase::kConnecting || is_blocked_;
        pollfd events[3] = {
            {socket_.get(), static_cast<short>(wants_out ? POLLIN | POLLOUT : POLLIN), 0},
            {context_.event_fd(), POLLIN, 0},
            {has_begun_ && has_room() ? source_.pipe() : -1, POLLIN, 0}};
        if (::poll(events, 3, static_cast<int>(kLook / 1ms)) < 0 && errno != EINTR)
            fail_by_errno("poll");
        if (phase_ == Phase::kConnecting && events[0].revents != 0) {
            int error = 0;
            socklen_t size = sizeof error;
            (void)::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) return disconnect();
            phase_ = Phase::kGreeting;
        } else if ((events[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
            receive();
        }
        const bool is_owed = phase_ == Phase::kOpen ? sent_ != 0 : phase_ != Phase::kClosed;
        if (is_owed && Clock::now() - heard_at_ > kSilence) disconnect();
    }

    void connect() {
        socket_ = log_wire::make_socket();
        phase_ = Phase::kConnecting;
        heard_at_ = Clock::now();
        const sockaddr_in address = log_wire::loopback(port_);
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
                0 &&
            errno != EINPROGRESS) {
            disconnect();
        }
    }

    /// Another connection is tried after a pause, of which a random half keeps shippers from coming all at once.
    void disconnect() {
        socket_ = Descriptor();
        phase_ = Phase::kClosed;
        answer_bytes_ = sent_ = sent_bytes_ = 0;
        is_blocked_ = false;
        connect_at_ = Clock::now() + pause_ / 2 + pause_ / 2 * (random_() % 1000) / 1000;
        pause_ = std::min<Clock::duration>(pause_ * 2, kLongestPause);
    }

    void receive() {
        const ssize_t count =
            ::recv(socket_.get(), answer_ + answer_bytes_, sizeof answer_ - answer_bytes_, 0);
        if (count < 0 && log_wire::may_come()) return;
        if (count <= 0) return disconnect();
        heard_at_ = Clock::now();
        answer_bytes_ += static_cast<std::size_t>(count);
        if (answer_bytes_ < sizeof answer_) return;
        answer_bytes_ = 0;
        std::uint64_t next;
        std::memcpy(&next, answer_, sizeof next);
        acknowledge(le64toh(next));
        phase_ = Phase::kOpen;
    }

    /// The sink has all lines before `next`.
    void acknowledge(std::uint64_t next) {
        if (!has_begun_) {
            source_.begin(saved_, next);
            has_begun_ = true;
            acknowledged_ = made_ = next;
        }
        if (next < acknowledged_) fail("the sink has lost lines that it acknowledged");
        if (next > made_) fail("the sink has lines of another shipper");
        acknowledged_ = next;
        for (; !frames_.empty() && frames_.front()->next() <= next; frames_.pop_front()) {
            reached_ = frames_.front()->end;
            sent_ -= sent_ != 0;
            pause_ = kFirstPause;
        }
    }

    void send_frames() {
        is_blocked_ = false;
        while (sent_ < frames_.size() && frames_[sent_]->is_packed) {
            const auto rest = std::span(frames_[sent_]->wire).subspan(sent_bytes_);
            const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            is_blocked_ = count < 0 && log_wire::may_come();
            if (is_blocked_) return;
            if (count < 0) return disconnect();
            if (sent_ == 0) heard_at_ = Clock::now();
            sent_bytes_ += static_cast<std::size_t>(count);
            if (sent_bytes_ < frames_[sent_]->wire.size()) continue;
            ++sent_;
            sent_bytes_ = 0;
        }
    }

    /// What is saved may lag behind what the sink has, which is asked when a shipper starts.
    void save() {
        if (!state_.empty() && reached_.inode != 0) reached_.save(state_);
        reached_ = {};
        save_at_ = Clock::now() + kSaveInterval;
    }

    bool has_room() const { return frames_.size() < kMostFrames; }

    unsigned port_;
    Source source_;
    std::string state_;
    Position saved_;    // when this shipper started
    Position reached_;  // acknowledged and not saved yet
    Clock::time_point save_at_{};

    Descriptor socket_;
    Phase phase_ = Phase::kClosed;
    bool has_begun_ = false;  // the first greeting said which line is wanted
    bool is_blocked_ = false;
    std::uint64_t acknowledged_ = 0;  // the line that the sink wanted last
    std::uint64_t made_ = 0;          // the line behind the last frame
    Clock::time_point connect_at_{};
    Clock::time_point heard_at_{};
    Clock::duration pause_ = kFirstPause;
    std::minstd_rand random_{std::random_device{}()};
    std::byte answer_[sizeof(std::uint64_t)];
    std::size_t answer_bytes_ = 0;

    std::deque<std::unique_ptr<Frame>> frames_;  // oldest first, from the first not acknowledged
    std::size_t sent_ = 0;                       // of them, as a whole, over this connection
    std::size_t sent_bytes_ = 0;                 // of the next
    warpz::native::Context context_;             // goes before the frames, when jobs are done
};

}  // namespace

int main(int argc, char** argv) {
    bool follows = false;
    std::string state;
    int option;
    while ((option = ::getopt(argc, argv, "fs:")) != -1) {
        if (option == 'f') follows = true;
        if (option == 's') state = optarg;
        if (option == '?') optind = argc;
    }
    const std::string path = argc - optind == 2 ? argv[optind + 1] : "";
    if (path.empty() || (path == "-" && (follows || !state.empty()))) {
        std::fputs("usage: log_shipper [-f] [-s STATE] PORT FILE | log_shipper PORT -\n", stderr);
        return 2;
    }
    const auto port = static_cast<unsigned>(std::atoi(argv[optind]));
    Shipper shipper(port, path, state, follows);
    shipper.run();
    return 0;
}

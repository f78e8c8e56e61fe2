// SPDX-License-Identifier: Zlib
// Users of a queue that outlast their device, that sit on queues, and that work and notice any wrong byte.
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include "raw_queue.hpp"

namespace warpz::vm {
namespace {

constexpr unsigned kAnswerMs = 30'000;  // a busy host's, too

void fill(std::span<std::uint8_t> bytes, std::uint32_t seed) noexcept {
    for (std::uint8_t& byte : bytes) {
        seed = seed * 1664525 + 1013904223;
        // Three bits of eight, so that there is something to find.
        byte = static_cast<std::uint8_t>(seed >> 29 << 3);
    }
}

/// Submits the same request again and again; each answer must be the first one's. Its data are in the queue's window, or in
/// memory of its own where addresses are shared.
class Worker {
  public:
    Worker(const Node& node, RawQueue& queue)
        : queue_(queue), request_(queue.good_request(kBytes)) {
        in_ = queue.dus().data() + queue.window().offset;
        if (node.is_sva) {
            own_.resize(kOutOffset + request_.output_length);
            in_ = own_.data();
            set_address(request_.source_addr, in());
            set_address(request_.dest_addr, out());
        }
        expected_in_.resize(kBytes);
        fill(expected_in_, static_cast<std::uint32_t>(getpid()));
        std::memcpy(in(), expected_in_.data(), kBytes);
    }

    enum class Step { kGood, kWrong, kNoAnswer };
    Step step() {
        std::memset(out(), 0, request_.output_length);
        queue_.submit(request_);
        warpz_zip_sqe answer;
        if (!queue_.take(answer, kAnswerMs)) return Step::kNoAnswer;
        if ((answer.dw3 & WARPZ_ZIP_DW3_STATUS_MASK) > WARPZ_ZIP_STATUS_NEGATIVE ||
            answer.consumed != kBytes || answer.produced == 0 ||
            answer.produced > request_.output_length ||
            std::memcmp(in(), expected_in_.data(), kBytes) != 0) {
            return Step::kWrong;
        }
        if (expected_out_.empty()) expected_out_.assign(out(), out() + answer.produced);
        const bool is_same = answer.produced == expected_out_.size() &&
                             std::memcmp(out(), expected_out_.data(), expected_out_.size()) == 0;
        return is_same ? Step::kGood : Step::kWrong;
    }

  private:
    static constexpr std::uint32_t kBytes = 60'000;
    static constexpr std::size_t kOutOffset = (kBytes + 63) / 64 * 64;
    [[nodiscard]] std::uint8_t* in() const noexcept { return in_; }
    [[nodiscard]] std::uint8_t* out() const noexcept { return in_ + kOutOffset; }
    static void set_address(__le32* words, const std::uint8_t* pointer) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(pointer);
        words[0] = static_cast<std::uint32_t>(address);
        words[1] = static_cast<std::uint32_t>(address >> 32);
    }

    RawQueue& queue_;
    warpz_zip_sqe request_;
    std::uint8_t* in_;
    std::vector<std::uint8_t> own_;
    std::vector<std::uint8_t> expected_in_;
    std::vector<std::uint8_t> expected_out_;
};

}  // namespace

int hold_queues(const Node& node, unsigned count, unsigned seconds) {
    std::vector<std::unique_ptr<RawQueue>> queues;
    for (unsigned i = 0; i < count; ++i) {
        try {
            queues.push_back(std::make_unique<RawQueue>(node, i % 2));
            if (queues.back()->start() != 0) break;
        } catch (const std::system_error& error) {
            std::printf("hold: queue %u: %s\n", i, error.what());
            break;
        }
    }
    std::printf("hold: %zu queues\n", queues.size());
    std::fflush(stdout);
    sleep(seconds);
    return queues.size() == count ? 0 : 1;
}

int work(const Node& node, unsigned seconds) {
    RawQueue queue(node, WARPZ_QC_TYPE_COMPRESS);
    if (queue.start() != 0) return 1;
    Worker worker(node, queue);
    const time_t end = time(nullptr) + static_cast<time_t>(seconds);
    std::uint64_t jobs = 0;
    for (; time(nullptr) < end; ++jobs) {
        const Worker::Step step = worker.step();
        if (step == Worker::Step::kGood) continue;
        std::printf("work: job %llu: %s\n", static_cast<unsigned long long>(jobs),
                    step == Worker::Step::kWrong ? "a wrong answer" : "no answer");
        return 1;
    }
    std::printf("work: %llu jobs\n", static_cast<unsigned long long>(jobs));
    return jobs > 0 ? 0 : 1;
}

int kill_clients(const Node& node, unsigned clients) {
    constexpr unsigned kAtOnce = 40;
    unsigned killed = 0;
    while (killed < clients) {
        std::vector<pid_t> children;
        for (unsigned i = 0; i < kAtOnce && killed + children.size() < clients; ++i) {
            const pid_t child = fork();
            if (child < 0) break;
            if (child == 0) {
                try {
                    work(node, 60);
                } catch (const std::system_error&) {
                    pause();  // no queue for it: it is killed all the same
                }
                _exit(0);
            }
            children.push_back(child);
        }
        usleep(20'000 + killed % 7 * 10'000);
        for (const pid_t child : children) kill(child, SIGKILL);
        for (const pid_t child : children) waitpid(child, nullptr, 0);
        if (children.empty()) return 1;
        killed += static_cast<unsigned>(children.size());
    }
    std::printf("storm: %u clients killed\n", killed);
    return 0;
}

int outlive_device(const Node& node, unsigned seconds) {
    RawQueue queue(node, WARPZ_QC_TYPE_COMPRESS);
    if (queue.start() != 0) return 1;
    Worker worker(node, queue);
    std::printf("outlive: working\n");
    std::fflush(stdout);
    const time_t end = time(nullptr) + static_cast<time_t>(seconds);
    std::uint64_t jobs = 0;
    for (Worker::Step step{}; !queue.is_dead(); ++jobs) {
        if (time(nullptr) >= end) {
            std::printf("outlive: the device is still there\n");
            return 1;
        }
        step = worker.step();
        if (step == Worker::Step::kWrong) {
            std::printf("outlive: a wrong answer\n");
            return 1;
        }
    }
    // Everything a program does before it looks at the status words, and after: a signal would end it here.
    for (int turn = 0; turn < 3; ++turn) {
        for (std::size_t at = 0; at < queue.mmio().size(); at += 4096) {
            *reinterpret_cast<volatile std::uint64_t*>(queue.mmio().data() + at) = at;
        }
        queue.ring_sq(1);
        queue.ring_cq(0, true);
        std::uint32_t sum = 0;
        const std::size_t last = queue.dus().size() - 4096;
        for (std::size_t at = 0; at < queue.dus().size(); at += 64) {
            auto* byte = const_cast<volatile std::uint8_t*>(queue.dus().data() + at);
            sum += *byte;
            if (at < last) *byte = static_cast<std::uint8_t>(sum);
        }
        if (!queue.is_dead()) {
            std::printf("outlive: the status words say that the queue lives\n");
            return 1;
        }
        pollfd wait{.fd = queue.descriptor(), .events = POLLIN, .revents = 0};
        poll(&wait, 1, 200);
        warpz_qp_info info{};
        ioctl(queue.descriptor(), WARPZ_CMD_QP_INFO, &info);
        sleep(1);
    }
    // A queue of a device that was reset can be had back; one of a device that was removed cannot.
    const int stopped = queue.stop();
    const int started = stopped == 0 ? queue.start() : stopped;
    std::printf("outlive: %llu jobs, then START gives %d\n", static_cast<unsigned long long>(jobs),
                started);
    if (started == 0) return Worker(node, queue).step() == Worker::Step::kGood ? 0 : 1;
    return started == ENXIO || started == ENODEV || started == EBUSY ? 0 : 1;
}

}  // namespace warpz::vm

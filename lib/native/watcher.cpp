// SPDX-License-Identifier: Zlib
#include "native/watcher.hpp"

#include <signal.h>

#include "base/futex.hpp"

namespace warpz::native {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;
/// Between looks at what is new while a device works.
constexpr std::uint32_t kTurnUs = 200;

}  // namespace

bool Watcher::start() noexcept {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, kStackBytes);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    is_started_ = pthread_create(&thread_, &attributes, thread_main, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (is_started_) pthread_setname_np(thread_, "warpz-device");
    return is_started_;
}

bool Watcher::give(Ticket& ticket) noexcept {
    if (!is_started_ && !start()) return false;
    Ticket* top = given_.load(std::memory_order_relaxed);
    do {
        ticket.below = top;
    } while (!given_.compare_exchange_weak(top, &ticket, std::memory_order_release,
                                           std::memory_order_relaxed));
    // Only the first of several finds the thread asleep.
    if (top == nullptr) {
        calls_.fetch_add(1, std::memory_order_release);
        futex_wake(calls_, 1);
    }
    return true;
}

void Watcher::stop() noexcept {
    if (!is_started_) return;
    is_stopping_.store(true, std::memory_order_release);
    calls_.fetch_add(1, std::memory_order_release);
    futex_wake(calls_, 1);
    pthread_join(thread_, nullptr);
    is_started_ = false;
}

void* Watcher::thread_main(void* watcher) noexcept {
    static_cast<Watcher*>(watcher)->work();
    return nullptr;
}

void Watcher::work() noexcept {
    while (!is_stopping_.load(std::memory_order_acquire)) {
        const std::uint32_t seen = calls_.load(std::memory_order_acquire);
        {
            const MutexLock lock(lane_.in_use);
            take_new();
            if (first_ != nullptr) lane_.wait(kTurnUs);
            hand_back_done();
            lane_.give_back_released();
        }
        if (first_ == nullptr) futex_wait(calls_, seen);
    }
}

/// Submits what was given, oldest first. What no queue takes goes back at once.
void Watcher::take_new() noexcept {
    Ticket* oldest = nullptr;
    for (Ticket* ticket = given_.exchange(nullptr, std::memory_order_acquire); ticket != nullptr;) {
        Ticket* const below = ticket->below;
        ticket->below = oldest;
        oldest = ticket;
        ticket = below;
    }
    while (oldest != nullptr) {
        Ticket& ticket = *oldest;
        oldest = ticket.below;
        if (lane_.submit(*ticket.user, ticket.job)) {
            ticket.below = first_;
            first_ = &ticket;
        } else {
            ticket.is_done = false;
            hand_back_(ticket);
        }
    }
}

void Watcher::hand_back_done() noexcept {
    for (Ticket** link = &first_; *link != nullptr;) {
        Ticket& ticket = **link;
        if (ticket.job.state.load(std::memory_order_relaxed) == offload::Job::kOnDevice) {
            link = &ticket.below;
            continue;
        }
        *link = ticket.below;
        ticket.is_done = DeviceLane::finish(*ticket.user, ticket.job);
        hand_back_(ticket);
    }
}

}  // namespace warpz::native

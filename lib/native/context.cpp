// SPDX-License-Identifier: Zlib
#include "native/context.hpp"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/futex.hpp"
#include "offload/devices.hpp"
#include "offload/executors.hpp"

using namespace warpz;
using native::Coder;
using native::DeviceLane;
using offload::CorePool;

void warpz_context::List::append(Ticket& ticket) noexcept {
    ticket.next = nullptr;
    ticket.previous = last;
    (last != nullptr ? last->next : first) = &ticket;
    last = &ticket;
}

void warpz_context::List::remove(Ticket& ticket) noexcept {
    (ticket.previous != nullptr ? ticket.previous->next : first) = ticket.next;
    (ticket.next != nullptr ? ticket.next->previous : last) = ticket.previous;
}

namespace {

/// A device's queue takes no more at once; what is beyond goes to the pool.
constexpr unsigned kMostOnDevice = 48;
/// Between looks at a device while a time-out runs.
constexpr std::uint64_t kLookNs = 50'000;

[[nodiscard]] unsigned cores_of_process() noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

[[nodiscard]] unsigned threads_for(const warpz_options& options) noexcept {
    if (options.threads != 0) return options.threads;
    return config().threads != 0 ? config().threads : cores_of_process();
}

}  // namespace

warpz_context::warpz_context(const warpz_options& options) noexcept : flags_(options.flags) {}

warpz_context* warpz_context::create(const warpz_options& options) noexcept {
    void* const memory = std::malloc(sizeof(warpz_context));
    if (memory == nullptr) return nullptr;
    auto* const context = ::new (memory) warpz_context(options);
    context->pool_ = CorePool::of_process(threads_for(options));
    if ((options.flags & WARPZ_EVENTS) != 0)
        context->event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (context->pool_ == nullptr ||
        ((options.flags & WARPZ_EVENTS) != 0 && context->event_fd_ < 0)) {
        destroy(context);
        return nullptr;
    }
    return context;
}

void warpz_context::destroy(warpz_context* context) noexcept {
    if (context == nullptr) return;
    if (context->is_here()) {
        warpz_job* done[16];
        while (context->pending_ != 0) (void)context->wait(done, 16, -1);
        while (context->leaving_.load(std::memory_order_acquire) != 0) sched_yield();
        context->watcher_.stop();
    }
    if (context->event_fd_ >= 0) close(context->event_fd_);
    while (context->spare_ != nullptr) {
        Ticket* const ticket = context->spare_;
        context->spare_ = ticket->next;
        std::free(ticket);
    }
    // In a child some may be in the hands of workers that are not there.
    while (context->coders_ != nullptr) {
        Coder* const coder = context->coders_;
        context->coders_ = coder->next;
        Coder::destroy(coder);
    }
    // In a child the watcher's queues may be in the middle of a change, and nobody is there to end it.
    if (context->is_here() || !context->has_events()) context->~warpz_context();
    std::free(context);
}

warpz_context::Ticket* warpz_context::take_ticket() noexcept {
    Ticket* ticket = spare_;
    if (ticket != nullptr) {
        spare_ = ticket->next;
        return ticket;
    }
    void* const memory = std::malloc(sizeof(Ticket));
    return memory != nullptr ? ::new (memory) Ticket : nullptr;
}

int warpz_context::submit(warpz_job* const* jobs, unsigned count) noexcept {
    unsigned done = 0;
    int refusal = 0;
    for (; done < count; ++done) {
        if (jobs[done] == nullptr) {
            refusal = WARPZ_ERROR_PARAMETER;
            break;
        }
        warpz_job& job = *jobs[done];
        Ticket* const ticket = take_ticket();
        if (ticket == nullptr) {
            refusal = WARPZ_ERROR_NO_MEMORY;
            break;
        }
        ticket->user = &job;
        ticket->context = this;
        job.consumed = job.produced = 0;
        job.status = WARPZ_OK;
        ++pending_;
        const bool is_first = job.stream == nullptr || !job.stream->busy.exchange(true);
        if (!is_first || !native::is_valid(job)) {
            job.status = is_first ? WARPZ_ERROR_PARAMETER : WARPZ_ERROR_BUSY;
            if (is_first && job.stream != nullptr) job.stream->busy.store(false);
            ticket->executor = WARPZ_INLINE;
            ready_.append(*ticket);
            continue;
        }
        if (!give_to_device(*ticket)) give_to_pool(*ticket);
    }
    if (ready_.first != nullptr && event_fd_ >= 0) (void)eventfd_write(event_fd_, 1);
    return done == 0 ? refusal : static_cast<int>(done);
}

bool warpz_context::give_to_device(Ticket& ticket) noexcept {
    if ((flags_ & WARPZ_NO_DEVICE) != 0 || on_device_count_ >= kMostOnDevice ||
        !DeviceLane::wants(*ticket.user)) {
        return false;
    }
    ticket.executor = WARPZ_DEVICE;
    if (!(has_events() ? watcher_.give(ticket) : lane_.submit(*ticket.user, ticket.job)))
        return false;
    on_device_.append(ticket);
    ++on_device_count_;
    return true;
}

void warpz_context::give_to_pool(Ticket& ticket) noexcept {
    if (pool_->cores() <= 1) {
        run_here(ticket);
        return;
    }
    ticket.executor = WARPZ_POOL;
    ticket.job.task = run_ticket;
    ticket.job.input = reinterpret_cast<const std::uint8_t*>(&ticket);
    const bool is_urgent = ticket.user->priority == WARPZ_LATENCY;
    // Who polls does no jobs, so without threads nobody would.
    if (pool_->submit(ticket.job, is_urgent) || !pool_->withdraw(ticket.job)) {
        in_pool(ticket).append(ticket);
    } else {
        run_here(ticket);
    }
}

void warpz_context::run_here(Ticket& ticket) noexcept {
    ticket.executor = WARPZ_INLINE;
    do_job(*ticket.user);
    ready_.append(ticket);
}

/// On a thread of the pool.
void warpz_context::run_ticket(offload::Job& job) noexcept {
    auto* const ticket = reinterpret_cast<Ticket*>(const_cast<std::uint8_t*>(job.input));
    ticket->context->leaving_.fetch_add(1, std::memory_order_relaxed);
    ticket->context->do_job(*ticket->user);
    ticket->context->finish(*ticket);
}

void warpz_context::do_job(warpz_job& job) noexcept {
    Coder* const coder = take_coder();
    if (coder == nullptr) {
        job.status = WARPZ_ERROR_NO_MEMORY;
        return;
    }
    coder->run(job);
    const MutexLock lock(mutex_);
    coder->is_busy = false;
}

/// An idle one, or a new one; null without memory. There are no more than threads that work on jobs at a time.
Coder* warpz_context::take_coder() noexcept {
    const MutexLock lock(mutex_);
    Coder* coder = coders_;
    while (coder != nullptr && coder->is_busy) coder = coder->next;
    if (coder == nullptr) {
        coder = Coder::create();
        if (coder == nullptr) return nullptr;
        coder->next = coders_;
        coders_ = coder;
    }
    coder->is_busy = true;
    return coder;
}

/// The ticket, and with it perhaps the context, is the owner's as soon as it is on the stack; leaving_ keeps the context.
void warpz_context::finish(Ticket& ticket) noexcept {
    Ticket* top = done_.load(std::memory_order_relaxed);
    do {
        ticket.below = top;
    } while (!done_.compare_exchange_weak(top, &ticket, std::memory_order_acq_rel));
    if (top == nullptr && event_fd_ >= 0) (void)eventfd_write(event_fd_, 1);
    finished_.fetch_add(1, std::memory_order_seq_cst);
    if (is_sleeping_.load(std::memory_order_seq_cst)) futex_wake(finished_, 1);
    leaving_.fetch_sub(1, std::memory_order_release);
}

/// Puts what workers and the watcher have done among what is ready.
void warpz_context::collect() noexcept {
    if (done_.load(std::memory_order_relaxed) == nullptr) return;
    for (Ticket* ticket = done_.exchange(nullptr, std::memory_order_acq_rel); ticket != nullptr;) {
        Ticket* const below = ticket->below;
        if (ticket->executor == WARPZ_DEVICE) {
            take_from_device(*ticket, ticket->is_done);
        } else {
            in_pool(*ticket).remove(*ticket);
            ready_.append(*ticket);
        }
        ticket = below;
    }
}

void warpz_context::take_from_device(Ticket& ticket, bool is_done) noexcept {
    on_device_.remove(ticket);
    --on_device_count_;
    if (is_done) {
        ready_.append(ticket);
    } else {
        ++statistics_.device_retries;
        give_to_pool(ticket);
    }
}

void warpz_context::collect_from_device(std::uint32_t wait_us) noexcept {
    lane_.wait(wait_us);
    for (Ticket* ticket = on_device_.first; ticket != nullptr;) {
        Ticket* const next = ticket->next;
        if (ticket->job.state.load(std::memory_order_relaxed) != offload::Job::kOnDevice)
            take_from_device(*ticket, DeviceLane::finish(*ticket->user, ticket->job));
        ticket = next;
    }
}

void warpz_context::hand_back(Ticket& ticket) noexcept {
    ticket.context->leaving_.fetch_add(1, std::memory_order_relaxed);
    ticket.context->finish(ticket);
}

/// Does the next job, as a thread of the pool would: of two batches the older one ends first, while there is still work on the
/// other. False when all are begun.
bool warpz_context::help() noexcept {
    for (const int priority : {WARPZ_LATENCY, WARPZ_THROUGHPUT}) {
        for (Ticket* ticket = in_pool_[priority].first; ticket != nullptr; ticket = ticket->next) {
            const bool is_waiting =
                ticket->job.state.load(std::memory_order_relaxed) == offload::Job::kQueued;
            if (!is_waiting || !pool_->withdraw(ticket->job)) continue;
            in_pool_[priority].remove(*ticket);
            do_job(*ticket->user);
            ++statistics_.helped;
            ready_.append(*ticket);
            return true;
        }
    }
    return false;
}

unsigned warpz_context::hand_out(warpz_job** done, unsigned capacity) noexcept {
    unsigned count = 0;
    for (; count < capacity && ready_.first != nullptr; ++count) {
        Ticket& ticket = *ready_.first;
        ready_.remove(ticket);
        warpz_job& job = *ticket.user;
        job.executor = ticket.executor;
        const bool has_run = job.status != WARPZ_ERROR_BUSY && job.status != WARPZ_ERROR_PARAMETER;
        if (job.stream != nullptr && has_run) job.stream->busy.store(false);
        ++statistics_.jobs[job.executor];
        statistics_.in_bytes += job.consumed;
        statistics_.out_bytes += job.produced;
        statistics_.failed += job.status < 0;
        done[count] = &job;
        ticket.next = spare_;
        spare_ = &ticket;
        --pending_;
    }
    return count;
}

unsigned warpz_context::poll(warpz_job** done, unsigned capacity) noexcept {
    if (ready_.first != nullptr) return hand_out(done, capacity);
    // Cleared before looking, so that what is done from here on raises it again.
    eventfd_t events;
    const bool is_cleared = has_events() && eventfd_read(event_fd_, &events) == 0;
    collect();
    if (looks_at_device()) collect_from_device(0);
    const unsigned count = hand_out(done, capacity);
    if (is_cleared && ready_.first != nullptr) (void)eventfd_write(event_fd_, 1);
    return count;
}

unsigned warpz_context::wait(warpz_job** done, unsigned capacity, int timeout_ms) noexcept {
    const std::uint64_t deadline =
        timeout_ms < 0 ? ~std::uint64_t{0}
                       : monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000;
    for (;;) {
        const std::uint32_t seen = finished_.load(std::memory_order_acquire);
        if (const unsigned count = poll(done, capacity); count != 0 || capacity == 0) return count;
        if (pending_ == 0 || timeout_ms == 0) return 0;
        if (help()) continue;
        const std::uint64_t now = timeout_ms < 0 ? 0 : monotonic_ns();
        if (now >= deadline) return 0;
        if (looks_at_device() && is_pool_empty()) {
            // Rounded up, so that the time is over when it returns for that.
            const std::uint64_t left_us = (deadline - now) / 1000 + 1;
            collect_from_device(
                static_cast<std::uint32_t>(std::min<std::uint64_t>(left_us, DeviceLane::kForever)));
            continue;
        }
        is_sleeping_.store(true, std::memory_order_seq_cst);
        if (finished_.load(std::memory_order_seq_cst) == seen) {
            const std::uint64_t until =
                looks_at_device() ? std::min(deadline, monotonic_ns() + kLookNs) : deadline;
            if (until == ~std::uint64_t{0}) {
                futex_wait(finished_, seen);
            } else {
                (void)futex_wait_until(finished_, seen, until);
            }
        }
        is_sleeping_.store(false, std::memory_order_relaxed);
    }
}

void warpz_context::run(warpz_job& job) noexcept {
    job.consumed = job.produced = 0;
    if (!native::is_valid(job)) {
        job.status = WARPZ_ERROR_PARAMETER;
    } else if (job.stream != nullptr && job.stream->busy.exchange(true)) {
        job.status = WARPZ_ERROR_BUSY;
    } else {
        do_job(job);
        if (job.stream != nullptr) job.stream->busy.store(false);
    }
    job.executor = WARPZ_INLINE;
    ++statistics_.jobs[WARPZ_INLINE];
    statistics_.in_bytes += job.consumed;
    statistics_.out_bytes += job.produced;
    statistics_.failed += job.status < 0;
}

void warpz_context::query(warpz_capabilities& found) const noexcept {
    found = {};
    found.api_version = WARPZ_API_VERSION;
    found.cores = pool_->cores();
    found.level_max = WARPZ_LEVEL_MAX;
    if ((flags_ & WARPZ_NO_DEVICE) != 0) return;
    const engine::Executors executors = offload::deflate_executors(deflate::kDefaultLevel);
    found.has_device = executors.device != engine::DeviceState::kNone;
    found.device_is_ready = executors.device == engine::DeviceState::kReady;
    found.device_copies = found.has_device != 0 && offload::Devices::of_process()->copies();
    if (found.has_device != 0) {
        found.device_min_bytes =
            executors.forced_bytes != 0 ? executors.forced_bytes : executors.break_even_bytes;
    }
}

warpz_statistics warpz_context::statistics() const noexcept {
    warpz_statistics found = statistics_;
    found.copied_bytes = lane_.copied_bytes();
    return found;
}

/// A watcher has it for a moment only when it has no jobs. Else it may be long, and it gives back what was released then.
bool warpz_context::take_lane() noexcept {
    if (on_device_count_ != 0) return lane_.in_use.try_lock();
    lane_.in_use.lock();
    return true;
}

void warpz_context::give_lane() noexcept {
    lane_.give_back_released();
    lane_.in_use.unlock();
}

void* warpz_context::take_buffer(int operation, std::size_t bytes) noexcept {
    const bool has_lane = (flags_ & WARPZ_NO_DEVICE) == 0 && take_lane();
    void* const buffer = buffers_.take(has_lane ? &lane_ : nullptr, operation, bytes);
    if (has_lane) give_lane();
    return buffer;
}

void warpz_context::free_buffer(void* buffer) noexcept {
    if (!is_here()) {
        buffers_.forget(buffer);
        return;
    }
    buffers_.give_back(lane_, buffer);
    if (take_lane()) give_lane();
}

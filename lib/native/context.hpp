// SPDX-License-Identifier: Zlib
// A context of the interface: jobs under way and who has them. A job has a ticket, by which it waits in the pool or lies
// on a device's queue; when it is done the ticket comes back on a stack that needs no lock.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.hpp"
#include "base/process_stamp.hpp"
#include "native/buffers.hpp"
#include "native/coder.hpp"
#include "native/watcher.hpp"
#include "offload/core_pool.hpp"
#include "warpz/warpz.h"

struct warpz_context {
  public:
    [[nodiscard]] static warpz_context* create(const warpz_options& options) noexcept;
    static void destroy(warpz_context* context) noexcept;

    [[nodiscard]] bool is_here() const noexcept { return owner_.is_here(); }
    int submit(warpz_job* const* jobs, unsigned count) noexcept;
    unsigned poll(warpz_job** done, unsigned capacity) noexcept;
    unsigned wait(warpz_job** done, unsigned capacity, int timeout_ms) noexcept;
    void run(warpz_job& job) noexcept;
    [[nodiscard]] int event_fd() const noexcept { return event_fd_; }
    [[nodiscard]] unsigned pending() const noexcept { return pending_; }
    void query(warpz_capabilities& found) const noexcept;
    [[nodiscard]] warpz_statistics statistics() const noexcept;
    [[nodiscard]] void* take_buffer(int operation, std::size_t bytes) noexcept;
    /// In a child, too.
    void free_buffer(void* buffer) noexcept;

  private:
    using Ticket = warpz::native::Ticket;
    struct List {
        Ticket* first = nullptr;
        Ticket* last = nullptr;
        void append(Ticket& ticket) noexcept;
        void remove(Ticket& ticket) noexcept;
    };

    explicit warpz_context(const warpz_options& options) noexcept;
    [[nodiscard]] Ticket* take_ticket() noexcept;
    [[nodiscard]] bool has_events() const noexcept { return event_fd_ >= 0; }
    /// Whether this thread is the one that sees a device's answers.
    [[nodiscard]] bool looks_at_device() const noexcept {
        return on_device_count_ != 0 && !has_events();
    }
    [[nodiscard]] bool give_to_device(Ticket& ticket) noexcept;
    void give_to_pool(Ticket& ticket) noexcept;
    static void hand_back(Ticket& ticket) noexcept;
    static void run_ticket(warpz::offload::Job& job) noexcept;
    void do_job(warpz_job& job) noexcept;
    [[nodiscard]] warpz::native::Coder* take_coder() noexcept;
    void finish(Ticket& ticket) noexcept;
    void collect() noexcept;
    [[nodiscard]] bool take_lane() noexcept;
    void give_lane() noexcept;
    void collect_from_device(std::uint32_t wait_us) noexcept;
    void take_from_device(Ticket& ticket, bool is_done) noexcept;
    [[nodiscard]] List& in_pool(const Ticket& ticket) noexcept {
        return in_pool_[ticket.user->priority];
    }
    [[nodiscard]] bool is_pool_empty() const noexcept {
        return in_pool_[0].first == nullptr && in_pool_[1].first == nullptr;
    }
    void run_here(Ticket& ticket) noexcept;
    [[nodiscard]] bool help() noexcept;
    unsigned hand_out(warpz_job** done, unsigned capacity) noexcept;

    warpz::ProcessOwner owner_;
    unsigned flags_;
    int event_fd_ = -1;
    warpz::offload::CorePool* pool_ = nullptr;
    warpz::native::DeviceLane lane_;  // this thread's; with an event the watcher's
    warpz::native::Watcher watcher_{lane_, hand_back};
    warpz::native::Buffers buffers_;
    warpz_statistics statistics_{};

    // The context's thread only.
    unsigned pending_ = 0;
    unsigned on_device_count_ = 0;
    Ticket* spare_ = nullptr;
    List in_pool_[2];  // by priority
    List on_device_;
    List ready_;  // done, to be handed out

    // Workers, too.
    warpz::Mutex mutex_;  // of coders_, and of who is busy
    warpz::native::Coder* coders_ = nullptr;
    std::atomic<Ticket*> done_{nullptr};
    std::atomic<std::uint32_t> finished_{0};
    std::atomic<bool> is_sleeping_{false};
    std::atomic<std::uint32_t> leaving_{0};  // workers that may still touch the context
};

// SPDX-License-Identifier: Zlib
// What every register front end has in common: queues with a worker behind each that runs, counters, faults. A front end
// says how a queue comes to life and what becomes of interrupts and errors; queue_worker.hpp does the work in between. The
// bus's lock is held in every function here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "accelerator.h"
#include "backing.hpp"
#include "device/model/seal.hpp"
#include "device/transport.hpp"
#include "fault_switch.hpp"
#include "registers.hpp"
#include "work_line.hpp"

namespace warpz::accelerator {

class QueueWorker;

/// One queue: the context as software programmed it, and where the rings stand.
struct Queue {
    QueueState state = QueueState::kIdle;
    QueueCause cause = QueueCause::kNone;
    std::uint64_t base = 0;  ///< added to addresses in descriptors without a PASID
    std::uint64_t sq_address = 0;
    std::uint64_t cq_address = 0;
    std::uint32_t length = 0;
    std::uint32_t depth = 0;
    std::uint32_t window_offset = 0;
    std::uint64_t window_length = 0;
    std::uint32_t pasid = 0;
    std::uint32_t type = 0;
    std::uint32_t vector = 0;
    std::uint16_t sq_head = 0;
    std::uint16_t sq_tail = 0;
    std::uint16_t cq_head = 0;
    std::uint16_t cq_tail = 0;
    std::uint16_t phase = 1;
    std::uint32_t descriptors = 0;
    bool is_armed = false;
    bool is_hung = false;   ///< a fault: nothing is answered any more
    bool is_stuck = false;  ///< a fault: nor does STOP end
    std::shared_ptr<QueueWorker> worker;

    [[nodiscard]] std::uint32_t sq_entries() const noexcept { return depth & 0xffff; }
    [[nodiscard]] std::uint32_t cq_entries() const noexcept { return depth >> 16; }
    [[nodiscard]] bool has_pasid() const noexcept { return (pasid & kPasidValid) != 0; }
    [[nodiscard]] bool has_entries() const noexcept { return sq_head != sq_tail; }
    /// One slot stays empty.
    [[nodiscard]] bool has_room() const noexcept {
        return (cq_tail + 1U == cq_entries() ? 0U : cq_tail + 1U) != cq_head;
    }
};

class QueueDevice : public std::enable_shared_from_this<QueueDevice> {
  public:
    QueueDevice(const QueueDevice&) = delete;
    QueueDevice& operator=(const QueueDevice&) = delete;

    /// Ends all workers; none of them touches the host again.
    void cancel_workers();
    void wake_workers();
    bool set_fault(std::string_view text);
    [[nodiscard]] std::string describe() const;
    [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }

    // For workers:
    [[nodiscard]] const warpz_host& host() const noexcept { return host_; }
    [[nodiscard]] Queue& queue(unsigned number) noexcept { return queues_[number]; }
    [[nodiscard]] unsigned level() const noexcept { return level_; }
    [[nodiscard]] device::Generation generation() const noexcept { return generation_; }
    [[nodiscard]] const device::model::SealKey& seal_key() const noexcept { return key_; }
    [[nodiscard]] WorkLine& work_line() noexcept { return work_line_; }
    /// Null where all is done by the cores.
    [[nodiscard]] Backing* backing() const noexcept { return backing_.get(); }
    /// Who did an entry that has a backing, what it moved, and in how many attempts the backing failed.
    void count_backing(bool is_by_backing, std::uint64_t bytes, unsigned failures) noexcept;
    void count(Counter counter, std::uint64_t more = 1) noexcept;
    [[nodiscard]] Fault next_fault() noexcept { return faults_.next(); }
    void vanish();

    /// Whether queues take entries at all.
    [[nodiscard]] virtual bool is_enabled() const noexcept = 0;
    /// The queue, or the device as a whole, does no more until software acts.
    virtual void stop_queue_with(unsigned number, QueueCause cause) = 0;
    virtual void fail() = 0;
    /// An entry named memory that answered with an error; its status says so, too.
    virtual void report_bus_error() = 0;
    /// There are entries, and no room for their completions.
    virtual void on_full_ring(unsigned number) = 0;
    /// Completions are there: raises an interrupt if one is asked for and due.
    virtual void notify(Queue& queue) = 0;
    /// An entry was answered.
    virtual void on_answer(const Queue& /*queue*/, std::uint32_t /*consumed*/,
                           std::uint32_t /*produced*/, bool /*is_success*/) {}

  protected:
    QueueDevice(unsigned queues, unsigned level, device::Generation generation,
                const warpz_host& host, WorkLine work_line = {0, 0},
                std::shared_ptr<Backing> backing = nullptr);
    ~QueueDevice() = default;

    /// Fresh queues, counters and key. Workers of the old world find themselves cancelled before their next access.
    void renew();
    /// A worker for a queue whose context is complete; its rings start empty. False: no thread can be had.
    bool launch(unsigned number);
    /// A doorbell of a running queue, as zip_sqe.h has it. False: it breaks a rule, and nothing has happened.
    [[nodiscard]] bool ring(unsigned number, std::uint64_t value);

    const unsigned level_;
    const device::Generation generation_;
    warpz_host host_;
    device::model::SealKey key_;
    std::vector<Queue> queues_;
    FaultSwitch faults_;
    WorkLine work_line_;
    const std::shared_ptr<Backing> backing_;
    bool is_gone_ = false;
    std::array<std::uint64_t, kCounterCount> counters_{};
    std::array<std::uint64_t, kCounterCount> totals_{};  // since creation
    std::uint64_t resets_ = 0;
    /// Since creation: entries and their bytes.
    struct Done {
        std::uint64_t jobs = 0;
        std::uint64_t bytes = 0;
    };
    Done by_backing_{};
    Done by_cores_{};
    std::uint64_t backing_failures_ = 0;
};

}  // namespace warpz::accelerator

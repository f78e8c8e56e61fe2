// SPDX-License-Identifier: Zlib
// The accelerator's registers and queues: what reads and writes of its two BARs do (driver/SPEC.md, sections 2 to 8). The
// front end's lock is held in every function here; what queues do with bus memory is in queue_worker.hpp.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "accelerator.h"
#include "device/model/seal.hpp"
#include "fault_switch.hpp"
#include "registers.hpp"
#include "work_line.hpp"

namespace warpz::accelerator {

class QueueWorker;

/// One queue: the context as software programmed it, and where the rings stand.
struct Queue {
    QueueState state = QueueState::kIdle;
    QueueCause cause = QueueCause::kNone;
    std::uint64_t base = 0;
    std::uint32_t length = 0;
    std::uint32_t depth = 0;
    std::uint32_t window_offset = 0;
    std::uint32_t window_length = 0;
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
};

class Accelerator : public std::enable_shared_from_this<Accelerator> {
  public:
    Accelerator(const warpz_accelerator_options& options, const warpz_host& host);

    std::uint64_t read_control(std::uint64_t offset, unsigned size);
    void write_control(std::uint64_t offset, std::uint64_t value, unsigned size);
    void write_window(std::uint64_t offset, std::uint64_t value, unsigned size);
    void reset();
    /// Ends all workers; none of them touches the host again.
    void cancel_workers();
    void wake_workers();
    bool set_fault(std::string_view text);
    [[nodiscard]] std::string describe() const;
    [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }

    // For workers:
    [[nodiscard]] const warpz_host& host() const noexcept { return host_; }
    [[nodiscard]] Queue& queue(unsigned number) noexcept { return queues_[number]; }
    [[nodiscard]] unsigned level() const noexcept { return options_.level; }
    [[nodiscard]] const device::model::SealKey& seal_key() const noexcept { return key_; }
    [[nodiscard]] bool is_enabled() const noexcept { return (control_ & kControlEnable) != 0; }
    [[nodiscard]] WorkLine& work_line() noexcept { return work_line_; }
    void count(Counter counter, std::uint64_t more = 1) noexcept;
    [[nodiscard]] Fault next_fault() noexcept { return faults_.next(); }
    void stop_queue_with(unsigned number, QueueCause cause);
    void report(std::uint32_t error_bits);
    void fail();
    void vanish();
    /// Raises the queue's vector if an event is asked for and due.
    void notify(Queue& queue);

  private:
    [[nodiscard]] std::uint32_t read_register(std::uint32_t offset) const;
    [[nodiscard]] std::uint32_t read_context(const Queue& queue, std::uint32_t offset) const;
    void write_register(std::uint32_t offset, std::uint32_t value);
    void write_context(unsigned number, std::uint32_t offset, std::uint32_t value);
    void start(unsigned number);
    void stop(unsigned number);
    [[nodiscard]] bool is_context_good(const Queue& queue) const;
    void raise_errors(std::uint32_t fresh);

    warpz_accelerator_options options_;
    warpz_host host_;
    device::model::SealKey key_;
    std::vector<Queue> queues_;
    FaultSwitch faults_;
    WorkLine work_line_;
    bool is_gone_ = false;
    std::uint32_t control_ = 0;
    std::uint32_t status_ = kStatusReady;
    std::uint32_t error_status_ = 0;
    std::uint32_t error_mask_ = ~0U;
    std::uint32_t error_queue_ = 0;
    std::array<std::uint64_t, kCounterCount> counters_{};
    std::array<std::uint64_t, kCounterCount> totals_{};  // since creation
    std::uint64_t resets_ = 0;
};

}  // namespace warpz::accelerator

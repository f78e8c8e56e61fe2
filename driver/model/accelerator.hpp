// SPDX-License-Identifier: Zlib
// The accelerator's registers and queues: what reads and writes of its two BARs do (driver/SPEC.md, sections 2 to 8). The
// front end's lock is held in every function here; what queues do with bus memory is in queue_worker.hpp.
#pragma once

#include <cstdint>

#include "accelerator.h"
#include "queue_device.hpp"
#include "registers.hpp"

namespace warpz::accelerator {

class Accelerator final : public QueueDevice {
  public:
    Accelerator(const warpz_accelerator_options& options, const warpz_host& host);

    std::uint64_t read_control(std::uint64_t offset, unsigned size);
    void write_control(std::uint64_t offset, std::uint64_t value, unsigned size);
    void write_window(std::uint64_t offset, std::uint64_t value, unsigned size);
    void reset();

    // For workers:
    [[nodiscard]] bool is_enabled() const noexcept override {
        return (control_ & kControlEnable) != 0;
    }
    void stop_queue_with(unsigned number, QueueCause cause) override;
    void fail() override;
    void report_bus_error() override { report(kErrorBusBit); }
    /// The queue waits for its doorbell.
    void on_full_ring(unsigned /*number*/) override {}
    void notify(Queue& queue) override;

  private:
    [[nodiscard]] std::uint32_t read_register(std::uint32_t offset) const;
    [[nodiscard]] std::uint32_t read_context(const Queue& queue, std::uint32_t offset) const;
    void write_register(std::uint32_t offset, std::uint32_t value);
    void write_context(unsigned number, std::uint32_t offset, std::uint32_t value);
    void start(unsigned number);
    void stop(unsigned number);
    [[nodiscard]] bool is_context_good(const Queue& queue) const;
    void report(std::uint32_t error_bits);
    void raise_errors(std::uint32_t fresh);

    warpz_accelerator_options options_;
    std::uint32_t control_ = 0;
    std::uint32_t status_ = kStatusReady;
    std::uint32_t error_status_ = 0;
    std::uint32_t error_mask_ = ~0U;
    std::uint32_t error_queue_ = 0;
};

}  // namespace warpz::accelerator

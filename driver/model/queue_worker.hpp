// SPDX-License-Identifier: Zlib
// The thread behind a running queue: takes entries, has them executed, writes answers (driver/SPEC.md, sections 5 and 6).
// It lives from START to IDLE. Whoever stops caring for it (a reset, an error, a removal) cancels it and forgets it: all
// its accesses happen under the front end's lock, where it looks first whether it has been cancelled.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "device/model/descriptor_executor.hpp"
#include "queue_device.hpp"

namespace warpz::accelerator {

class QueueWorker final : private device::model::DeviceMemory {
  public:
    /// Null when no thread can be had. The lock is held, here and below.
    static std::shared_ptr<QueueWorker> start(std::shared_ptr<QueueDevice> device, unsigned number);

    QueueWorker(std::shared_ptr<QueueDevice> device, unsigned number);
    ~QueueWorker();
    QueueWorker(const QueueWorker&) = delete;
    QueueWorker& operator=(const QueueWorker&) = delete;

    void wake() noexcept;
    void cancel() noexcept;

  private:
    static void* thread_main(void* worker);
    void run();
    /// Returns what the entry counts for in the line of workers, in bytes.
    std::uint64_t serve();
    void execute(device::Sqe& sqe, const Fault& fault, bool& is_answered);
    void break_queue(QueueCause cause);
    bool wait_until_late(std::uint64_t delay_us);
    bool answer(const device::Sqe& sqe, const Fault& fault);
    bool is_due(const Queue& queue) const;
    void sleep(std::uint32_t seen, std::uint64_t deadline_ns = 0);

    // Memory as descriptors name it; the lock is not held.
    bool admits(std::uint64_t address, std::size_t size) noexcept override;
    bool read(std::uint64_t address, std::span<std::uint8_t> to) noexcept override;
    bool write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept override;
    bool is_in_window(std::uint64_t address, std::size_t size) noexcept;
    bool reach(std::uint64_t address, void* bytes, std::size_t size, bool writes) noexcept;
    bool reach_shared(std::uint64_t address, std::uint8_t* bytes, std::size_t size,
                      bool writes) noexcept;
    bool access_ring(std::uint64_t address, void* bytes, std::size_t size, bool writes) noexcept;

    const std::shared_ptr<QueueDevice> device_;
    const warpz_host host_;
    const unsigned number_;
    std::atomic<std::uint32_t> wakes_{0};
    bool is_cancelled_ = false;  // under the lock
    bool has_bus_error_ = false;
    bool has_page_failure_ = false;
    const std::unique_ptr<Backing::Engine> engine_;  // null: the cores do everything
    device::model::DescriptorExecutor executor_;

    // The context, as it was at START: software cannot change it while the queue runs.
    device::Operation operation_ = device::Operation::kDeflate;
    std::uint64_t sq_ = 0;
    std::uint64_t cq_ = 0;
    std::uint64_t base_ = 0;
    std::uint64_t window_offset_ = 0;
    std::uint64_t window_length_ = 0;
    std::uint32_t pasid_ = WARPZ_NO_PASID;
};

}  // namespace warpz::accelerator

// SPDX-License-Identifier: Zlib
// The devices of this process, by its configuration, behind one pool of queues; and whether they can be relied on.
#pragma once

#include <span>

#include "device/queue_pool.hpp"
#include "engine/route.hpp"

namespace warpz::offload {

class Devices {
  public:
    static constexpr std::size_t kMaxDevices = 8;

    /// The devices that WARPZ_DEVICE names; null when there are none. Any thread; looks for them once.
    [[nodiscard]] static Devices* of_process() noexcept;

    /// Uses these instead, for tests and benchmarks; before anything else asks. They outlive the process's streams.
    static void install(std::span<device::Device* const> devices,
                        const device::PoolOptions& options) noexcept;

    /// A queue, if one is to be had: see QueuePool::lease().
    [[nodiscard]] Result<device::QueueLease> lease(device::Operation operation,
                                                   const device::Device* only = nullptr,
                                                   std::uint32_t wait_us = 0) noexcept;

    [[nodiscard]] engine::DeviceState state() noexcept;
    /// Whether any device offers the format.
    [[nodiscard]] bool has_format(device::Format format) const noexcept;

    /// Whether any device reaches only a window of memory, so that jobs' data is copied.
    [[nodiscard]] bool copies() const noexcept;

    /// What became of a job: after several failures in a row, or a lost queue, devices are left alone for a while.
    void report(device::Outcome outcome) noexcept;

    /// Whether the packet that a device has just deflated is to be decoded before it is used (WARPZ_VERIFY).
    [[nodiscard]] bool wants_proof() noexcept;
    /// What became of that.
    void report_proof(bool is_good) noexcept;

    /// Gives back what is held for later: with the library's end descriptors and mappings go, too.
    void close_idle() noexcept { pool_->close_idle(); }

  private:
    static void discover() noexcept;
    void add(device::Device& device) noexcept;
    void open_pool(const device::PoolOptions& options) noexcept;

    device::Device* devices_[kMaxDevices] = {};
    std::size_t count_ = 0;
    std::uint8_t formats_ = 0;
    device::QueuePool* pool_ = nullptr;
    std::atomic<std::uint32_t> failures_{0};  // in a row
    std::atomic<std::uint32_t> unproven_{0};  // packets since a proof failed, or since the start
    std::atomic<std::uint64_t> paused_until_ns_{0};
    std::atomic<std::uint64_t> busy_until_ns_{0};
};

}  // namespace warpz::offload

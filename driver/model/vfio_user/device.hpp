// SPDX-License-Identifier: Zlib
// The accelerator as a vfio device: regions and interrupts on one side, what the accelerator asks of its host on the other.
// It lives as long as its client's connection. Nothing that a client says is trusted; what breaks a rule gets an errno value.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "accelerator.h"
#include "backing.hpp"
#include "client_memory.hpp"
#include "config_space.hpp"
#include "interrupts.hpp"
#include "remote_memory.hpp"
#include "wire.hpp"

namespace warpz::vfio_user {

struct DeviceOptions {
    unsigned queues = 32;                ///< 1..1024
    unsigned level = 1;                  ///< of the engine, 1..9
    unsigned threads = 0;                ///< queues that are worked on at once; 0: all
    std::uint64_t bytes_per_second = 0;  ///< read and written together; 0: no limit
    /// What may execute packets besides this machine's cores; null: nothing
    std::shared_ptr<accelerator::Backing> backing{};
    std::string fault{};  ///< what goes wrong, as fault_switch.hpp has it; empty: nothing
};

/// Functions may be called by one thread at a time; each takes the bus lock, which workers take as well.
class Device {
  public:
    Device(const DeviceOptions& options, RemoteMemory& remote);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    [[nodiscard]] std::uint64_t region_bytes(std::uint32_t region) const noexcept;
    [[nodiscard]] std::uint32_t irq_count(std::uint32_t index) const noexcept;

    // Each returns 0 or an errno value.
    [[nodiscard]] int read(std::uint32_t region, std::uint64_t offset,
                           std::span<std::uint8_t> bytes);
    [[nodiscard]] int write(std::uint32_t region, std::uint64_t offset,
                            std::span<const std::uint8_t> bytes);
    [[nodiscard]] int map(const DmaMap& range, std::span<Fd> fds);
    /// When this returns nothing of the range is accessed any more.
    [[nodiscard]] int unmap(const DmaUnmap& range);
    [[nodiscard]] int set_irqs(const SetIrqs& request, std::span<const std::uint8_t> data,
                               std::span<Fd> fds);
    void reset();
    /// What the accelerator has counted, as one line of "name=value" pairs.
    [[nodiscard]] std::string describe();

  private:
    struct Host;

    enum warpz_access copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes);
    [[nodiscard]] bool holds(std::uint32_t region, std::uint64_t offset,
                             std::size_t size) const noexcept;
    void reset_locked();

    const ConfigSpace::Layout layout_;
    RemoteMemory& remote_;
    ConfigSpace config_;
    Interrupts interrupts_;
    ClientMemory memory_;
    warpz_accelerator* accelerator_ = nullptr;
    unsigned asking_ = 0;  // workers that wait for the client
    std::condition_variable nobody_asks_;
};

}  // namespace warpz::vfio_user

// SPDX-License-Identifier: Zlib
// One worker's way to the host's device: packets of the guest become one or more of its own. Data is copied out of guest
// memory before and into it after, so that a device with shared addresses never works on pages that a guest may take away.
// Nothing that the device says is believed: see Proof.
#pragma once

#include <optional>

#include "device/stream_context.hpp"
#include "host_device.hpp"
#include "offload/verify.hpp"

namespace warpz::vfio_user {

class HostEngine final : public accelerator::Backing::Engine {
  public:
    explicit HostEngine(HostDevice& device) noexcept : device_(device) {}
    ~HostEngine() override;
    HostEngine(const HostEngine&) = delete;
    HostEngine& operator=(const HostEngine&) = delete;

    /// In packets that are streams of their own, and what is too small for one at the end stored.
    std::size_t deflate(const device::model::DeflatePacket& packet) noexcept override;
    /// Where a stream stands within a block is in the device's own words, in the context. So only the device can go on with
    /// what it has begun: on another queue when it loses the first, and what it loses twice is lost.
    Counts inflate(device::model::InflatePacket& packet) noexcept override;
    unsigned take_failures() noexcept override;

  private:
    void set_deadline() noexcept;
    [[nodiscard]] bool begin(device::Operation operation, bool is_needed) noexcept;
    [[nodiscard]] std::optional<device::Completion> run(const device::Job& job) noexcept;
    void accuse(HostDevice::Fate fate) noexcept;
    [[nodiscard]] std::size_t deflate_blocks(const device::model::DeflatePacket& packet) noexcept;
    [[nodiscard]] bool prove(const device::Job& job, std::size_t made) noexcept;
    [[nodiscard]] bool load_stream(const device::model::InflatePacket& packet) noexcept;
    [[nodiscard]] bool store_stream(device::model::InflatePacket& packet) noexcept;
    Counts inflate_once(device::model::InflatePacket& packet) noexcept;
    Counts inflate_blocks(device::model::InflatePacket& packet) noexcept;

    HostDevice& device_;
    device::QueueLease queue_;  // for one packet of the guest's
    std::uint64_t deadline_ns_ = 0;
    device::StreamContext* stream_ = nullptr;  // made when first needed
    offload::ProofRoom proof_room_;
    unsigned failures_ = 0;
    bool was_lost_ = false;  // the last packet, with its queue
};

}  // namespace warpz::vfio_user

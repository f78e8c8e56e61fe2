// SPDX-License-Identifier: Zlib
// What a queue pair stands on. A Device is a place where queues can be opened, a Channel is one opened queue: its
// mapped rings, its doorbell, its event. There is one implementation per kind of device (a uacce character device, the
// model in this process), and nobody above asks which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "device/device_job.hpp"

namespace warpz::device {

/// How descriptors name memory.
enum class AddressMode : std::uint8_t {
    kShared,  ///< SVA: a descriptor holds the process's own pointers
    kBounce,  ///< offsets into the channel's window; data is copied in and out
};

/// Generation of the queue manager, from the api string "hisi_qm_v<n>".
enum class Generation : std::uint8_t {
    kV2 = 2,  ///< SQE type 0: zlib and gzip
    kV3 = 3,  ///< SQE type 3: raw deflate, too. Later versions speak it as well
};

struct DeviceInfo {
    char name[64];  ///< of the device node, as "hisi_zip-0"; "model"
    Generation generation;
    AddressMode address_mode;
    std::uint8_t formats;  ///< bit 1 << Format for each that is offered
    int numa_node;         ///< negative is unknown
};

/// Memory of one started queue (warpz/zip_sqe.h). All of it stays mapped and readable until close(), even when
/// the device is gone; `dus` is shared with the device, so each word in it may change at any time.
struct ChannelRegions {
    /// Submission ring at 0, completion ring behind it, status words at the end
    std::uint8_t* dus;
    std::size_t dus_bytes;
    std::uint16_t sq_entries;  ///< powers of two are not promised
    std::uint16_t cq_entries;
    std::uint16_t queue_number;      ///< 0..1023
    std::span<std::uint8_t> window;  ///< kBounce: what descriptors can reach; empty with kShared
    std::uint64_t window_address;    ///< the device's address of window[0]
};

/// One opened and started queue of a device. A channel has one user at a time; no call is thread-safe. (Here and below the
/// functions have bodies, those of a device that is gone: a pure one would need the C++ runtime.)
class Channel {
  public:
    [[nodiscard]] const ChannelRegions& regions() const noexcept { return regions_; }

    /// Writes a doorbell (one 64-bit store). Everything stored to the rings before is visible to the device first: the
    /// caller has issued publish_to_device().
    virtual void ring_doorbell(std::uint64_t value) noexcept { static_cast<void>(value); }

    /// Lets a device without silicon work; hardware does nothing here. Called before the completion ring is looked at.
    virtual void advance() noexcept {}

    /// Sleeps until the device signals a completion, an error, or the time is up. May return early. The completion
    /// doorbell with the event flag must have been rung after the last look at the ring.
    ///
    /// returns kOk look at the ring again; kBusy the time is up; kNoDevice the device is gone
    virtual Status wait_event(std::uint32_t timeout_us) noexcept {
        static_cast<void>(timeout_us);
        return Status::kNoDevice;
    }

    /// Stops the queue: when this returns the device neither reads nor writes memory for it, ever again. Idempotent.
    virtual void stop() noexcept {}

    /// Stops, unmaps and frees. The channel is gone afterwards.
    virtual void close() noexcept {}

    /// close() for a forked child that inherited the parent's channel: lets go of the child's copies and leaves the
    /// parent's queue running. Rings and window must not be touched before: they are not mapped in a child.
    virtual void abandon() noexcept {}

  protected:
    ~Channel() = default;
    ChannelRegions regions_{};
};

class Device {
  public:
    [[nodiscard]] const DeviceInfo& info() const noexcept { return info_; }

    /// Opens and starts one queue for one operation. Any thread.
    ///
    /// returns the channel; kBusy when every queue is taken; kNoDevice when the device is gone, isolated or not
    ///         permitted; kNoMemory
    virtual Result<Channel*> open_channel(Operation operation) noexcept {
        static_cast<void>(operation);
        return Status::kNoDevice;
    }

    /// Queues that could be opened now, as far as is known; advice only.
    virtual unsigned available_queues() noexcept { return 0; }

  protected:
    ~Device() = default;
    DeviceInfo info_{};
};

}  // namespace warpz::device

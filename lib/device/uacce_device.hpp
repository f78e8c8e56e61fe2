// SPDX-License-Identifier: Zlib
// Queues on a uacce character device (hisi_zip, warpz_zip): open, map, set up, start, and back. Both address modes. A
// queue is a dozen system calls, and none per job.
//
// A driver that unmaps a removed device's regions under its users, as mainline's hisi_zip does, makes their next access a
// SIGBUS; nothing in user space can prevent that. The warpz_zip driver leaves a page in their place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "device/system_calls.hpp"
#include "device/transport.hpp"
#include "device/uacce_discovery.hpp"

namespace warpz::device {

class UacceDevice final : public Device {
  public:
    /// A device that discovery has found. `roots` strings and `calls` outlive it.
    UacceDevice(const UacceNode& node, const SystemRoots& roots,
                const SystemCalls& calls = kKernelCalls) noexcept
        : node_(node), roots_(roots), calls_(calls) {
        info_ = node.info;
    }
    ~UacceDevice() = default;

    /// Error numbers become kBusy (EBUSY: every queue is taken), kNoMemory, or kNoDevice for all else, a missing
    /// permission and a bind that the IOMMU refuses included.
    Result<Channel*> open_channel(Operation operation) noexcept override;
    unsigned available_queues() noexcept override {
        return read_available_queues(roots_, node_.info.name);
    }

  private:
    UacceNode node_;
    SystemRoots roots_;
    const SystemCalls& calls_;
};

}  // namespace warpz::device

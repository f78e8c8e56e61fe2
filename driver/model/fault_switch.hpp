// SPDX-License-Identifier: Zlib
// What shall go wrong in a running accelerator, set from outside while it works: the faults of the model device in the
// process, and those that only a device behind a bus can have.
#pragma once

#include <cstdint>
#include <string_view>

#include "device/model/fault_plan.hpp"

namespace warpz::accelerator {

enum class DeviceFault : std::uint8_t {
    kNone,   ///< the answer's fault, if any, is in `answer`
    kStuck,  ///< never answered, and STOP does not help: only a reset does
    kRing,   ///< the queue's ring is not accessible: queue error
    kFatal,  ///< the device fails as a whole
    kGone,   ///< every register reads as ones from here on, as after a surprise removal
};

struct Fault {
    DeviceFault device = DeviceFault::kNone;
    device::model::ModelFault answer{};
};

/// Counts descriptors of all queues from the moment at which it was set. The front end's lock is held.
class FaultSwitch {
  public:
    /// text  KIND[,after=N][,count=N][,detail=N]: pass over `after` descriptors (0), then strike `count` (1); `detail` as
    ///       fault_plan.hpp has it. KIND: none hang late tag index short consumed produced status checksum flip phase
    ///       stuck ring fatal gone
    /// returns false when that is not what the text is; nothing has changed then
    [[nodiscard]] bool set(std::string_view text) noexcept;

    /// The next descriptor's.
    [[nodiscard]] Fault next() noexcept;

    [[nodiscard]] std::uint64_t struck() const noexcept { return struck_; }

  private:
    Fault fault_{};
    std::uint64_t after_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t struck_ = 0;
};

}  // namespace warpz::accelerator

// SPDX-License-Identifier: Zlib
// What shall go wrong in a model device, and when: each fault names the descriptor that it strikes, counted over all
// queues of the device from 0 in the order in which the device takes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace warpz::device::model {

enum class FaultKind : std::uint8_t {
    kNone,
    kHang,        ///< never answered, nor is anything after it on its queue
    kLate,        ///< answered `detail` microseconds later, or when the queue is being stopped
    kWrongTag,    ///< the answer carries another tag
    kWrongIndex,  ///< the completion names another ring index
    kWrongLength,  ///< produced is `detail` (at least 1) bytes too small: undetectable without decoding
    kConsumedTooMuch,  ///< consumed = given + 1 + detail
    kProducedTooMuch,  ///< produced = space + 1 + detail
    kStatus,           ///< not executed: status byte `detail`, counts 0
    kWrongChecksum,    ///< the checksum register is changed
    kBitFlip,          ///< bit `detail` of the output is changed (modulo its size)
    kStuckPhase,       ///< the completion is written with the phase of the last round
    kReset,  ///< not executed: the device stops all its queues, as for a reset; new ones can be opened
    kRemoval,  ///< not executed: the device is gone for good
};

struct ModelFault {
    FaultKind kind = FaultKind::kNone;
    std::uint64_t first = 0;  ///< descriptor
    std::uint64_t count = 1;  ///< how many in a row
    std::uint64_t detail = 0;
};

struct FaultPlan {
    static constexpr std::size_t kMaxFaults = 8;
    std::array<ModelFault, kMaxFaults> faults{};
    bool has_no_queues = false;  ///< every open finds all queues taken

    [[nodiscard]] ModelFault at(std::uint64_t descriptor) const noexcept {
        for (const ModelFault& fault : faults) {
            if (fault.kind != FaultKind::kNone && descriptor >= fault.first &&
                descriptor - fault.first < fault.count) {
                return fault;
            }
        }
        return {};
    }
};

}  // namespace warpz::device::model

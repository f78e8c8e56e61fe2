// SPDX-License-Identifier: Zlib
#include "device/model/answer_faults.hpp"

#include <algorithm>

namespace warpz::device::model {

void spoil_answer(Sqe& sqe, const ModelFault& fault, DeviceMemory& memory) noexcept {
    const std::uint32_t produced = from_le(sqe.produced);
    const auto detail = static_cast<std::uint32_t>(fault.detail);
    switch (fault.kind) {
        case FaultKind::kWrongTag:
            sqe.tag_type0 = to_le(from_le(sqe.tag_type0) + 1);
            sqe.tag_type3[0] = to_le(from_le(sqe.tag_type3[0]) + 1);
            break;
        case FaultKind::kWrongLength:
            sqe.produced = to_le(produced - std::min(produced, std::max(detail, 1U)));
            break;
        case FaultKind::kConsumedTooMuch:
            sqe.consumed = to_le(from_le(sqe.input_length) + 1 + detail);
            break;
        case FaultKind::kProducedTooMuch:
            sqe.produced = to_le(from_le(sqe.output_length) + 1 + detail);
            break;
        case FaultKind::kWrongChecksum:
            sqe.checksum = to_le(from_le(sqe.checksum) ^ 0x00010001U);
            break;
        case FaultKind::kBitFlip: {
            if (produced == 0) break;
            const std::uint64_t bit = fault.detail % (std::uint64_t{produced} * 8);
            const std::uint64_t address =
                (from_le(sqe.dest_addr[0]) | static_cast<std::uint64_t>(from_le(sqe.dest_addr[1]))
                                                 << 32) +
                bit / 8;
            std::uint8_t byte = 0;
            if (!memory.read(address, {&byte, 1})) break;
            byte = static_cast<std::uint8_t>(byte ^ (1U << (bit % 8)));
            static_cast<void>(memory.write(address, {&byte, 1}));
            break;
        }
        default:
            break;
    }
}

}  // namespace warpz::device::model

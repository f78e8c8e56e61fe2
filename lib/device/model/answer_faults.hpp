// SPDX-License-Identifier: Zlib
// Faults that lie in the answer: what a device executed well is reported wrongly. Shared by the device in this process
// and the devices behind a bus.
#pragma once

#include "device/model/descriptor_executor.hpp"
#include "device/model/fault_plan.hpp"

namespace warpz::device::model {

/// Makes a right answer wrong, as `fault` says; kinds that are not about the answer leave it alone.
///
/// memory  where the output lies, for kBitFlip
void spoil_answer(Sqe& sqe, const ModelFault& fault, DeviceMemory& memory) noexcept;

}  // namespace warpz::device::model

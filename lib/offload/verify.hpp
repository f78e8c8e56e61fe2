// SPDX-License-Identifier: Zlib
// WARPZ_VERIFY: decodes what a device deflated before anybody sees it.
#pragma once

#include "offload/job.hpp"

namespace warpz::offload {

/// Whether the job's output, decoded by the own engine, is its input, and ends between blocks on a byte boundary without
/// the final bit. False, too, without memory for that.
[[nodiscard]] bool verify(const Job& job) noexcept;

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// A context's use of an inflate queue: each packet is a whole stream.
#pragma once

#include "offload/packet_queue.hpp"
#include "warpz/warpz.h"

namespace warpz::native {

class InflateQueue final : public offload::PacketQueue {
  public:
    InflateQueue() noexcept : PacketQueue(device::Operation::kInflate) {}

    [[nodiscard]] static device::Format format_of(const warpz_job& user) noexcept;

    /// Gives the stream behind the header to the device. False when it cannot take it now. When the job is kDone, input_bytes
    /// and output_bytes are what was consumed and produced.
    [[nodiscard]] bool submit(const warpz_job& user, offload::Job& job) noexcept;

  private:
    bool accept(offload::Job& job, const device::Completion& completion) noexcept override;
};

}  // namespace warpz::native

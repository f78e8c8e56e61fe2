// SPDX-License-Identifier: Zlib
// One stream's use of a deflate queue: each packet is a piece of the stream, byte-aligned and not the last.
#pragma once

#include "offload/packet_queue.hpp"
#include "offload/verify.hpp"

namespace warpz::offload {

class DeflateQueue final : public PacketQueue {
  public:
    DeflateQueue() noexcept : PacketQueue(device::Operation::kDeflate) {}
    DeflateQueue(const DeflateQueue& other) noexcept : PacketQueue(other) {}
    DeflateQueue& operator=(const DeflateQueue&) = delete;

    /// Gives the job to the device, after completions of others where its queue is full. False when it cannot take it now;
    /// the job is as before.
    [[nodiscard]] bool submit(Job& job) noexcept;

  private:
    bool accept(Job& job, const device::Completion& completion) noexcept override;

    ProofRoom proof_room_;
};

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// WARPZ_VERIFY: decodes what a device deflated before anybody sees it.
#pragma once

#include <cstddef>

#include "offload/job.hpp"

namespace warpz::offload {

/// Memory for proofs, taken at the first and kept for the next ones. One thread at a time.
class ProofRoom {
  public:
    ProofRoom() noexcept = default;
    ProofRoom(const ProofRoom&) = delete;
    ProofRoom& operator=(const ProofRoom&) = delete;
    ~ProofRoom();

    /// At least so many bytes, aligned for any object, whatever they hold; null without memory.
    [[nodiscard]] std::byte* get(std::size_t size) noexcept;

  private:
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// Whether the job's output, decoded by the own engine, is its input, and ends between blocks on a byte boundary without
/// the final bit. False, too, without memory for that.
[[nodiscard]] bool verify(const Job& job, ProofRoom& room) noexcept;

}  // namespace warpz::offload

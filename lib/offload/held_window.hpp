// SPDX-License-Identifier: Zlib
// Keeps a leased queue for as long as its user has buffers in the queue's window (device/queue_pair.hpp, set_aside()).
#pragma once

#include <utility>

#include "device/queue_pool.hpp"

namespace warpz::offload {

class HeldWindow {
  public:
    /// Memory in the window of the leased queue, which is kept from now on until give_back(), and once only. Empty where there
    /// is no window to be had.
    [[nodiscard]] std::span<std::uint8_t> take(device::QueueLease& lease) noexcept {
        const std::span<std::uint8_t> window = lease->set_aside();
        is_held_ = !window.empty();
        return window;
    }

    /// Whether a lease without jobs stays. One whose queue was stopped is put by: the memory is there until give_back().
    [[nodiscard]] bool keeps(device::QueueLease& lease) noexcept {
        if (!is_held_) {
            lease->end_aside();
            return false;
        }
        if (lease->state() == device::QueueState::kStarted) return true;
        broken_ = std::move(lease);
        is_held_ = false;
        return false;
    }

    /// Nobody uses the memory any more. The queue goes when keeps() is asked next.
    void give_back() noexcept {
        is_held_ = false;
        broken_.release();
    }

  private:
    bool is_held_ = false;
    device::QueueLease broken_;
};

}  // namespace warpz::offload

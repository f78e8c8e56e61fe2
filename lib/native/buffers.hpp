// SPDX-License-Identifier: Zlib
// Memory for jobs' input and output (warpz_buffer_alloc()): where a device reaches a window only, it is in the window, and
// else plain memory. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/device_lane.hpp"

namespace warpz::native {

/// Divides one queue's window among buffers, in granules; the first run of them that is long enough is taken.
class WindowHeap {
  public:
    void create(std::span<std::uint8_t> window) noexcept;
    /// Null when no run is long enough.
    [[nodiscard]] std::uint8_t* take(std::size_t bytes) noexcept;
    [[nodiscard]] bool holds(const void* buffer) const noexcept;
    void give_back(const void* buffer) noexcept;
    [[nodiscard]] bool is_empty() const noexcept { return buffers_ == 0; }

  private:
    static constexpr std::size_t kMostGranules = 1024;
    std::span<std::uint8_t> window_;
    std::size_t granule_bytes_ = 0;
    std::size_t granules_ = 0;
    std::size_t buffers_ = 0;
    std::array<std::uint16_t, kMostGranules>
        runs_{};  // at a buffer's first granule, how many it has
};

class Buffers {
  public:
    /// With `lane` null a window is not asked for. returns null without memory
    [[nodiscard]] void* take(DeviceLane* lane, int operation, std::size_t bytes) noexcept;
    void give_back(DeviceLane& lane, void* buffer) noexcept;
    /// In a forked child, which has no windows.
    void forget(void* buffer) noexcept;

  private:
    std::array<WindowHeap, 2> heaps_;  // by operation
};

}  // namespace warpz::native

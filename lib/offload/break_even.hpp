// SPDX-License-Identifier: Zlib
// From how many bytes on a device pays, by what it was seen to take: a job costs its submitter a latency and then so much
// per byte, software costs so much per byte. Both sides are measured where jobs are done anyway and smoothed, per process
// and operation; until then there are first guesses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace warpz::offload {

/// Smoothed measurements of one operation. Updates of several threads may overwrite each other, which loses one of
/// them and does no harm.
class BreakEven {
  public:
    static constexpr int kLevels = 13;

    /// One job alone on its queue took so long.
    void observe_device(std::size_t bytes, std::uint64_t duration_ns) noexcept;
    /// Software of this level (0 for inflate) took so long for so many bytes.
    void observe_software(int level, std::size_t bytes, std::uint64_t duration_ns) noexcept;

    /// Fewest bytes for which the device is faster; kNever while it is slower per byte.
    [[nodiscard]] std::size_t bytes(int level) const noexcept;

    static constexpr std::size_t kNever = ~std::size_t{0} / 2;

  private:
    // Thousandths of a nanosecond per byte, and nanoseconds. 0: not measured.
    std::atomic<std::uint32_t> software_[kLevels] = {};
    // Means over recent jobs, as of a line fitted to (bytes, duration).
    std::atomic<double> mean_bytes_{0};
    std::atomic<double> mean_ns_{0};
    std::atomic<double> mean_bytes_squared_{0};
    std::atomic<double> mean_product_{0};
    std::atomic<std::uint32_t> jobs_{0};
};

[[nodiscard]] BreakEven& deflate_break_even() noexcept;
[[nodiscard]] BreakEven& inflate_break_even() noexcept;

}  // namespace warpz::offload

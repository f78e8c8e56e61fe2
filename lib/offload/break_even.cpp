// SPDX-License-Identifier: Zlib
// Least squares over exponentially fading jobs; see break_even.hpp.
#include "offload/break_even.hpp"

#include <algorithm>

namespace warpz::offload {
namespace {

constinit BreakEven g_deflate;
constinit BreakEven g_inflate;

// First guesses. Software: thousandths of a nanosecond per byte of input, of the own engine on a server core of 2022; index
// 0 is inflate, of data that grow to three times their size. Device: Kunpeng 920 answers a lone request of 8 KiB in about
// 15 us (556 MB/s) and streams at 7 GB/s (UADK docs/perf.rst); the guess is on the careful side.
constexpr std::uint32_t kSoftware[BreakEven::kLevels] = {
    3300, 4000, 6000, 8000, 9000, 11000, 13000, 18000, 28000, 35000, 75000, 130000, 250000};
constexpr double kLatencyNs = 40'000;
constexpr double kNsPerByte = 0.3;

/// Weight of the newest job.
constexpr double kFade = 1.0 / 16;
/// Jobs before the fitted line is believed, and the spread of sizes that it needs.
constexpr std::uint32_t kEnoughJobs = 16;
constexpr double kEnoughSpread = 0.05;

void fade_in(std::atomic<double>& mean, double value, double weight) noexcept {
    const double old = mean.load(std::memory_order_relaxed);
    mean.store(old + (value - old) * weight, std::memory_order_relaxed);
}

}  // namespace

void BreakEven::observe_device(std::size_t bytes, std::uint64_t duration_ns) noexcept {
    const std::uint32_t jobs = jobs_.load(std::memory_order_relaxed) + 1;
    if (jobs < 1'000'000) jobs_.store(jobs, std::memory_order_relaxed);
    const double weight = std::max(kFade, 1.0 / jobs);
    const auto x = static_cast<double>(bytes);
    const auto y = static_cast<double>(duration_ns);
    fade_in(mean_bytes_, x, weight);
    fade_in(mean_ns_, y, weight);
    fade_in(mean_bytes_squared_, x * x, weight);
    fade_in(mean_product_, x * y, weight);
}

void BreakEven::observe_software(int level, std::size_t bytes, std::uint64_t duration_ns) noexcept {
    if (bytes == 0) return;
    std::atomic<std::uint32_t>& rate = software_[level];
    const std::uint64_t fresh =
        std::clamp<std::uint64_t>(duration_ns * 1000 / bytes, 1, 1'000'000'000);
    const std::uint32_t old = rate.load(std::memory_order_relaxed);
    const std::uint64_t smoothed = old == 0 ? fresh : (std::uint64_t{old} * 15 + fresh) / 16;
    rate.store(static_cast<std::uint32_t>(smoothed), std::memory_order_relaxed);
}

std::size_t BreakEven::bytes(int level) const noexcept {
    const std::uint32_t measured = software_[level].load(std::memory_order_relaxed);
    const double software = (measured != 0 ? measured : kSoftware[level]) / 1000.0;

    double latency = kLatencyNs;
    double per_byte = kNsPerByte;
    if (jobs_.load(std::memory_order_relaxed) >= kEnoughJobs) {
        const double x = mean_bytes_.load(std::memory_order_relaxed);
        const double y = mean_ns_.load(std::memory_order_relaxed);
        const double variance = mean_bytes_squared_.load(std::memory_order_relaxed) - x * x;
        const double covariance = mean_product_.load(std::memory_order_relaxed) - x * y;
        if (variance > kEnoughSpread * x * x && covariance > 0) {
            per_byte = covariance / variance;
            latency = std::max(0.0, y - per_byte * x);
        } else {
            // All jobs are of one size: what they take above the guessed rate is latency, at most all of it.
            per_byte = std::min(kNsPerByte, y / std::max(x, 1.0));
            latency = y - per_byte * x;
        }
    }
    if (per_byte >= software) return kNever;
    return static_cast<std::size_t>(std::min(latency / (software - per_byte), 1e12)) + 1;
}

BreakEven& deflate_break_even() noexcept { return g_deflate; }
BreakEven& inflate_break_even() noexcept { return g_inflate; }

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
#include "native/device_lane.hpp"

#include <algorithm>

#include "base/config.hpp"
#include "engine/route.hpp"
#include "engine/stats.hpp"
#include "native/coder.hpp"
#include "offload/executors.hpp"

namespace warpz::native {
namespace {

/// For how long the answers of one queue are waited for while another has packets, too.
constexpr std::uint32_t kTurnUs = 100;

[[nodiscard]] bool wants_deflate(const warpz_job& user) noexcept {
    if (user.in_bytes < device::kPacketGranuleBytes || user.in_bytes > device::kMaxPacketBytes ||
        user.out_space < warpz_bound(user.in_bytes)) {
        return false;
    }
    const int level = level_of(user.level);
    const engine::DeflateFacts facts{
        .level = level, .has_dictionary = user.dictionary != nullptr, .bytes = user.in_bytes};
    return engine::route_deflate(facts, offload::deflate_executors(std::min(level, 9))).executor ==
           engine::Executor::kDevice;
}

[[nodiscard]] bool wants_inflate(const warpz_job& user) noexcept {
    offload::Devices* const devices = offload::Devices::of_process();
    if (devices == nullptr || user.dictionary != nullptr ||
        user.in_bytes > device::kMaxPacketBytes) {
        return false;
    }
    const device::Format format = InflateQueue::format_of(user);
    // Bare data has no check value by which a device's errors would show.
    const bool is_provable = format != device::Format::kRaw || config().verify != Verify::kAll;
    const engine::InflateFacts facts{.is_format_supported = is_provable &&
                                                            devices->has_format(format) &&
                                                            read_header(user).is_plain,
                                     .in_bytes = user.in_bytes,
                                     .out_bytes = user.out_space,
                                     .min_out_bytes = device::kMinWholeOutputBytes};
    return engine::route_inflate(facts, offload::inflate_executors()).executor ==
           engine::Executor::kDevice;
}

/// The device makes complete blocks of all but the last 0 to 3 bytes, which finish() adds.
void start_deflate(const warpz_job& user, offload::Job& job) noexcept {
    const int level = level_of(user.level);
    auto* const out = static_cast<std::uint8_t*>(user.out);
    job.input = static_cast<const std::uint8_t*>(user.in);
    job.input_bytes = user.in_bytes & ~(device::kPacketGranuleBytes - 1);
    job.history_bytes = 0;
    job.output = out + put_header(out, user.format, level);
    job.output_bytes = 0;
    job.settings = {level, deflate::Strategy::kDefault, 15};
}

}  // namespace

bool DeviceLane::wants(const warpz_job& user) noexcept {
    if (user.stream != nullptr) return false;
    return user.operation == WARPZ_DEFLATE   ? wants_deflate(user)
           : user.operation == WARPZ_INFLATE ? wants_inflate(user)
                                             : false;
}

bool DeviceLane::submit(const warpz_job& user, offload::Job& job) noexcept {
    if (user.operation == WARPZ_INFLATE) return inflate_.submit(user, job);
    start_deflate(user, job);
    return deflate_.submit(job);
}

void DeviceLane::wait(std::uint32_t most_us) noexcept {
    if (deflate_.is_empty() || inflate_.is_empty()) {
        (void)(deflate_.is_empty() ? inflate_ : static_cast<offload::PacketQueue&>(deflate_))
            .wait(most_us);
        return;
    }
    // A queue tells only who sleeps on it.
    for (std::uint32_t waited = 0;; waited += kTurnUs) {
        const std::uint32_t turn = std::min(most_us - waited, kTurnUs);
        if (inflate_.poll() + deflate_.wait(turn) != 0 || turn < kTurnUs) return;
    }
}

std::span<std::uint8_t> DeviceLane::hold_window(int operation) noexcept {
    is_released_[operation].store(false, std::memory_order_relaxed);
    return queue(operation).hold_window();
}

void DeviceLane::give_back_released() noexcept {
    for (const int operation : {WARPZ_DEFLATE, WARPZ_INFLATE}) {
        if (is_released_[operation].load(std::memory_order_relaxed) &&
            is_released_[operation].exchange(false, std::memory_order_relaxed)) {
            queue(operation).release_window();
        }
    }
}

bool DeviceLane::finish(warpz_job& user, offload::Job& job) noexcept {
    if (job.state.load(std::memory_order_relaxed) != offload::Job::kDone) return false;
    if (user.operation == WARPZ_DEFLATE) {
        auto* const out = static_cast<std::uint8_t*>(user.out);
        std::size_t made = static_cast<std::size_t>(job.output - out) + job.output_bytes;
        made += put_closing(out + made, user, user.in_bytes - job.input_bytes);
        user.produced = made;
        user.consumed = user.in_bytes;
        return true;
    }
    user.consumed = read_header(user).bytes + job.input_bytes;
    user.produced = job.output_bytes;
    if (is_proven(user)) return true;
    engine::stats().verify_failures.add();
    offload::Devices::of_process()->report(device::Outcome::kFailed);
    user.consumed = user.produced = 0;
    return false;
}

}  // namespace warpz::native

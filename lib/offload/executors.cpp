// SPDX-License-Identifier: Zlib
#include "offload/executors.hpp"

#include <algorithm>

#include "base/config.hpp"
#include "offload/break_even.hpp"
#include "offload/devices.hpp"
#include "offload/inflate_relay.hpp"
#include "offload/offload_deflater.hpp"

namespace warpz::offload {
namespace {

// The first chunk of a stream; see OffloadDeflater::kMaxUnits for what a chunk costs.
constexpr std::size_t kPoolBytes = 4 * kUnitBytes;

engine::ChunkEncoder* create(const engine::DeflateSettings& settings) noexcept {
    return OffloadDeflater::create(settings);
}

constexpr engine::DeflateOffload kAskedFor{create, deflate_executors, true};
constexpr engine::DeflateOffload kFound{create, deflate_executors, false};

engine::Executors executors(const BreakEven& break_even, int level) noexcept {
    Devices* devices = Devices::of_process();
    return {
        .device = devices != nullptr ? devices->state() : engine::DeviceState::kNone,
        .has_pool = config().threads != 0,
        .forced_bytes = config().min_bytes,
        .pool_bytes = kPoolBytes,
        .break_even_bytes = break_even.bytes(level),
    };
}

}  // namespace

const engine::DeflateOffload* deflate_offload() noexcept {
    if (config().threads != 0) return &kAskedFor;
    if (Devices::of_process() == nullptr) return nullptr;
    return config().is_device_named ? &kAskedFor : &kFound;
}

engine::Executors deflate_executors(int level) noexcept {
    return executors(deflate_break_even(), level);
}

engine::Executors inflate_executors() noexcept {
    engine::Executors found = executors(inflate_break_even(), 0);
    found.has_pool = false;
    // A stream that software follows gains nothing.
    found.break_even_bytes = std::max(found.break_even_bytes, InflateRelay::kFollowedBytes + 1);
    return found;
}

CorePool* pool_of_process() noexcept { return CorePool::of_process(config().threads); }

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
#include "offload/executors.hpp"

#include "base/config.hpp"
#include "offload/offload_deflater.hpp"

namespace warpz::offload {
namespace {

// The first chunk of a stream; see OffloadDeflater::kMaxUnits for what a chunk costs.
constexpr std::size_t kPoolBytes = 4 * kUnitBytes;

engine::ChunkEncoder* create(const engine::DeflateSettings& settings) noexcept {
    return OffloadDeflater::create(settings);
}

constexpr engine::DeflateOffload kDeflateOffload{create, executors_of_process, true};

}  // namespace

const engine::DeflateOffload* deflate_offload() noexcept {
    return config().threads != 0 ? &kDeflateOffload : nullptr;
}

engine::Executors executors_of_process() noexcept {
    return {
        .has_pool = config().threads != 0,
        .forced_bytes = config().min_bytes,
        .pool_bytes = kPoolBytes,
    };
}

CorePool* pool_of_process() noexcept {
    const unsigned threads = config().threads;
    return threads != 0 ? CorePool::of_process(threads) : nullptr;
}

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// warpz_zstd.h: one block is one job on a queue that the producer leases while it works.
#include <array>
#include <cstdlib>
#include <new>

#include "device/device_job.hpp"
#include "native/zstd/sequences.hpp"
#include "offload/devices.hpp"

#define WARPZ_EXPORT __attribute__((visibility("default")))

using namespace warpz;
using device::Lz77Layout;

struct warpz_zstd {
    std::uint64_t by_device = 0;
    std::uint64_t left = 0;
    std::array<std::uint8_t, Lz77Layout::of(Lz77Layout::kMaxInputBytes).total_bytes> out;
};

namespace {

/// What a smaller block costs on its way to a device and back is more than its parse.
constexpr std::size_t kLeastBytes = 1024;

std::size_t produce(warpz_zstd& state, std::span<const std::uint8_t> block,
                    std::size_t window_bytes, std::span<ZSTD_Sequence> sequences) noexcept {
    if (block.size() < kLeastBytes || block.size() > Lz77Layout::kMaxInputBytes) return 0;
    offload::Devices* const devices = offload::Devices::of_process();
    if (devices == nullptr || !devices->has_format(device::Format::kLz77Zstd) ||
        devices->state() != engine::DeviceState::kReady) {
        return 0;
    }
    auto lease = devices->lease(device::Operation::kDeflate);
    if (!lease) return 0;
    device::QueuePair& queue = **lease;
    const Lz77Layout layout = Lz77Layout::of(block.size());
    const device::Job job{.operation = device::Operation::kDeflate,
                          .format = device::Format::kLz77Zstd,
                          .is_last = true,
                          .level = 9,
                          .in = block,
                          .out = {state.out.data(), layout.total_bytes}};
    if (queue.submit(job) != Status::kOk) return 0;
    device::Completion done[1];
    constexpr std::uint32_t kForever = ~std::uint32_t{0};  // the queue's own time-out comes before
    while (queue.wait(done, kForever) == 0) {
    }
    devices->report(done[0].outcome);
    if (done[0].outcome != device::Outcome::kStreamEnd) return 0;
    const std::span<const std::uint8_t> out(state.out);
    return native::read_sequences(
        {out.first(done[0].literals),
         out.subspan(layout.literals_bytes, done[0].produced * Lz77Layout::kSequenceBytes),
         done[0].overflow},
        block, window_bytes, sequences);
}

}  // namespace

extern "C" {

WARPZ_EXPORT warpz_zstd* warpz_zstd_create(void) {
    void* const memory = std::malloc(sizeof(warpz_zstd));
    return memory != nullptr ? ::new (memory) warpz_zstd : nullptr;
}

WARPZ_EXPORT void warpz_zstd_destroy(warpz_zstd* producer) { std::free(producer); }

WARPZ_EXPORT size_t warpz_zstd_sequence_producer(void* producer, ZSTD_Sequence* sequences,
                                                 size_t capacity, const void* block,
                                                 size_t block_bytes, const void*, size_t, int,
                                                 size_t window_bytes) {
    auto& state = *static_cast<warpz_zstd*>(producer);
    const std::size_t made = produce(state, {static_cast<const std::uint8_t*>(block), block_bytes},
                                     window_bytes, {sequences, capacity});
    ++(made != 0 ? state.by_device : state.left);
    return made != 0 ? made : ZSTD_SEQUENCE_PRODUCER_ERROR;
}

WARPZ_EXPORT void warpz_zstd_counts(const warpz_zstd* producer, uint64_t* by_device,
                                    uint64_t* left) {
    if (by_device != nullptr) *by_device = producer->by_device;
    if (left != nullptr) *left = producer->left;
}

}  // extern "C"

// SPDX-License-Identifier: Zlib
#include "native/buffers.hpp"

#include <algorithm>
#include <cstdlib>

namespace warpz::native {
namespace {

constexpr std::size_t kAlignBytes = 64;

constexpr std::size_t aligned(std::size_t bytes) noexcept {
    return (std::max(bytes, std::size_t{1}) + kAlignBytes - 1) & ~(kAlignBytes - 1);
}

}  // namespace

void WindowHeap::create(std::span<std::uint8_t> window) noexcept {
    window_ = window;
    granule_bytes_ = aligned(window.size() / kMostGranules);
    granules_ = std::min(window.size() / granule_bytes_, kMostGranules);
    buffers_ = 0;
    runs_ = {};
}

std::uint8_t* WindowHeap::take(std::size_t bytes) noexcept {
    if (granules_ == 0 || bytes > window_.size()) return nullptr;
    const std::size_t wanted =
        std::max((bytes + granule_bytes_ - 1) / granule_bytes_, std::size_t{1});
    std::size_t free = 0;
    for (std::size_t at = 0; at < granules_;) {
        if (runs_[at] != 0) {
            at += runs_[at];
            free = 0;
            continue;
        }
        ++at;
        if (++free < wanted) continue;
        runs_[at - wanted] = static_cast<std::uint16_t>(wanted);
        ++buffers_;
        return window_.data() + (at - wanted) * granule_bytes_;
    }
    return nullptr;
}

bool WindowHeap::holds(const void* buffer) const noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(buffer);
    const auto begin = reinterpret_cast<std::uintptr_t>(window_.data());
    return !window_.empty() && at >= begin && at - begin < window_.size();
}

void WindowHeap::give_back(const void* buffer) noexcept {
    const auto at =
        static_cast<std::size_t>(static_cast<const std::uint8_t*>(buffer) - window_.data());
    runs_[at / granule_bytes_] = 0;
    --buffers_;
}

void* Buffers::take(DeviceLane* lane, int operation, std::size_t bytes) noexcept {
    WindowHeap& heap = heaps_[static_cast<std::size_t>(operation)];
    if (heap.is_empty() && lane != nullptr) heap.create(lane->hold_window(operation));
    if (std::uint8_t* const buffer = heap.take(bytes); buffer != nullptr) return buffer;
    if (heap.is_empty() && lane != nullptr) {
        heap.create({});
        lane->release_window(operation);
    }
    return bytes > SIZE_MAX - kAlignBytes ? nullptr
                                          : std::aligned_alloc(kAlignBytes, aligned(bytes));
}

void Buffers::give_back(DeviceLane& lane, void* buffer) noexcept {
    for (const int operation : {WARPZ_DEFLATE, WARPZ_INFLATE}) {
        WindowHeap& heap = heaps_[static_cast<std::size_t>(operation)];
        if (!heap.holds(buffer)) continue;
        heap.give_back(buffer);
        if (heap.is_empty()) {
            heap.create({});
            lane.release_window(operation);
        }
        return;
    }
    std::free(buffer);
}

void Buffers::forget(void* buffer) noexcept {
    for (const WindowHeap& heap : heaps_) {
        if (heap.holds(buffer)) return;
    }
    std::free(buffer);
}

}  // namespace warpz::native

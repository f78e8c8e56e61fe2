// SPDX-License-Identifier: Zlib
#include "device/stream_context.hpp"

#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <new>

namespace warpz::device {
namespace {

constexpr std::size_t kSlotsPerBlock = 4;
/// Keeps the contexts behind it aligned to what silicon may wish.
constexpr std::size_t kHeadBytes = 4096;

void* map(std::size_t size) noexcept {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

StreamContext* StreamContext::create() noexcept {
    void* memory = map(kHeadBytes + WARPZ_ZIP_CTX_BYTES);
    return memory != nullptr ? ::new (memory) StreamContext : nullptr;
}

void StreamContext::destroy(StreamContext* context) noexcept {
    if (context != nullptr) munmap(context, kHeadBytes + WARPZ_ZIP_CTX_BYTES);
}

std::span<std::uint8_t> StreamContext::bytes() noexcept {
    return {reinterpret_cast<std::uint8_t*>(this) + kHeadBytes, WARPZ_ZIP_CTX_BYTES};
}

void StreamContext::restart() noexcept {
    is_first = true;
    is_broken = false;
    carried = {};
    // The vendor's library gives each new stream a context of zeros.
    std::memset(bytes().data(), 0, bytes().size());
}

/// One mapping: slots in the head, memory of as many contexts behind it (none of it in bounce mode).
struct ContextSlots::Block {
    Block* next;
    std::size_t mapped_bytes;
    ContextSlot slots[1];  // as many as were made

    static std::size_t head_bytes_for(std::size_t count) noexcept {
        const std::size_t head = sizeof(Block) + count * sizeof(ContextSlot);
        return (head + kHeadBytes - 1) / kHeadBytes * kHeadBytes;
    }
};

void ContextSlots::create(AddressMode mode, std::span<std::uint8_t> window,
                          std::uint64_t window_address) noexcept {
    mode_ = mode;
    window_ = window;
    window_address_ = window_address;
}

void ContextSlots::destroy() noexcept {
    while (blocks_ != nullptr) {
        Block* block = blocks_;
        blocks_ = block->next;
        munmap(block, block->mapped_bytes);
    }
    free_ = nullptr;
    has_window_slots_ = false;
}

Status ContextSlots::map_more() noexcept {
    const bool is_bounce = mode_ == AddressMode::kBounce;
    const std::size_t count = is_bounce ? window_.size() / WARPZ_ZIP_CTX_BYTES : kSlotsPerBlock;
    if (count == 0 || has_window_slots_) return Status::kBusy;
    const std::size_t head = Block::head_bytes_for(count);
    const std::size_t total = head + (is_bounce ? 0 : count * WARPZ_ZIP_CTX_BYTES);
    void* memory = map(total);
    if (memory == nullptr) return Status::kNoMemory;
    auto* block = static_cast<Block*>(memory);
    block->next = blocks_;
    block->mapped_bytes = total;
    blocks_ = block;
    has_window_slots_ = is_bounce;
    std::uint8_t* bytes = is_bounce ? window_.data() : static_cast<std::uint8_t*>(memory) + head;
    for (std::size_t i = 0; i < count; ++i, bytes += WARPZ_ZIP_CTX_BYTES) {
        const std::uint64_t address = is_bounce ? window_address_ + i * WARPZ_ZIP_CTX_BYTES
                                                : reinterpret_cast<std::uintptr_t>(bytes);
        give_back(std::construct_at(block->slots + i, ContextSlot{bytes, address}));
    }
    return Status::kOk;
}

Result<ContextSlot*> ContextSlots::take() noexcept {
    if (free_ == nullptr) {
        if (const Status status = map_more(); status != Status::kOk) return status;
    }
    ContextSlot* slot = free_;
    free_ = slot->next;
    return slot;
}

void ContextSlots::give_back(ContextSlot* slot) noexcept {
    slot->next = free_;
    free_ = slot;
}

}  // namespace warpz::device

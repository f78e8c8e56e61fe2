// SPDX-License-Identifier: Zlib
#include "device/stream_context.hpp"

#include <sys/mman.h>

#include <memory>

namespace warpz::device {
namespace {

constexpr std::size_t kContextsPerBlock = 4;
// keeps the contexts behind it aligned to what silicon may wish
constexpr std::size_t kHeadBytes = 4096;

}  // namespace

/// One mapping: objects in the head, memory of as many contexts behind it (none of it with bounce slots).
struct ContextStore::Block {
    Block* next;
    std::size_t mapped_bytes;
    std::size_t count;
    StreamContext contexts[1];  // `count` of them

    static std::size_t bytes_for(std::size_t count) noexcept {
        const std::size_t head = sizeof(Block) + count * sizeof(StreamContext);
        return (head + kHeadBytes - 1) / kHeadBytes * kHeadBytes;
    }
};

void ContextStore::create(AddressMode mode, std::span<std::uint8_t> slots,
                          std::uint64_t slots_address) noexcept {
    mode_ = mode;
    slots_ = slots;
    slots_address_ = slots_address;
}

void ContextStore::destroy() noexcept {
    while (blocks_ != nullptr) {
        Block* block = blocks_;
        blocks_ = block->next;
        munmap(block, block->mapped_bytes);
    }
    free_ = nullptr;
    has_slots_ = false;
}

Status ContextStore::map_more() noexcept {
    const bool is_bounce = mode_ == AddressMode::kBounce;
    const std::size_t count = is_bounce ? slots_.size() / WARPZ_ZIP_CTX_BYTES : kContextsPerBlock;
    if (count == 0 || has_slots_) return Status::kBusy;
    const std::size_t head = Block::bytes_for(count);
    const std::size_t total = head + (is_bounce ? 0 : count * WARPZ_ZIP_CTX_BYTES);
    void* memory = mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Status::kNoMemory;
    auto* block = static_cast<Block*>(memory);
    block->next = blocks_;
    block->mapped_bytes = total;
    block->count = count;
    blocks_ = block;
    has_slots_ = is_bounce;
    std::uint8_t* bytes = is_bounce ? slots_.data() : static_cast<std::uint8_t*>(memory) + head;
    for (std::size_t i = 0; i < count; ++i, bytes += WARPZ_ZIP_CTX_BYTES) {
        StreamContext* context = std::construct_at(block->contexts + i);
        context->bytes = bytes;
        context->address = is_bounce ? slots_address_ + i * WARPZ_ZIP_CTX_BYTES
                                     : reinterpret_cast<std::uintptr_t>(bytes);
        give_back(context);
    }
    return Status::kOk;
}

Result<StreamContext*> ContextStore::take() noexcept {
    if (free_ == nullptr) {
        if (const Status status = map_more(); status != Status::kOk) return status;
    }
    StreamContext* context = free_;
    free_ = context->next;
    context->next = nullptr;
    context->is_first = true;
    context->is_in_flight = false;
    context->is_broken = false;
    return context;
}

void ContextStore::give_back(StreamContext* context) noexcept {
    context->next = free_;
    free_ = context;
}

}  // namespace warpz::device

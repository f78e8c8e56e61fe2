// SPDX-License-Identifier: Zlib
#include "hisi/event_ring.hpp"

#include "device/sqe.hpp"

namespace warpz::hisi {
namespace {

constexpr std::uint32_t kEntryBytes = 4;

constexpr std::uint64_t base_of(const Context& context) noexcept {
    return context[kBaseLow] | std::uint64_t{context[kBaseHigh]} << 32;
}

}  // namespace

bool EventRing::set(const Context& context) noexcept {
    const std::uint32_t last = context[kSettings] & kEventEntriesMask;
    if (last == 0 || base_of(context) % kEntryBytes != 0) return false;
    context_ = context;
    entries_ = last + 1;
    head_ = tail_ = 0;
    phase_ = context[kSettings] & kEventPhase;
    is_raised_ = false;
    return true;
}

Context EventRing::context() const noexcept {
    Context context = context_;
    context[kIndexes] = head_ | tail_ << 16;
    return context;
}

bool EventRing::post(std::uint32_t entry) noexcept {
    if (entries_ == 0) return false;
    const std::uint32_t next = tail_ + 1 == entries_ ? 0 : tail_ + 1;
    if (next == head_) return false;
    std::uint32_t word = device::to_le(entry | phase_);
    if (host_.copy(host_.front_end, WARPZ_NO_PASID, base_of(context_) + kEntryBytes * tail_, &word,
                   sizeof word, true) != WARPZ_ACCESS_OK) {
        return false;
    }
    tail_ = next;
    if (tail_ == 0) phase_ ^= kEventPhase;
    raise();
    return true;
}

bool EventRing::ring(std::uint32_t head) noexcept {
    if (head >= entries_) return false;
    head_ = head;
    is_raised_ = false;
    raise();
    return true;
}

void EventRing::set_masked(bool is_masked) noexcept {
    is_masked_ = is_masked;
    raise();
}

/// If there is something to read, nobody has been told, and telling is allowed.
void EventRing::raise() noexcept {
    if (is_masked_ || is_raised_ || head_ == tail_) return;
    is_raised_ = true;
    host_.raise(host_.front_end, vector_);
}

}  // namespace warpz::hisi

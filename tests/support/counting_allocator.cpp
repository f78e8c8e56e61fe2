// SPDX-License-Identifier: Zlib
// CountingAllocator on top of malloc, which keeps the address sanitizer's and valgrind's view of
// every block.
#include "support/counting_allocator.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace warpz::test {

CountingAllocator::~CountingAllocator() {
    for (const auto& [block, size] : live_) std::free(block);
}

void CountingAllocator::install(z_stream& strm) noexcept {
    strm.zalloc = &allocate;
    strm.zfree = &release;
    strm.opaque = this;
}

void CountingAllocator::fail_at(unsigned call, bool from_then_on) noexcept {
    fail_from_ = calls_ + call;
    fail_to_ = from_then_on ? kNever : fail_from_;
}

voidpf CountingAllocator::allocate(voidpf opaque, uInt items, uInt size) noexcept {
    auto& self = *static_cast<CountingAllocator*>(opaque);
    const unsigned call = self.calls_++;
    const std::size_t bytes = std::size_t{items} * size;
    self.requested_bytes_ += bytes;
    const bool is_refused =
        self.fail_from_ != kNever && call >= self.fail_from_ && call <= self.fail_to_;
    void* block = nullptr;
    if (!is_refused && self.live_bytes_ + bytes <= self.limit_bytes_) block = std::malloc(bytes);
    if (block == nullptr) {
        ++self.failures_;
        return Z_NULL;
    }
    std::memset(block, 0xCD, bytes);
    self.live_.emplace(block, bytes);
    self.live_bytes_ += bytes;
    self.peak_bytes_ = std::max(self.peak_bytes_, self.live_bytes_);
    return block;
}

void CountingAllocator::release(voidpf opaque, voidpf block) noexcept {
    auto& self = *static_cast<CountingAllocator*>(opaque);
    const auto found = self.live_.find(block);
    if (found == self.live_.end()) {
        ++self.bad_frees_;
        return;
    }
    std::memset(block, 0xDD, found->second);
    self.live_bytes_ -= found->second;
    self.live_.erase(found);
    std::free(block);
}

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
#include "shared_pages.hpp"

#include <cstring>
#include <thread>

#include "bus.hpp"

namespace warpz::test {

SharedPages::~SharedPages() {
    is_answering = true;
    while (waiting_ != 0) std::this_thread::yield();
}

enum warpz_access SharedPages::copy(std::uint32_t pasid, std::uint64_t address, void* bytes,
                                    std::size_t size, bool writes) {
    const std::uint64_t page = (address - kBegin) / kPageBytes;
    // An access with a PASID is within a page.
    if (pasid != kPasid || size > kPageBytes - address % kPageBytes) return WARPZ_ACCESS_ERROR;
    if (page >= has_.size() || has_[page] < (writes ? Permission::kWrites : Permission::kReads)) {
        return WARPZ_ACCESS_REFUSED;
    }
    std::uint8_t* at = memory_.data() + (address - kBegin);
    std::memcpy(writes ? at : bytes, writes ? bytes : at, size);
    return WARPZ_ACCESS_OK;
}

enum warpz_access SharedPages::request(std::uint32_t pasid, std::uint64_t address, bool writes) {
    ++waiting_;
    ++asked;
    bus_lock().unlock();
    while (!is_answering) std::this_thread::yield();
    bus_lock().lock();
    const enum warpz_access access = grant(pasid, address, writes);
    --waiting_;
    return access;
}

enum warpz_access SharedPages::grant(std::uint32_t pasid, std::uint64_t address, bool writes) {
    const std::uint64_t page = (address - kBegin) / kPageBytes;
    if (pasid != kPasid || page >= has_.size()) return WARPZ_ACCESS_REFUSED;
    switch (grants[page]) {
        case Grant::kWrites:
            has_[page] = Permission::kWrites;
            return WARPZ_ACCESS_OK;
        case Grant::kReads:
            has_[page] = Permission::kReads;
            return writes ? WARPZ_ACCESS_REFUSED : WARPZ_ACCESS_OK;
        case Grant::kNothing:
            return WARPZ_ACCESS_REFUSED;
        case Grant::kFailure:
            break;
    }
    return WARPZ_ACCESS_FAILURE;
}

}  // namespace warpz::test

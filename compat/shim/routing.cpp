// SPDX-License-Identifier: Zlib
// The rare ways a call can take; see routing.hpp. None of them is remembered: the library that made an object is
// loaded as long as the object is in use, but it may be another one next time.
#include "shim/routing.hpp"

#include <sys/auxv.h>

namespace warpz::shim {
namespace {

Function or_own(Function other, Function own) noexcept { return other != nullptr ? other : own; }

}  // namespace

constinit std::atomic<Service> g_service{Service::kUnknown};

Service service() noexcept {
    Service known = g_service.load(std::memory_order_relaxed);
    if (known == Service::kUnknown) {
        known = getauxval(AT_SECURE) != 0 ? Service::kStandsAside : Service::kServes;
        g_service.store(known, std::memory_order_relaxed);
    }
    return known;
}

Function elsewhere(const char* name, Function own) noexcept {
    if (service() == Service::kServes) return own;
    return or_own(foreign_function(name, nullptr), own);
}

Function elsewhere(const char* name, Function own, z_streamp foreign) noexcept {
    // Where the caller left allocation to the library that made the stream, zalloc is a function of that library.
    return or_own(foreign_function(name, reinterpret_cast<const void*>(foreign->zalloc)), own);
}

Function elsewhere(const char* name, Function own, gzFile) noexcept {
    return or_own(foreign_function(name, nullptr), own);
}

}  // namespace warpz::shim

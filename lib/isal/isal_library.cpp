// SPDX-License-Identifier: Zlib
// Loads libisal.so.2; see isal_library.hpp. Threads that get here first together load it more than once, which the
// dynamic linker counts: with a lock instead, one that holds it could wait for the linker's and the other way round.
#include "isal/isal_library.hpp"

#ifdef WARPZ_HAVE_ISAL
#include <dlfcn.h>
#include <sys/auxv.h>

#include <atomic>

// Weak: a statically linked program has no use for dlopen() and should not be given it.
extern "C" [[gnu::weak]] void* dlopen(const char* file, int mode);
extern "C" [[gnu::weak]] void* dlsym(void* handle, const char* name);

namespace warpz::isal {
namespace {

enum class Search : unsigned char { kNotYet, kFound, kMissing };

constinit Functions g_functions{};
constinit std::atomic<Search> g_search{Search::kNotYet};
constinit std::atomic_flag g_storing;

template <class Function>
bool find(void* library, const char* name, Function& function) noexcept {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

bool load(Functions& functions) noexcept {
    if (dlopen == nullptr || dlsym == nullptr || getauxval(AT_SECURE) != 0) return false;
    // By its soname only: the dynamic linker's own search path, and no other version.
    void* library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    return library != nullptr && find(library, "isal_deflate_init", functions.init) &&
           find(library, "isal_deflate_set_dict", functions.set_dict) &&
           find(library, "isal_deflate", functions.deflate);
}

Search search() noexcept {
    Functions functions;
    if (!load(functions)) {
        g_search.store(Search::kMissing, std::memory_order_relaxed);
        return Search::kMissing;
    }
    // One thread stores and publishes. Others that get here at the same time do without ISA-L this time.
    if (g_storing.test_and_set(std::memory_order_relaxed)) {
        return g_search.load(std::memory_order_acquire);
    }
    g_functions = functions;
    g_search.store(Search::kFound, std::memory_order_release);
    return Search::kFound;
}

}  // namespace

const Functions* functions() noexcept {
    Search found = g_search.load(std::memory_order_acquire);
    if (found == Search::kNotYet) found = search();
    return found == Search::kFound ? &g_functions : nullptr;
}

}  // namespace warpz::isal

#else  // built without ISA-L's header

namespace warpz::isal {

const Functions* functions() noexcept { return nullptr; }

}  // namespace warpz::isal

#endif

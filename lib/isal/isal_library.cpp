// SPDX-License-Identifier: Zlib
// Remembers what load_library() found; see isal_library.hpp. Threads that get here first together each load it, which
// the dynamic linker counts, and store the same pointers: with a lock instead, one that holds it could wait for the
// dynamic linker's, and another the other way round.
#include "isal/isal_library.hpp"

#include <atomic>

namespace warpz::isal {
namespace {

enum class Search : unsigned char { kNotYet, kDone };

constinit std::atomic<Search> g_search{Search::kNotYet};
constinit std::atomic<decltype(Functions::init)> g_init{nullptr};
constinit std::atomic<decltype(Functions::set_dict)> g_set_dict{nullptr};
constinit std::atomic<decltype(Functions::deflate)> g_deflate{nullptr};

}  // namespace

Functions functions() noexcept {
    if (g_search.load(std::memory_order_acquire) == Search::kNotYet) [[unlikely]] {
        const Functions found = load_library();
        g_init.store(found.init, std::memory_order_relaxed);
        g_set_dict.store(found.set_dict, std::memory_order_relaxed);
        g_deflate.store(found.deflate, std::memory_order_relaxed);
        g_search.store(Search::kDone, std::memory_order_release);
    }
    return {g_init.load(std::memory_order_relaxed), g_set_dict.load(std::memory_order_relaxed),
            g_deflate.load(std::memory_order_relaxed)};
}

}  // namespace warpz::isal

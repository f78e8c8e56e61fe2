// SPDX-License-Identifier: Zlib
// dlsym() and dlvsym() in front of the dynamic linker's: asked on a handle for a function that lies
// in the system's libz, they answer with ours. Everything else is the dynamic linker's own
// business, and reaches it by a tail jump: RTLD_NEXT and RTLD_DEFAULT depend on the return address,
// which is therefore still the caller's.
//
// A lookup in another link-map namespace (dlmopen) is left alone. Nothing here waits for a
// constructor, and the real functions are found without dlsym(), so calls from other objects'
// constructors and from other objects that stand in front of dlsym() work as well.
#include <dlfcn.h>

#include <atomic>

#include "shim/routing.hpp"

namespace warpz::shim {
namespace {

using Dlsym = void* (*)(void*, const char*);
using Dlvsym = void* (*)(void*, const char*, const char*);

constinit std::atomic<Function> g_dlsym{nullptr};
constinit std::atomic<Function> g_dlvsym{nullptr};

void* find_nothing(void*, const char*) noexcept { return nullptr; }

/// The next dlsym or dlvsym. Threads that look it up at the same time find the same one.
Function next_lookup(std::atomic<Function>& cache, const char* name) noexcept {
    Function next = cache.load(std::memory_order_relaxed);
    if (next == nullptr) [[unlikely]] {
        next = next_in_load_order(name);
        if (next == nullptr) next = reinterpret_cast<Function>(find_nothing);
        cache.store(next, std::memory_order_relaxed);
    }
    return next;
}

/// True when the answer for `name` on `handle` may have to be ours.
bool concerns_us(void* handle, const char* name) noexcept {
    if (handle == RTLD_NEXT || handle == RTLD_DEFAULT || name == nullptr) return false;
    return own_export(name) != nullptr && service() == Service::kServes;
}

/// dlsym() for a zlib name on a handle. An older libz on that handle lacks the newer names; since
/// zlibVersion() is ours there, so are they.
void* find_on_handle(void* handle, const char* name) noexcept {
    const auto next = reinterpret_cast<Dlsym>(next_lookup(g_dlsym, "dlsym"));
    void* found = next(handle, name);
    if (found != nullptr) {
        return is_inside_libz(found) ? reinterpret_cast<void*>(own_export(name)) : found;
    }
    if (!is_libz_handle(handle)) return nullptr;
    dlerror();  // what the dynamic linker missed is found after all
    return reinterpret_cast<void*>(own_export(name));
}

void* find_version_on_handle(void* handle, const char* name, const char* version) noexcept {
    const auto next = reinterpret_cast<Dlvsym>(next_lookup(g_dlvsym, "dlvsym"));
    void* found = next(handle, name, version);
    if (found != nullptr) {
        return is_inside_libz(found) ? reinterpret_cast<void*>(own_export(name)) : found;
    }
    if (!is_libz_handle(handle)) return nullptr;
    // Ask again among our own exports, which carry zlib's versions.
    Dl_info object;
    if (dladdr(reinterpret_cast<void*>(own_export(name)), &object) == 0) return nullptr;
    void* shim = dlopen(object.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (shim == nullptr) return nullptr;
    found = next(shim, name, version);
    dlclose(shim);
    if (found == nullptr) return next(handle, name, version);  // for its dlerror()
    dlerror();
    return found;
}

}  // namespace

// Called by the entry points below, with their arguments; the answer is where they jump to.
extern "C" [[gnu::used, gnu::visibility("hidden")]] Function warpz_shim_route_dlsym(
    void* handle, const char* name) noexcept {
    return concerns_us(handle, name) ? reinterpret_cast<Function>(find_on_handle)
                                     : next_lookup(g_dlsym, "dlsym");
}

extern "C" [[gnu::used, gnu::visibility("hidden")]] Function warpz_shim_route_dlvsym(
    void* handle, const char* name) noexcept {
    return concerns_us(handle, name) ? reinterpret_cast<Function>(find_version_on_handle)
                                     : next_lookup(g_dlvsym, "dlvsym");
}

}  // namespace warpz::shim

// The entry points save the three argument registers, ask for the target and jump: a compiler makes
// a tail call only when it optimises. The versions are those under which glibc exports them, so
// that dlvsym() finds them too.
#if defined(__x86_64__)
#define WARPZ_OLD_VERSION "GLIBC_2.2.5"
#define WARPZ_ENTRY(name)                                   \
    asm(".pushsection .text\n"                              \
        ".balign 16\n"                                      \
        ".type warpz_shim_" #name                           \
        ", @function\n"                                     \
        "warpz_shim_" #name                                 \
        ":\n"                                               \
        ".cfi_startproc\n"                                  \
        "endbr64\n"                                         \
        "push %rdi\n.cfi_adjust_cfa_offset 8\n"             \
        "push %rsi\n.cfi_adjust_cfa_offset 8\n"             \
        "push %rdx\n.cfi_adjust_cfa_offset 8\n"             \
        "call warpz_shim_route_" #name                      \
        "\n"                                                \
        "pop %rdx\n.cfi_adjust_cfa_offset -8\n"             \
        "pop %rsi\n.cfi_adjust_cfa_offset -8\n"             \
        "pop %rdi\n.cfi_adjust_cfa_offset -8\n"             \
        "jmp *%rax\n"                                       \
        ".cfi_endproc\n"                                    \
        ".size warpz_shim_" #name ", . - warpz_shim_" #name \
        "\n"                                                \
        ".popsection\n")
#elif defined(__aarch64__)
#define WARPZ_OLD_VERSION "GLIBC_2.17"
#define WARPZ_ENTRY(name)                                                    \
    asm(".pushsection .text\n"                                               \
        ".balign 16\n"                                                       \
        ".type warpz_shim_" #name                                            \
        ", %function\n"                                                      \
        "warpz_shim_" #name                                                  \
        ":\n"                                                                \
        ".cfi_startproc\n"                                                   \
        "hint #34\n" /* bti c */                                             \
        "stp x29, x30, [sp, #-48]!\n"                                        \
        ".cfi_def_cfa_offset 48\n.cfi_offset 29, -48\n.cfi_offset 30, -40\n" \
        "mov x29, sp\n"                                                      \
        "stp x0, x1, [sp, #16]\n"                                            \
        "str x2, [sp, #32]\n"                                                \
        "bl warpz_shim_route_" #name                                         \
        "\n"                                                                 \
        "mov x16, x0\n"                                                      \
        "ldp x0, x1, [sp, #16]\n"                                            \
        "ldr x2, [sp, #32]\n"                                                \
        "ldp x29, x30, [sp], #48\n"                                          \
        ".cfi_def_cfa_offset 0\n.cfi_restore 29\n.cfi_restore 30\n"          \
        "br x16\n"                                                           \
        ".cfi_endproc\n"                                                     \
        ".size warpz_shim_" #name ", . - warpz_shim_" #name                  \
        "\n"                                                                 \
        ".popsection\n")
#else
#error "compat/shim/dlsym.cpp: no entry points for this architecture"
#endif

// An alias for each version: one symbol carries one version.
#define WARPZ_EXPORT_VERSION(name, alias, versioned)                                            \
    asm(".globl " alias "\n.set " alias ", warpz_shim_" #name "\n.symver " alias ", " versioned \
        "\n")

WARPZ_ENTRY(dlsym);
WARPZ_ENTRY(dlvsym);
WARPZ_EXPORT_VERSION(dlsym, "warpz_shim_dlsym_new", "dlsym@@GLIBC_2.34");
WARPZ_EXPORT_VERSION(dlsym, "warpz_shim_dlsym_old", "dlsym@" WARPZ_OLD_VERSION);
WARPZ_EXPORT_VERSION(dlvsym, "warpz_shim_dlvsym_new", "dlvsym@@GLIBC_2.34");
WARPZ_EXPORT_VERSION(dlvsym, "warpz_shim_dlvsym_old", "dlvsym@" WARPZ_OLD_VERSION);

// SPDX-License-Identifier: Zlib
// Finds libisal.so.2 by its soname, so on the dynamic linker's own search path and in no other version; see
// isal_library.hpp. It stays loaded.
#include <dlfcn.h>
#include <sys/auxv.h>

#include "isal/isal_library.hpp"

namespace warpz::isal {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) noexcept {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

}  // namespace

Functions load_library() noexcept {
    Functions functions{};
    if (getauxval(AT_SECURE) != 0) return {};
    void* library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr || !find(library, "isal_deflate_init", functions.init) ||
        !find(library, "isal_deflate_set_dict", functions.set_dict) ||
        !find(library, "isal_deflate", functions.deflate)) {
        return {};
    }
    return functions;
}

}  // namespace warpz::isal

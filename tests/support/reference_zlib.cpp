// SPDX-License-Identifier: Zlib
// Loads a libz file apart from all others in the process: RTLD_LOCAL by its real path, and each
// function proved by dladdr() to be in that file, so that no test compares a library with itself.
#include "support/reference_zlib.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace warpz::test {
namespace {

[[noreturn]] void refuse(const std::string& file, std::string_view reason) {
    std::fprintf(stderr, "%s: %.*s\n", file.c_str(), static_cast<int>(reason.size()),
                 reason.data());
    std::exit(EXIT_FAILURE);
}

std::string real_path(const std::string& path) {
    char* resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) refuse(path, std::strerror(errno));
    std::string result = resolved;
    std::free(resolved);
    return result;
}

class Library {
  public:
    explicit Library(const std::string& path)
        : path_(path), handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr) refuse(path, ::dlerror());
    }

    template <class Function>
    void resolve(const char* name, Function*& function, bool is_required) const {
        void* address = ::dlsym(handle_, name);
        if (address == nullptr) {
            if (is_required) refuse(path_, std::string("lacks ") + name);
            return;
        }
        Dl_info info;
        if (::dladdr(address, &info) == 0 || real_path(info.dli_fname) != path_) {
            refuse(path_, std::string(name) + " is another library's");
        }
        function = reinterpret_cast<Function*>(address);
    }

  private:
    std::string path_;
    void* handle_;  // stays open: the process uses the functions until it ends
};

}  // namespace

ZlibApi load_zlib(const std::string& path) {
    // A function visible to the whole process would also serve the calls that the library makes to
    // itself.
    if (::dlsym(RTLD_DEFAULT, "deflate") != nullptr) {
        refuse(path, "cannot be told apart: the process already exports deflate()");
    }
    ZlibApi api;
    api.file = real_path(path);
    const Library library(api.file);
#define WARPZ_RESOLVE(name, result, parameters) library.resolve(#name, api.name, true);
#define WARPZ_RESOLVE_NEWER(name, result, parameters) library.resolve(#name, api.name, false);
    WARPZ_ZLIB_FUNCTIONS(WARPZ_RESOLVE)
    WARPZ_ZLIB_FUNCTIONS_SINCE_1_3(WARPZ_RESOLVE_NEWER)
#undef WARPZ_RESOLVE
#undef WARPZ_RESOLVE_NEWER
    return api;
}

const ZlibApi& reference_zlib() {
    static const ZlibApi api = [] {
        ZlibApi loaded = load_zlib(WARPZ_REFERENCE_LIBZ_FILE);
        if (std::strcmp(loaded.zlibVersion(), ZLIB_VERSION) == 0) {
            refuse(loaded.file, "is no reference, it is the library under test");
        }
        return loaded;
    }();
    return api;
}

}  // namespace warpz::test

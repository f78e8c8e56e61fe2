// SPDX-License-Identifier: Zlib
// Loading and the proofs; see shared_object.hpp.
#include "bench/shared_object.hpp"

#include <dlfcn.h>
#include <link.h>

#include <filesystem>
#include <set>
#include <stdexcept>

namespace warpz::bench {
namespace {

// The address sanitizer refuses RTLD_DEEPBIND; local scope still keeps the libraries apart there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kOwnSymbolsFirst = 0;
#else
constexpr int kOwnSymbolsFirst = RTLD_DEEPBIND;
#endif

std::set<std::string>& loaded_files() {
    static std::set<std::string> files;
    return files;
}

}  // namespace

SharedObject::SharedObject(const std::string& file) {
    for (const char* name : {"deflate", "inflate", "crc32", "adler32"}) {
        Dl_info info{};
        if (void* global = ::dlsym(RTLD_DEFAULT, name); global != nullptr) {
            ::dladdr(global, &info);
            throw std::runtime_error(
                std::string(name) + "() is visible to the whole process, from " +
                (info.dli_fname != nullptr ? info.dli_fname : "an unknown file") +
                ": nothing can be measured apart from it (LD_PRELOAD?)");
        }
    }
    handle_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | kOwnSymbolsFirst);
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
    link_map* map = nullptr;
    if (::dlinfo(handle_, RTLD_DI_LINKMAP, &map) != 0) throw std::runtime_error(::dlerror());
    path_ = std::filesystem::canonical(map->l_name).string();
    if (!loaded_files().insert(path_).second)
        throw std::runtime_error(file + ": " + path_ + " is already among the libraries");
}

void* SharedObject::address_of(const char* name) const {
    void* address = ::dlsym(handle_, name);
    if (address == nullptr) throw std::runtime_error(path_ + ": lacks " + name + "()");
    Dl_info info{};
    if (::dladdr(address, &info) == 0 || std::filesystem::canonical(info.dli_fname) != path_)
        throw std::runtime_error(path_ + ": its " + name + "() belongs to another object");
    return address;
}

}  // namespace warpz::bench

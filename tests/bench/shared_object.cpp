// SPDX-License-Identifier: Zlib
// Loading and the proofs; see shared_object.hpp. What the dynamic section holds is described in the System V gABI,
// chapter 5, and elf(5).
#include "bench/shared_object.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
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
std::set<ElfW(Addr)>& load_addresses() {
    static std::set<ElfW(Addr)> addresses;
    return addresses;
}

void refuse_a_global_zlib() {
    for (const char* name : {"deflate", "inflate", "crc32", "adler32"}) {
        void* const global = ::dlsym(RTLD_DEFAULT, name);
        if (global == nullptr) continue;
        Dl_info info{};
        ::dladdr(global, &info);
        throw std::runtime_error(std::string(name) + "() is visible to the whole process, from " +
                                 (info.dli_fname != nullptr ? info.dli_fname : "an unknown file") +
                                 ": nothing can be measured apart from it (LD_PRELOAD?)");
    }
}

/// The start of the loaded object that holds `address`, 0 for none.
std::uintptr_t object_with(const void* address) {
    Dl_info info{};
    return ::dladdr(address, &info) == 0 ? 0 : reinterpret_cast<std::uintptr_t>(info.dli_fbase);
}

/// What of the dynamic section the proof needs. glibc has relocated its addresses where the section is writable.
struct DynamicSection {
    explicit DynamicSection(const link_map& map) {
        for (const ElfW(Dyn)* entry = map.l_ld; entry->d_tag != DT_NULL; ++entry) {
            const ElfW(Addr) value = entry->d_un.d_ptr;
            switch (entry->d_tag) {
                case DT_SYMTAB:
                    symbols = reinterpret_cast<const ElfW(Sym)*>(value);
                    break;
                case DT_STRTAB:
                    names = reinterpret_cast<const char*>(value);
                    break;
                case DT_RELA:
                    data = reinterpret_cast<const ElfW(Rela)*>(value);
                    break;
                case DT_RELASZ:
                    data_bytes = value;
                    break;
                case DT_JMPREL:
                    calls = reinterpret_cast<const ElfW(Rela)*>(value);
                    break;
                case DT_PLTRELSZ:
                    calls_bytes = value;
                    break;
                default:
                    break;
            }
        }
    }

    const ElfW(Sym) * symbols = nullptr;
    const char* names = nullptr;
    const ElfW(Rela) * data = nullptr;
    const ElfW(Rela) * calls = nullptr;
    std::size_t data_bytes = 0;
    std::size_t calls_bytes = 0;
};

/// The name of a function that the object defines and that one of its own words (global offset table, pointers in
/// data) takes from another object; null when there is none.
const char* function_taken_elsewhere(const link_map& map) {
    const DynamicSection dynamic(map);
    const std::uintptr_t own = object_with(map.l_ld);
    for (const auto& table : {std::span{dynamic.data, dynamic.data_bytes / sizeof(ElfW(Rela))},
                              std::span{dynamic.calls, dynamic.calls_bytes / sizeof(ElfW(Rela))}}) {
        for (const ElfW(Rela) & relocation : table) {
            const std::size_t index = ELF64_R_SYM(relocation.r_info);
            if (index == 0) continue;  // relative to the object itself
            const ElfW(Sym)& symbol = dynamic.symbols[index];
            const unsigned type = ELF64_ST_TYPE(symbol.st_info);
            if (symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
                continue;
            const void* target = nullptr;
            std::memcpy(&target, reinterpret_cast<const void*>(map.l_addr + relocation.r_offset),
                        sizeof target);
            if (object_with(target) != own) return dynamic.names + symbol.st_name;
        }
    }
    return nullptr;
}

}  // namespace

SharedObject::SharedObject(const std::string& file) {
    refuse_a_global_zlib();
    handle_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | kOwnSymbolsFirst);
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
    link_map* map = nullptr;
    if (::dlinfo(handle_, RTLD_DI_LINKMAP, &map) != 0) throw std::runtime_error(::dlerror());
    path_ = std::filesystem::canonical(map->l_name).string();
    const bool is_new_file = loaded_files().insert(path_).second;
    const bool is_new_address = load_addresses().insert(map->l_addr).second;
    if (!is_new_file || !is_new_address)
        throw std::runtime_error(file + ": " + path_ + " is already among the libraries");
    if (const char* name = function_taken_elsewhere(*map); name != nullptr)
        throw std::runtime_error(path_ + ": calls another object's " + name +
                                 "() instead of its own");
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

// SPDX-License-Identifier: Zlib
// Walks over the loaded objects; see loaded_libraries.hpp. dl_iterate_phdr() holds the dynamic
// linker's lock, so an object seen there cannot vanish during the look-up.
#include "shim/loaded_libraries.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstddef>
#include <span>

#include "shim/elf_image.hpp"

namespace warpz::shim {
namespace {

constexpr char kLibzSoname[] = "libz.so.1";

std::span<const ElfW(Phdr)> segments(const dl_phdr_info& object) noexcept {
    return {object.dlpi_phdr, object.dlpi_phnum};
}

ElfImage image_of(const dl_phdr_info& object) noexcept {
    for (const ElfW(Phdr) & segment : segments(object)) {
        if (segment.p_type != PT_DYNAMIC) continue;
        return {object.dlpi_addr,
                reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr)};
    }
    return {object.dlpi_addr, nullptr};
}

bool contains(const dl_phdr_info& object, const void* address) noexcept {
    const auto wanted = reinterpret_cast<ElfW(Addr)>(address) - object.dlpi_addr;
    for (const ElfW(Phdr) & segment : segments(object)) {
        if (segment.p_type == PT_LOAD && wanted - segment.p_vaddr < segment.p_memsz) return true;
    }
    return false;
}

bool is_foreign_libz(const ElfImage& image) noexcept {
    return is_same(image.soname(), kLibzSoname) && !image.is_shim();
}

struct FunctionQuery {
    const char* name;
    const void* member;
    void* found = nullptr;
};

int visit_for_function(dl_phdr_info* object, std::size_t, void* data) noexcept {
    auto& query = *static_cast<FunctionQuery*>(data);
    const bool is_wanted = query.member != nullptr && contains(*object, query.member);
    if (!is_wanted && query.found != nullptr) return 0;  // only the member's object can do better
    const ElfImage image = image_of(*object);
    if (is_wanted ? image.is_shim() : !is_foreign_libz(image)) return 0;
    void* function = image.find(query.name);
    if (function == nullptr) return 0;
    query.found = function;
    return is_wanted || query.member == nullptr;
}

struct AddressQuery {
    const void* address;
    bool is_libz = false;
};

int visit_for_address(dl_phdr_info* object, std::size_t, void* data) noexcept {
    auto& query = *static_cast<AddressQuery*>(data);
    if (!contains(*object, query.address)) return 0;
    query.is_libz = is_foreign_libz(image_of(*object));
    return 1;
}

}  // namespace

Function foreign_function(const char* name, const void* member) noexcept {
    FunctionQuery query{.name = name, .member = member};
    dl_iterate_phdr(visit_for_function, &query);
    return reinterpret_cast<Function>(query.found);
}

bool is_inside_libz(const void* address) noexcept {
    AddressQuery query{.address = address};
    dl_iterate_phdr(visit_for_address, &query);
    return query.is_libz;
}

bool is_libz_handle(void* handle) noexcept {
    const link_map* object = nullptr;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &object) != 0 || object == nullptr) return false;
    return is_inside_libz(object->l_ld);  // the dynamic section lies in the object itself
}

Function next_in_load_order(const char* name) noexcept {
    // The list's head part, everything mapped at start, never changes. Behind the shim comes the C
    // library; a shim that was loaded later by dlopen() stands behind the C library instead, hence
    // the second walk.
    const auto search = [name](const link_map* object) -> void* {
        for (; object != nullptr; object = object->l_next) {
            const ElfImage image{object->l_addr, object->l_ld};
            if (image.is_shim()) continue;
            if (void* found = image.find(name)) return found;
        }
        return nullptr;
    };
    const link_map* shim = _r_debug.r_map;
    while (shim != nullptr && !ElfImage{shim->l_addr, shim->l_ld}.is_shim()) shim = shim->l_next;
    void* found = search(shim);
    if (found == nullptr) found = search(_r_debug.r_map);
    return reinterpret_cast<Function>(found);
}

}  // namespace warpz::shim

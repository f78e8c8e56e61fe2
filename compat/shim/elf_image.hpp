// SPDX-License-Identifier: Zlib
// Reads the dynamic section of an object that the dynamic linker has loaded: its soname and its
// symbols. The shim looks symbols up itself because dlsym() is one of the functions it stands in
// front of. Source: System V gABI, chapter 5, and the GNU hash section as written by binutils
// (bfd/elflink.c).
#pragma once

#include <elf.h>
#include <link.h>

#include <cstdint>

namespace warpz::shim {

/// strcmp() == 0. The C library's own may be an interposer's that is about to find the real one through our dlsym()
/// (sanitizers start that way), so nothing on that path calls it.
[[nodiscard]] inline bool is_same(const char* a, const char* b) noexcept {
    for (; *a == *b; ++a, ++b) {
        if (*a == '\0') return true;
    }
    return false;
}

/// View of one loaded object, valid while that object stays loaded.
class ElfImage {
  public:
    /// base      load address (link_map::l_addr, dl_phdr_info::dlpi_addr)
    /// dynamic   its PT_DYNAMIC in memory, null for an object without one: such an image is empty
    ElfImage(ElfW(Addr) base, const ElfW(Dyn) * dynamic) noexcept;

    /// The image's DT_SONAME, empty when it has none.
    [[nodiscard]] const char* soname() const noexcept;

    /// Address of the function that the image itself defines and exports under `name`, in its
    /// default version where it has versions. Null when there is none, or when it is an indirect
    /// function.
    [[nodiscard]] void* find(const char* name) const noexcept;

    /// True for the shim's own image.
    [[nodiscard]] bool is_shim() const noexcept;

  private:
    [[nodiscard]] void* match(std::uint32_t index, const char* name) const noexcept;
    [[nodiscard]] void* find_gnu(const char* name) const noexcept;
    [[nodiscard]] void* find_sysv(const char* name) const noexcept;

    ElfW(Addr) base_;
    const ElfW(Dyn) * dynamic_;
    const ElfW(Sym) * symbols_ = nullptr;          // DT_SYMTAB
    const char* strings_ = nullptr;                // DT_STRTAB
    const ElfW(Half) * versions_ = nullptr;        // DT_VERSYM
    const std::uint32_t* gnu_hash_ = nullptr;      // DT_GNU_HASH
    const std::uint32_t* sysv_hash_ = nullptr;     // DT_HASH
    const ElfW(Xword) * soname_offset_ = nullptr;  // value of DT_SONAME
};

}  // namespace warpz::shim

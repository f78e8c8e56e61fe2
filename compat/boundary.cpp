// SPDX-License-Identifier: Zlib
// Default allocators of the ABI; see boundary.hpp.
#include "boundary.hpp"

#include <cstdlib>

namespace warpz::compat {
namespace {

voidpf default_alloc(voidpf, uInt items, uInt size) {
    return std::malloc(static_cast<std::size_t>(items) * size);
}

void default_free(voidpf, voidpf block) { std::free(block); }

}  // namespace

void use_default_allocators(z_streamp strm) noexcept {
    if (strm->zalloc == nullptr) {
        strm->zalloc = default_alloc;
        strm->opaque = nullptr;
    }
    if (strm->zfree == nullptr) strm->zfree = default_free;
}

bool has_default_allocator(const z_stream& strm) noexcept { return strm.zalloc == default_alloc; }

void* allocate(z_streamp strm, std::size_t size_bytes) noexcept {
    return strm->zalloc(strm->opaque, 1, static_cast<uInt>(size_bytes));
}

void deallocate(z_streamp strm, void* block) noexcept {
    // Another zlib may get this block and leave its first bytes as they are (inflateBackInit does).
    static_cast<StateHeader*>(block)->tag = 0;
    strm->zfree(strm->opaque, block);
}

}  // namespace warpz::compat

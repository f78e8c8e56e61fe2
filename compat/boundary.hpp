// SPDX-License-Identifier: Zlib
// What every function of the zlib ABI shares: the head of a stream's private state, by which our
// streams are told from foreign ones; default allocation; the bounded view of a z_stream's buffers.
// zlib.h is the source text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "zlib.h"

namespace warpz::compat {

/// First bytes of everything that z_stream::state points to. `owner` must equal the z_stream's
/// address (a z_stream copied by value is not a stream), `tag` says whose and which kind of state
/// it is. Other zlibs also begin with the back pointer, so reading these 16 bytes of a foreign
/// state is safe.
struct StateHeader {
    z_streamp owner;
    std::uint64_t tag;
};

inline constexpr std::uint64_t kDeflateTag = 0x6c66'6564'7a70'7277;  // "wrpzdefl" in memory order
inline constexpr std::uint64_t kInflateTag = 0x6c66'6e69'7a70'7277;  // "wrpzinfl"
inline constexpr std::uint64_t kInflateBackTag = 0x6b62'6e69'7a70'7277;  // "wrpzinbk"

/// The state's header when `strm` is a stream of ours with this tag, else null.
[[nodiscard]] inline StateHeader* checked_state(z_streamp strm, std::uint64_t tag) noexcept {
    if (strm == nullptr || strm->zalloc == nullptr || strm->zfree == nullptr) return nullptr;
    auto* header = reinterpret_cast<StateHeader*>(strm->state);
    if (header == nullptr || header->owner != strm || header->tag != tag) return nullptr;
    return header;
}

/// Fills in malloc/free where the caller left zalloc or zfree null, as zlib.h promises.
void use_default_allocators(z_streamp strm) noexcept;
/// True when the stream allocates through use_default_allocators()'s malloc.
[[nodiscard]] bool has_default_allocator(const z_stream& strm) noexcept;

/// One allocation through the stream's zalloc; null when it fails. Not cleared.
[[nodiscard]] void* allocate(z_streamp strm, std::size_t size_bytes) noexcept;
/// Gives back a stream's state, which begins with a StateHeader; its tag is gone from then on.
void deallocate(z_streamp strm, void* block) noexcept;

}  // namespace warpz::compat

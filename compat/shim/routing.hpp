// SPDX-License-Identifier: Zlib
// Decides for each call whether it is ours or another libz's. A stream or file goes to the library that made it,
// which the tag in its state tells; everything goes to the real libz in a process that gained privileges.
#pragma once

#include <atomic>

#include "boundary.hpp"
#include "gz/gz_file.hpp"
#include "shim/loaded_libraries.hpp"

namespace warpz::shim {

/// Whether the shim serves the process. It does not under AT_SECURE: an object named in /etc/ld.so.preload is
/// loaded there too (LD_PRELOAD is not), and such a process keeps the libz it was built with.
enum class Service : unsigned char { kUnknown, kServes, kStandsAside };
extern std::atomic<Service> g_service;

/// Settles g_service on first use. Threads that do so at once find the same answer.
[[nodiscard]] Service service() noexcept;

/// True in a process known to be an ordinary one, which all but the first calls see.
[[nodiscard]] inline bool serves_process() noexcept {
    return g_service.load(std::memory_order_relaxed) == Service::kServes;
}

/// True when another libz made the stream. Null streams, ended ones and those with null allocators are not foreign:
/// our own functions answer them as zlib does. Any zlib's state is longer than the header read here.
[[nodiscard]] inline bool is_foreign(z_streamp strm) noexcept {
    if (strm == nullptr || strm->zalloc == nullptr || strm->zfree == nullptr) return false;
    const auto* state = reinterpret_cast<const compat::StateHeader*>(strm->state);
    if (state == nullptr) return false;
    return state->tag != compat::kDeflateTag && state->tag != compat::kInflateTag &&
           state->tag != compat::kInflateBackTag;
}

/// The same for a file. In zlib's own state the place of `kind` holds the mode, a small number.
[[nodiscard]] inline bool is_foreign(gzFile file) noexcept {
    if (file == nullptr) return false;
    const compat::gz::Kind kind = static_cast<const compat::gz::File*>(file)->kind;
    return kind != compat::gz::Kind::kReader && kind != compat::gz::Kind::kWriter;
}

/// Where a call goes that may not be ours: to the other libz's function `name`, else to `own`, which for a foreign
/// object reports Z_STREAM_ERROR or its kin. The first is for calls without stream or file.
[[nodiscard]] Function elsewhere(const char* name, Function own) noexcept;
[[nodiscard]] Function elsewhere(const char* name, Function own, z_streamp foreign) noexcept;
[[nodiscard]] Function elsewhere(const char* name, Function own, gzFile foreign) noexcept;

/// Our export `name` (any of the functions in exports.def, or gzprintf), null when it is not one of zlib's names.
[[nodiscard]] Function own_export(const char* name) noexcept;

}  // namespace warpz::shim

// SPDX-License-Identifier: Zlib
// Finds, among the objects loaded into the process, what the shim stands in front of: another libz,
// and the dynamic linker's own lookup functions. Nothing is cached across calls where the object
// could be unloaded.
#pragma once

namespace warpz::shim {

/// Any function, to be cast back to its type before it is called.
using Function = void (*)();

/// The function `name` of a libz that is not the shim.
///
/// member    an address inside the wanted library, such as a foreign stream's default zalloc; that
/// library is
///           asked first, whatever its name. May be null, or point into something else.
/// returns   null when no loaded object but the shim offers it
/// threads   any; takes the dynamic linker's lock, as dl_iterate_phdr(3) does
[[nodiscard]] Function foreign_function(const char* name, const void* member) noexcept;

/// True when `address` lies in an object, of this link-map namespace and not the shim, that calls
/// itself libz.so.1.
[[nodiscard]] bool is_inside_libz(const void* address) noexcept;

/// The same question for a handle that dlopen() returned.
[[nodiscard]] bool is_libz_handle(void* handle) noexcept;

/// The next definition of `name` (dlsym, dlvsym) behind the shim in load order, which is what
/// RTLD_NEXT would give. The object that holds it was loaded at start and stays. Works before any
/// constructor has run, and needs no lock.
[[nodiscard]] Function next_in_load_order(const char* name) noexcept;

}  // namespace warpz::shim

// SPDX-License-Identifier: Zlib
// Intel's ISA-L (libisal.so.2, BSD-3-Clause) as an optional encoder: loaded on first use where it is installed. The
// soname has stood for one binary interface since 2.30; only functions that are sound in all releases are used.
#pragma once

struct isal_zstream;

namespace warpz::isal {

struct Functions {
    void (*init)(isal_zstream* stream);
    int (*set_dict)(isal_zstream* stream, unsigned char* dictionary, unsigned size);
    int (*deflate)(isal_zstream* stream);

    explicit operator bool() const noexcept { return deflate != nullptr; }
};

/// The library's functions; false when it is not installed, was not known when this library was built, in a process
/// that gained privileges (AT_SECURE), and in programs that link libz.a. The answer is remembered.
///
/// threads  any, also inside a constructor of a library that is being loaded: nobody waits for another thread here
[[nodiscard]] Functions functions() noexcept;

/// Loads the library. Shared objects have isal_loader.cpp, libz.a has isal_absent.cpp.
[[nodiscard]] Functions load_library() noexcept;

}  // namespace warpz::isal

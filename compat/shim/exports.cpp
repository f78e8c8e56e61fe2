// SPDX-License-Identifier: Zlib
// The functions of libz.so.1 as the preload object exports them. Each asks routing.hpp whose call it is and jumps
// there. Our own bodies are the library's, renamed to warpz_own_* after compilation (CMakeLists.txt).
#include <cstdarg>

#include "shim/elf_image.hpp"
#include "shim/routing.hpp"
#include "zlib.h"

// The library's bodies under their new names.
#define WARPZ_PLAIN(result, name, parameters, arguments) \
    extern "C" [[gnu::visibility("hidden")]] decltype(::name) warpz_own_##name;
#define WARPZ_STREAM(result, name, parameters, arguments, subject) \
    extern "C" [[gnu::visibility("hidden")]] decltype(::name) warpz_own_##name;
#define WARPZ_FILE WARPZ_STREAM
#include "shim/exports.def"
#undef WARPZ_PLAIN
#undef WARPZ_STREAM

// The exports. A name stands in parentheses because zlib.h defines gzgetc as a macro too.
#define WARPZ_FUNCTION(name) reinterpret_cast<warpz::shim::Function>(name)
#define WARPZ_PLAIN(result, name, parameters, arguments)                                    \
    extern "C" [[gnu::visibility("default")]] result(name) parameters {                     \
        if (!warpz::shim::serves_process()) [[unlikely]] {                                  \
            return reinterpret_cast<decltype(::name)*>(                                     \
                warpz::shim::elsewhere(#name, WARPZ_FUNCTION(warpz_own_##name))) arguments; \
        }                                                                                   \
        return warpz_own_##name arguments;                                                  \
    }
#define WARPZ_STREAM(result, name, parameters, arguments, subject)             \
    extern "C" [[gnu::visibility("default")]] result(name) parameters {        \
        if (warpz::shim::is_foreign(subject)) [[unlikely]] {                   \
            return reinterpret_cast<decltype(::name)*>(warpz::shim::elsewhere( \
                #name, WARPZ_FUNCTION(warpz_own_##name), subject)) arguments;  \
        }                                                                      \
        return warpz_own_##name arguments;                                     \
    }
#include "shim/exports.def"
#undef WARPZ_PLAIN
#undef WARPZ_STREAM

// The one function whose arguments cannot be passed on as they came.
extern "C" [[gnu::visibility("default")]] int gzprintf(gzFile file, const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = gzvprintf(file, format, values);
    va_end(values);
    return length;
}

// Addresses of the exports; -Bsymbolic-functions makes them ours even where a program defines the same name.
#define WARPZ_PLAIN(result, name, parameters, arguments) \
    if (is_same(wanted, #name)) return WARPZ_FUNCTION(&(::name));
#define WARPZ_STREAM(result, name, parameters, arguments, subject) \
    if (is_same(wanted, #name)) return WARPZ_FUNCTION(&(::name));

namespace warpz::shim {

Function own_export(const char* wanted) noexcept {
#include "shim/exports.def"
    if (is_same(wanted, "gzprintf")) return WARPZ_FUNCTION(&::gzprintf);
    return nullptr;
}

}  // namespace warpz::shim

// SPDX-License-Identifier: Zlib
// What the library says about itself: its version, how it was built, and the texts of result codes.
// The values are those of zlib 1.3.2 on the same platform.
#include <array>
#include <cstddef>

#include "zlib.h"

namespace {

/// A size as zlibCompileFlags() encodes it, in two bits.
consteval uLong size_code(std::size_t size_bytes) {
    switch (size_bytes) {
        case 2:
            return 0;
        case 4:
            return 1;
        case 8:
            return 2;
        default:
            return 3;
    }
}

// Every bit beyond the sizes names something that is missing or insecure; nothing here is.
constexpr uLong kCompileFlags = size_code(sizeof(uInt)) | size_code(sizeof(uLong)) << 2 |
                                size_code(sizeof(voidpf)) << 4 | size_code(sizeof(z_off_t)) << 6;
static_assert(sizeof(long) != 8 || kCompileFlags == 0xa9);  // LP64

// From Z_NEED_DICT (2) down to Z_VERSION_ERROR (-6).
constexpr std::array<const char*, 9> kCodeTexts = {
    "need dictionary",     "stream end",   "",
    "file error",          "stream error", "data error",
    "insufficient memory", "buffer error", "incompatible version",
};

}  // namespace

extern "C" const char* ZEXPORT zlibVersion() { return ZLIB_VERSION; }

extern "C" uLong ZEXPORT zlibCompileFlags() { return kCompileFlags; }

extern "C" const char* ZEXPORT zError(int code) {
    if (code > Z_NEED_DICT || code < Z_VERSION_ERROR) return "";
    return kCodeTexts[static_cast<std::size_t>(Z_NEED_DICT - code)];
}

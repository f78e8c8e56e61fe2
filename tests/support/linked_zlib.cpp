// SPDX-License-Identifier: Zlib
// The library under test: its objects as linked into the executable, or the file that
// WARPZ_TEST_LIBRARY names.
#include <cstdlib>

#include "support/reference_zlib.hpp"

namespace warpz::test {

const ZlibApi& linked_zlib() {
    static const ZlibApi api = [] {
        ZlibApi linked;
        linked.file = "linked";
#define WARPZ_TAKE(name, result, parameters) linked.name = ::name;
        WARPZ_ZLIB_FUNCTIONS(WARPZ_TAKE)
        WARPZ_ZLIB_FUNCTIONS_SINCE_1_3(WARPZ_TAKE)
#undef WARPZ_TAKE
        return linked;
    }();
    return api;
}

const ZlibApi& tested_zlib() {
    static const ZlibApi api = [] {
        const char* path = std::getenv("WARPZ_TEST_LIBRARY");
        return path != nullptr && *path != '\0' ? load_zlib(path) : linked_zlib();
    }();
    return api;
}

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// Compiled against this project's zlib.h and against the system's: each declares every function with
// the type that the tests' table of functions has, so both declare the same types. What is here is
// checked by the compiler; nothing runs.
#include <type_traits>

#include "support/reference_zlib.hpp"

#define WARPZ_CHECK(name, result, parameters) \
    static_assert(std::is_same_v<decltype(&::name), result(*) parameters>, #name);
WARPZ_ZLIB_FUNCTIONS(WARPZ_CHECK)
#if ZLIB_VERNUM >= 0x1320
WARPZ_ZLIB_FUNCTIONS_SINCE_1_3(WARPZ_CHECK)
#endif

// SPDX-License-Identifier: Zlib
// <immintrin.h> without false alarms: gcc 12 takes the deliberately undefined operands inside its
// own AVX-512 intrinsics for uninitialized variables (gcc bug 105593).
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

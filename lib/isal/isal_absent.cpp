// SPDX-License-Identifier: Zlib
// isal_loader.cpp's place in libz.a: a statically linked program gets neither dlopen() nor ISA-L.
#include "isal/isal_library.hpp"

namespace warpz::isal {

Functions load_library() noexcept { return {}; }

}  // namespace warpz::isal

// SPDX-License-Identifier: Zlib
// Text in pieces: printf formats and plain joining.
#pragma once

#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace warpz::bench {

/// snprintf() to a string; results longer than 511 bytes are cut.
template <class... Values>
[[nodiscard]] std::string format(const char* pattern, Values... values) {
    char text[512];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

[[nodiscard]] inline std::string join(std::initializer_list<std::string_view> pieces) {
    std::string text;
    for (const std::string_view piece : pieces) text.append(piece);
    return text;
}

}  // namespace warpz::bench

// SPDX-License-Identifier: Zlib
// Resolving of markers; see marker_resolver.hpp. Groups without a marker, the most by far some way into a chunk, are
// narrowed by vectors; the others are looked up in one table that holds all bytes and then the window.
#include "parallel/marker_resolver.hpp"

#include <array>
#include <cstring>

namespace warpz::parallel {
namespace {

constexpr std::size_t kGroup = 32;

}  // namespace

void resolve(std::span<const Symbol> symbols, Window window, std::uint8_t* out) noexcept {
    std::array<std::uint8_t, kFirstMarker + kWindowBytes> byte_of;
    for (std::size_t i = 0; i < kFirstMarker; ++i) byte_of[i] = static_cast<std::uint8_t>(i);
    std::memcpy(byte_of.data() + kFirstMarker, window.data(), kWindowBytes);
    const auto* from = reinterpret_cast<const std::uint8_t*>(symbols.data());
    const std::size_t groups = symbols.size() / kGroup;
    // `out` may be the memory of the symbols: a group is in registers before its bytes are written.
    for (std::size_t group = 0; group < groups; ++group, from += kGroup * sizeof(Symbol)) {
        std::array<Symbol, kGroup> taken;
        std::memcpy(taken.data(), from, sizeof taken);
        Symbol any = 0;
        for (const Symbol symbol : taken) any = static_cast<Symbol>(any | symbol);
        std::array<std::uint8_t, kGroup> bytes;
        if (any < kFirstMarker) {
            for (std::size_t i = 0; i < kGroup; ++i) bytes[i] = static_cast<std::uint8_t>(taken[i]);
        } else {
            for (std::size_t i = 0; i < kGroup; ++i) bytes[i] = byte_of[taken[i]];
        }
        std::memcpy(out, bytes.data(), sizeof bytes);
        out += kGroup;
    }
    for (std::size_t i = groups * kGroup; i < symbols.size(); ++i, from += sizeof(Symbol)) {
        Symbol symbol;
        std::memcpy(&symbol, from, sizeof symbol);
        *out++ = byte_of[symbol];
    }
}

}  // namespace warpz::parallel

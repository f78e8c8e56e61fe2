// SPDX-License-Identifier: Zlib
// Resolving of markers; see marker_resolver.hpp. Groups without a marker, the most by far some way into a chunk, are
// narrowed by vectors; the others are looked up in one table that holds all bytes and then the window.
#include "parallel/marker_resolver.hpp"

#include <array>
#include <cstring>

namespace warpz::parallel {
namespace {

constexpr std::size_t kGroup = 128;

}  // namespace

MarkerResolver::MarkerResolver(Window window) noexcept {
    for (std::size_t i = 0; i < kFirstMarker; ++i) byte_of_[i] = static_cast<std::uint8_t>(i);
    std::memcpy(byte_of_.data() + kFirstMarker, window.data(), kWindowBytes);
}

void MarkerResolver::resolve(std::span<const Symbol> symbols, std::uint8_t* out) const noexcept {
    const auto look_up = [this](const std::uint8_t* place) {
        Symbol symbol;
        std::memcpy(&symbol, place, sizeof symbol);
        return byte_of_[symbol];
    };
    const auto* from = reinterpret_cast<const std::uint8_t*>(symbols.data());
    const std::size_t groups = symbols.size() / kGroup;
    for (std::size_t group = 0; group < groups; ++group, out += kGroup) {
        // `out` may be the memory of the symbols: a group is out of it, or in order, before its bytes are written.
        std::array<Symbol, kGroup> taken;
        std::memcpy(taken.data(), from, sizeof taken);
        Symbol any = 0;
        for (const Symbol symbol : taken) any = static_cast<Symbol>(any | symbol);
        if (any < kFirstMarker) {
            std::array<std::uint8_t, kGroup> bytes;
            for (std::size_t i = 0; i < kGroup; ++i) bytes[i] = static_cast<std::uint8_t>(taken[i]);
            std::memcpy(out, bytes.data(), sizeof bytes);
            from += sizeof taken;
        } else {
            // Each to its place at once: gathered first, they would be waited for when they are loaded together.
            for (std::size_t i = 0; i < kGroup; ++i, from += sizeof(Symbol)) out[i] = look_up(from);
        }
    }
    for (std::size_t i = groups * kGroup; i < symbols.size(); ++i, from += sizeof(Symbol))
        *out++ = look_up(from);
}

}  // namespace warpz::parallel

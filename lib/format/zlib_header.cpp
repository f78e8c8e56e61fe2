// SPDX-License-Identifier: Zlib
// Reading of CMF and FLG; see zlib_header.hpp.
#include "format/zlib_header.hpp"

namespace warpz {
namespace {

constexpr unsigned kDeflateMethod = 8;  // RFC 1950 2.2 CM
constexpr unsigned kMaxWindowBits = 15;
constexpr std::uint64_t kFdictBit = 0x20;

}  // namespace

FormatError read_zlib_header(BitReader& reader, unsigned max_window_bits,
                             ZlibHeader& header) noexcept {
    // CMF * 256 + FLG. Bits beyond the two bytes, which only inflatePrime can leave there, spoil the check.
    const std::uint64_t value = (std::uint64_t{reader.peek(8)} << 8) + (reader.hold >> 8);
    if (value % 31 != 0) return FormatError::kHeaderCheck;
    if (reader.peek(4) != kDeflateMethod) return FormatError::kMethod;
    reader.drop(4);
    header.window_bits = reader.peek(4) + 8;
    if (header.window_bits > kMaxWindowBits ||
        (max_window_bits != 0 && header.window_bits > max_window_bits)) {
        return FormatError::kWindowSize;
    }
    header.has_dictionary = ((reader.hold >> 4) & kFdictBit) != 0;
    reader.clear();
    return FormatError::kNone;
}

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// The two-byte header of a zlib stream (RFC 1950 2.2), as a reader sees it.
#pragma once

#include "format/bit_reader.hpp"
#include "format/format_error.hpp"

namespace warpz {

struct ZlibHeader {
    unsigned window_bits = 0;     ///< CINFO + 8
    bool has_dictionary = false;  ///< FDICT: DICTID follows
};

/// Judges CMF and FLG, which `reader` holds already (at least 16 bits).
///
/// reader           cleared on success; on an error it keeps what zlib keeps (all bits, or all but CM), because
///                  callers see the count in data_type
/// max_window_bits  largest acceptable window, 0 when the header decides
/// header           filled on success; window_bits also with kWindowSize
/// returns          kNone, kHeaderCheck, kMethod or kWindowSize
[[nodiscard]] FormatError read_zlib_header(BitReader& reader, unsigned max_window_bits,
                                           ZlibHeader& header) noexcept;

}  // namespace warpz

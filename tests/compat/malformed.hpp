// SPDX-License-Identifier: Zlib
// The frame of the malformed-stream tests: one stream goes through both libraries in several piece sizes, its input
// ending at an unmapped page; decision, message, counters and the good prefix must agree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compat/inflate_streams.hpp"
#include "support/bit_builder.hpp"

namespace warpz::test {

/// Compares the decoding of `packed` in whole, byte-wise and in mid-sized pieces, by inflate() and, for raw streams, by
/// inflateBack().
void same_decoding(const std::string& name, const Bytes& packed, int window_bits = -15);

/// Checks in addition that both refuse the stream with `msg`.
void same_refusal(const std::string& name, const Bytes& packed, const char* msg,
                  int window_bits = -15);

}  // namespace warpz::test

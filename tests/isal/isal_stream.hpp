// SPDX-License-Identifier: Zlib
// A deflate stream of the linked library that is driven call by call, and what its output decodes to with the
// reference zlib.
#pragma once

#include <cstddef>

#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {

/// An open deflate stream with its output so far. Output space is given in pieces of `out_step` bytes.
class OpenStream {
  public:
    OpenStream(int level, int window_bits, std::size_t out_step = 1U << 16);
    ~OpenStream();
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

    /// Gives `size` bytes at `data` and calls deflate() with `flush` until it leaves output space. The last code.
    int write(const std::uint8_t* data, std::size_t size, int flush);
    int finish() { return write(nullptr, 0, Z_FINISH); }

    z_stream strm{};
    Bytes out;

  private:
    std::size_t out_step_;
};

/// What the reference zlib makes of the stream's bytes; `is_complete` tells whether it saw the end.
struct Decoded {
    Bytes data;
    bool is_complete;
    int code;
};
Decoded decode(const Bytes& packed, int window_bits);

/// One deflate() call with Z_FINISH and deflateBound() bytes of space.
Bytes deflate_at_once(const Bytes& data, int level, int window_bits);

/// True when a file whose path holds `name` is mapped into this process.
bool is_mapped(const char* name);

}  // namespace warpz::test

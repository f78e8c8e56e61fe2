// SPDX-License-Identifier: Zlib
// Streams of the linked library for the tests of lib/offload; what must not fail throws, so that the code also runs in
// child processes and threads, where Boost.Test's checks do not reach.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "support/reference_zlib.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {

inline void demand(bool is_true, const char* what) {
    if (!is_true) throw std::runtime_error(what);
}

/// A deflate stream with its output so far.
class Packer {
  public:
    explicit Packer(int level = 6, int window_bits = 15, std::size_t out_step = 1 << 16,
                    const ZlibApi& zlib = linked_zlib());
    ~Packer() { zlib_.deflateEnd(&strm); }
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;

    /// Gives the bytes in calls of up to `in_step`, the last one with `flush`, until nothing is left to deliver.
    int write(const std::uint8_t* data, std::size_t size, int flush,
              std::size_t in_step = ~std::size_t{0});
    /// Calls `body` with fresh output space until it returns false.
    void with_space(const std::function<bool()>& body);
    void finish() { demand(write(nullptr, 0, Z_FINISH) == Z_STREAM_END, "no end of stream"); }

    z_stream strm{};
    Bytes out;

  private:
    const ZlibApi& zlib_;
    std::size_t out_step_;
};

/// Decodes with the linked library in calls of these sizes; throws unless it is one whole stream that ends with the
/// input. `between` is called after each call.
Bytes unpack_in_pieces(const Bytes& packed, int window_bits, std::size_t in_step,
                       std::size_t out_step,
                       const std::function<void(z_stream&)>& between = nullptr);

/// What the reference zlib decodes; throws when it is not one whole stream.
Bytes unpack_whole(const Bytes& packed, int window_bits = 15);

}  // namespace warpz::test

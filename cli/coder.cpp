// SPDX-License-Identifier: Zlib
// Compression of a stream; see coder.hpp.
#include "coder.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemLevel = 9;  // room for as many symbols per block as gzip has
constexpr int kUnixOs = 3;    // RFC 1952, OS
constexpr unsigned kFixedHeaderBytes = 10;

class DeflateStream {
  public:
    explicit DeflateStream(int level) {
        if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kMemLevel,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~DeflateStream() { deflateEnd(&stream); }
    DeflateStream(const DeflateStream&) = delete;
    DeflateStream& operator=(const DeflateStream&) = delete;

    z_stream stream{};
};

/// Finds the places where --rsyncable restarts the compressor: where the sum of the last 4096 bytes is a multiple of
/// 4096, so they depend on nothing but these bytes. (gzip and pigz use the same rule.)
class RestartPoints {
  public:
    /// Bytes of `data` up to and including the next place; data.size() + 1 when there is none.
    std::size_t find(std::span<const std::uint8_t> data) {
        for (std::size_t i = 0; i < data.size(); ++i) {
            sum_ += data[i];
            sum_ -= std::exchange(window_[position_ % kWindowBytes], data[i]);
            ++position_;
            if (sum_ % kWindowBytes == 0 && position_ >= kWindowBytes) return i + 1;
        }
        return data.size() + 1;
    }

  private:
    static constexpr std::size_t kWindowBytes = 4096;
    std::array<std::uint8_t, kWindowBytes> window_{};
    std::uint64_t sum_ = 0;
    std::uint64_t position_ = 0;
};

/// Runs deflate() until it has taken all input and, for Z_FINISH, ended the stream.
void drain(z_stream& stream, int flush, Buffer& buffer, Writer& out) {
    int code = Z_OK;
    do {
        stream.next_out = buffer.data();
        stream.avail_out = static_cast<uInt>(buffer.size());
        code = deflate(&stream, flush);
        out.write(buffer.first(buffer.size() - stream.avail_out));
    } while (flush == Z_FINISH ? code == Z_OK : stream.avail_out == 0);
    if (flush == Z_FINISH && code != Z_STREAM_END)
        throw std::runtime_error("deflate() left the stream unfinished");
}

}  // namespace

CoderTotals compress(Reader& in, Writer& out, const CompressRequest& request) {
    DeflateStream deflater(request.level);
    z_stream& stream = deflater.stream;
    std::string name = request.name.value_or("");
    gz_header header{};
    header.time = request.mtime;
    header.os = kUnixOs;
    if (request.name) header.name = reinterpret_cast<Bytef*>(name.data());
    deflateSetHeader(&stream, &header);

    Buffer buffer;
    RestartPoints restarts;
    for (;;) {
        const auto bytes = in.available();
        if (bytes.empty()) break;
        std::size_t size = bytes.size();
        int flush = Z_NO_FLUSH;
        if (request.rsyncable) {
            if (const std::size_t at = restarts.find(bytes); at <= size) {
                size = at;
                flush = Z_FULL_FLUSH;
            }
        }
        stream.next_in = const_cast<Bytef*>(bytes.data());
        stream.avail_in = static_cast<uInt>(size);
        drain(stream, flush, buffer, out);
        in.take(size);
    }
    stream.next_in = buffer.data();
    stream.avail_in = 0;
    drain(stream, Z_FINISH, buffer, out);
    return {
        .plain_bytes = in.read_bytes(),
        .packed_bytes = out.written_bytes(),
        .overhead_bytes = kFixedHeaderBytes + (request.name ? name.size() + 1 : 0) + kTrailerBytes};
}

void copy_through(Reader& in, Writer& out) {
    for (auto bytes = in.available(); !bytes.empty(); bytes = in.available()) {
        out.write(bytes);
        in.take(bytes.size());
    }
}

}  // namespace warpz::cli

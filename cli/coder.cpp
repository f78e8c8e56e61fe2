// SPDX-License-Identifier: Zlib
// Compression of a stream; see coder.hpp.
#include "coder.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "block_pool.hpp"
#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kZlibWindowBits = 15;
constexpr int kRawWindowBits = -15;
constexpr std::size_t kZlibOverheadBytes = 6;  // RFC 1950: CMF, FLG, ADLER32
constexpr int kMemLevel = 9;                   // room for as many symbols per block as gzip has
constexpr int kUnixOs = 3;                     // RFC 1952, OS
constexpr unsigned kFixedHeaderBytes = 10;

class DeflateStream {
  public:
    DeflateStream(int level, int window_bits) {
        if (deflateInit2(&stream, level, Z_DEFLATED, window_bits, kMemLevel, Z_DEFAULT_STRATEGY) !=
            Z_OK) {
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

int window_bits(Format format) {
    return format == Format::kGzip   ? kGzipWindowBits
           : format == Format::kZlib ? kZlibWindowBits
                                     : kRawWindowBits;
}

std::size_t overhead_bytes(const CompressRequest& request) {
    switch (request.format) {
        case Format::kGzip:
            return kFixedHeaderBytes + (request.name ? request.name->size() + 1 : 0) +
                   kTrailerBytes;
        case Format::kZlib:
            return kZlibOverheadBytes;
        default:
            return 0;
    }
}

void append_be(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}
void append_le(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// One stream of blocks that were compressed apart, with header and trailer.
CoderTotals compress_independent(Reader& in, Writer& out, const CompressRequest& request) {
    std::vector<std::uint8_t> frame;
    if (request.format == Format::kGzip) {
        const bool has_name = request.name.has_value();
        frame = {0x1f, 0x8b, Z_DEFLATED, static_cast<std::uint8_t>(has_name ? 8 : 0)};
        append_le(frame, request.mtime);
        // XFL, RFC 1952: the slowest or the fastest method was used.
        frame.push_back(request.level == 9 ? 2 : request.level == 1 ? 4 : 0);
        frame.push_back(kUnixOs);
        if (has_name) {
            frame.insert(frame.end(), request.name->begin(), request.name->end());
            frame.push_back(0);
        }
    } else if (request.format == Format::kZlib) {
        frame = {0x78, 0x9c};  // RFC 1950: deflate, a window of 32 KiB, the default level
    }
    out.write(frame);
    const std::size_t header_bytes = frame.size();
    const BlockTotals blocks = compress_flushed(in, out, request);
    frame.clear();
    if (request.format == Format::kGzip) {
        append_le(frame, blocks.crc);
        append_le(frame, static_cast<std::uint32_t>(blocks.plain_bytes));
    } else if (request.format == Format::kZlib) {
        append_be(frame, blocks.adler);
    }
    out.write(frame);
    const std::size_t overhead = header_bytes + frame.size();
    return {blocks.plain_bytes, blocks.packed_bytes + overhead, overhead};
}

}  // namespace

CoderTotals compress(Reader& in, Writer& out, const CompressRequest& request,
                     std::vector<IndexEntry>* index) {
    if (request.format == Format::kBgzf) {
        const BlockTotals blocks = compress_bgzf(in, out, request, index);
        return {blocks.plain_bytes, blocks.packed_bytes, blocks.overhead_bytes};
    }
    if (request.block_bytes != 0) return compress_independent(in, out, request);

    DeflateStream deflater(request.level, window_bits(request.format));
    z_stream& stream = deflater.stream;
    std::string name = request.name.value_or("");
    gz_header header{};
    header.time = request.mtime;
    header.os = kUnixOs;
    if (request.name) header.name = reinterpret_cast<Bytef*>(name.data());
    if (request.format == Format::kGzip) deflateSetHeader(&stream, &header);

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
    return {.plain_bytes = in.read_bytes(),
            .packed_bytes = out.written_bytes(),
            .overhead_bytes = overhead_bytes(request)};
}

void copy_through(Reader& in, Writer& out) {
    for (auto bytes = in.available(); !bytes.empty(); bytes = in.available()) {
        out.write(bytes);
        in.take(bytes.size());
    }
}

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// Compression and decompression of streams; see coder.hpp. Decoding reads header and trailer itself and leaves raw
// deflate data to inflate(), so that each defect has gzip's own message.
#include "coder.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr int kRawWindowBits = -15;
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

class InflateStream {
  public:
    InflateStream() {
        if (inflateInit2(&stream, kRawWindowBits) != Z_OK) throw std::bad_alloc();
    }
    ~InflateStream() { inflateEnd(&stream); }
    InflateStream(const InflateStream&) = delete;
    InflateStream& operator=(const InflateStream&) = delete;

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

/// Decodes one member's deflate data and counts it in `plain_bytes`. Returns the CRC.
std::uint32_t inflate_member(Reader& in, Writer& out, z_stream& stream, Buffer& buffer,
                             std::uint64_t& plain_bytes) {
    uLong crc = crc32(0, nullptr, 0);
    for (;;) {
        const auto bytes = in.available();
        // inflate() reads through a pointer that the interface declares without const.
        stream.next_in = const_cast<Bytef*>(bytes.data());
        stream.avail_in = static_cast<uInt>(bytes.size());
        stream.next_out = buffer.data();
        stream.avail_out = static_cast<uInt>(buffer.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        in.take(bytes.size() - stream.avail_in);
        const auto plain = buffer.first(buffer.size() - stream.avail_out);
        crc = crc32_z(crc, plain.data(), plain.size());
        plain_bytes += plain.size();
        out.write(plain);
        switch (code) {
            case Z_STREAM_END:
                return static_cast<std::uint32_t>(crc);
            case Z_OK:
                break;
            case Z_BUF_ERROR:
                // The output buffer is empty in each call, so it is input that is missing.
                if (bytes.empty()) throw truncated(in);
                break;
            case Z_MEM_ERROR:
                throw std::bad_alloc();
            default:
                throw Failure(in.name(), "invalid compressed data--format violated");
        }
    }
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

DecompressResult decompress(Reader& in, Writer& out, const MemberHeader& first, bool keeps_rest) {
    InflateStream inflater;
    Buffer buffer;
    DecompressResult result;
    result.last_mtime = first.mtime;
    std::size_t overhead = first.size_bytes + kTrailerBytes;
    result.last_overhead_bytes = overhead;
    for (;;) {
        result.totals.overhead_bytes += overhead;
        result.last_plain_bytes = 0;
        result.last_crc = inflate_member(in, out, inflater.stream, buffer, result.last_plain_bytes);
        result.totals.plain_bytes += result.last_plain_bytes;
        const MemberTrailer trailer = read_member_trailer(in);
        if (trailer.crc != result.last_crc)
            throw Failure(in.name(), "invalid compressed data--crc error");
        if (trailer.isize != static_cast<std::uint32_t>(result.last_plain_bytes)) {
            throw Failure(in.name(), "invalid compressed data--length error");
        }
        result.ending = skip_to_next_member(in, keeps_rest);
        result.totals.packed_bytes = in.taken_bytes();
        if (result.ending != AfterMember::kMember) return result;
        const MemberHeader next = read_member_header(in);
        if (next.mtime != 0) result.last_mtime = next.mtime;
        overhead = next.size_bytes + kTrailerBytes;
        result.last_overhead_bytes = 0;
        inflateReset(&inflater.stream);
    }
}

void copy_through(Reader& in, Writer& out) {
    for (auto bytes = in.available(); !bytes.empty(); bytes = in.available()) {
        out.write(bytes);
        in.take(bytes.size());
    }
}

}  // namespace warpz::cli

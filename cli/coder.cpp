// SPDX-License-Identifier: Zlib
// Compression of a stream; see coder.hpp.
#include "coder.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "block_pool.hpp"
#include "deflater.hpp"
#include "zstd_format.hpp"

namespace warpz::cli {
namespace {

constexpr std::size_t kZlibOverheadBytes = 6;  // RFC 1950: CMF, FLG, ADLER32
constexpr std::uint8_t kUnixOs = 3;            // RFC 1952: OS
constexpr unsigned kFixedHeaderBytes = 10;
constexpr std::uint8_t kDeflateMethod = 8;  // CM

/// Random values, by the generator splitmix64.
consteval std::array<std::uint64_t, 256> make_random_table() {
    std::array<std::uint64_t, 256> table{};
    std::uint64_t state = 0;
    for (std::uint64_t& value : table) {
        std::uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        value = z ^ z >> 31;
    }
    return table;
}
/// Finds the places where --rsyncable restarts the compressor: where a hash of the last 64 bytes has kHashBits bits that are
/// zero, so they depend on nothing but these bytes; kLeastBytes apart, so that a restart costs little. Where one place is
/// skipped for being near to another the next ones soon agree again, whatever the data before were.
class RestartPoints {
  public:
    /// Bytes of `data` up to and including the next place; data.size() + 1 when there is none.
    std::size_t find(std::span<const std::uint8_t> data) {
        for (std::size_t i = 0; i < data.size(); ++i) {
            hash_ = (hash_ << 1) + kTable[data[i]];
            if (++since_last_ >= kLeastBytes && hash_ >> (64 - kHashBits) == 0) {
                since_last_ = 0;
                return i + 1;
            }
        }
        return data.size() + 1;
    }

  private:
    static constexpr std::size_t kLeastBytes = std::size_t{32} << 10;
    static constexpr unsigned kHashBits = 17;  // 128 KiB between places on average

    static constexpr std::array<std::uint64_t, 256> kTable = make_random_table();

    std::uint64_t hash_ = 0;  // bytes before the last 64 have left it
    std::size_t since_last_ = 0;
};

/// Hands `in` to the encoder, with a flush behind it, and writes what comes out.
void encode(Deflater& deflater, std::span<const std::uint8_t> in, Deflater::Flush flush,
            Buffer& buffer, Writer& out) {
    for (;;) {
        const Deflater::Step step = deflater.step(in, {buffer.data(), buffer.size()}, flush);
        out.write(buffer.first(step.made));
        in = in.subspan(step.taken);
        if (step.is_end) return;
        if (step.made < buffer.size() && flush != Deflater::Flush::kFinish) return;
    }
}

Deflater::Wrap wrap_of(Format format) {
    return format == Format::kGzip   ? Deflater::Wrap::kGzip
           : format == Format::kZlib ? Deflater::Wrap::kZlib
                                     : Deflater::Wrap::kRaw;
}

std::size_t overhead_bytes(const CompressRequest& request) {
    switch (request.format) {
        case Format::kGzip:
            return kFixedHeaderBytes + (request.name ? request.name->size() + 1 : 0) +
                   (request.comment ? request.comment->size() + 1 : 0) + kTrailerBytes;
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
        frame = {0x1f, 0x8b, kDeflateMethod, static_cast<std::uint8_t>(has_name ? 8 : 0)};
        append_le(frame, request.mtime);
        // XFL, RFC 1952: the slowest or the fastest method was used.
        frame.push_back(request.level >= 9 ? 2 : request.level < 2 ? 4 : 0);
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
    if (request.format == Format::kZstd) return compress_zstd(in, out, request);
    if (request.block_bytes != 0) return compress_independent(in, out, request);

    Deflater deflater(request.level, wrap_of(request.format),
                      {request.name, request.mtime, request.comment});
    Buffer buffer;
    RestartPoints restarts;
    // Where the encoder has a place for its input this is read there. When that is full, a little input makes it go on.
    std::array<std::uint8_t, 4096> few;
    bool has_place = false;
    for (;;) {
        const auto place = deflater.input_space();
        has_place = has_place || !place.empty();
        if (has_place && in.is_drained() && !request.rsyncable) {
            const auto bytes = in.read_to(place.empty() ? std::span(few) : place);
            if (bytes.empty()) break;
            encode(deflater, bytes, Deflater::Flush::kNone, buffer, out);
            continue;
        }
        const auto bytes = in.available();
        if (bytes.empty()) break;
        std::size_t size = bytes.size();
        Deflater::Flush flush = Deflater::Flush::kNone;
        if (request.rsyncable) {
            if (const std::size_t at = restarts.find(bytes); at <= size) {
                size = at;
                flush = Deflater::Flush::kFull;
            }
        }
        encode(deflater, bytes.first(size), flush, buffer, out);
        in.take(size);
    }
    encode(deflater, {}, Deflater::Flush::kFinish, buffer, out);
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

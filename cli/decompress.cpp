// SPDX-License-Identifier: Zlib
// Decompression of any number of members; see coder.hpp. Headers and trailers are read here and raw deflate data is left
// to inflate(), so that each defect has gzip's own message. Where other threads have decoded a chunk of the file, it is
// taken over at the block or member where it begins.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include "chunk_queue.hpp"
#include "coder.hpp"
#include "zlib.h"

namespace warpz::cli {
namespace {

using parallel::Start;
using parallel::StartKind;

constexpr int kRawWindowBits = -15;
constexpr int kZlibWindowBits = 15;
constexpr std::size_t kZlibOverheadBytes = 6;  // RFC 1950: CMF, FLG, ADLER32
constexpr int kAtBoundary = 128;               // data_type's flags, zlib.h
constexpr int kInLastBlock = 64;

std::unique_ptr<ChunkQueue> make_queue(const Reader& in, unsigned threads) {
    struct stat status {};
    if (threads < 2 || fstat(in.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
    const off_t at = lseek(in.fd(), 0, SEEK_CUR);
    if (at < 0) return nullptr;
    const auto base = static_cast<std::uint64_t>(at) - in.read_bytes();
    const auto end = static_cast<std::uint64_t>(status.st_size);
    if (end < base + in.taken_bytes() + ChunkQueue::kMinFileBytes) return nullptr;
    return std::make_unique<ChunkQueue>(FileBytes(in.fd(), base, end - base), threads,
                                        in.taken_bytes() * 8);
}

class MemberDecoder {
  public:
    MemberDecoder(Reader& in, Writer& out, unsigned threads)
        : in_(in), out_(out), queue_(make_queue(in, threads)) {
        if (inflateInit2(&stream_, kRawWindowBits) != Z_OK) throw std::bad_alloc();
        stream_.next_in = nullptr;
    }
    ~MemberDecoder() { inflateEnd(&stream_); }
    MemberDecoder(const MemberDecoder&) = delete;
    MemberDecoder& operator=(const MemberDecoder&) = delete;

    DecompressResult run(const MemberHeader& first, bool keeps_rest) {
        begin_member(first.size_bytes, first.mtime);
        bool in_member = true;
        for (;;) {
            if (in_member) decode_member();
            result_.ending = skip_to_next_member(in_, keeps_rest);
            result_.totals.packed_bytes = in_.taken_bytes();
            if (result_.ending != AfterMember::kMember) return result_;
            in_member = true;
            const Start here{in_.taken_bytes() * 8, StartKind::kMember};
            if (Chunk* chunk = chunk_at(here)) {
                in_member = !take_over(*chunk);
                continue;
            }
            const MemberHeader next = read_member_header(in_);
            begin_member(next.size_bytes, next.mtime);
        }
    }

  private:
    void begin_member(std::size_t header_bytes, std::uint32_t mtime) {
        ++result_.members;
        result_.totals.overhead_bytes += header_bytes + kTrailerBytes;
        if (mtime != 0) result_.last_mtime = mtime;
        crc_ = 0;
        plain_bytes_ = 0;
        inflateReset(&stream_);
    }

    void end_member(const MemberTrailer& trailer) {
        const bool is_length_right = trailer.isize == static_cast<std::uint32_t>(plain_bytes_);
        if (trailer.crc != crc_) {
            BadData failure = bad_check("crc error");
            if (!is_length_right) failure.set_second_reason(bad_check("length error").what());
            throw failure;
        }
        if (!is_length_right) throw bad_check("length error");
        result_.crc = static_cast<std::uint32_t>(
            crc32_combine(result_.crc, crc_, static_cast<z_off_t>(plain_bytes_)));
    }

    [[nodiscard]] BadData bad_data(const char* what, Aftermath aftermath) const {
        return BadData(in_.name(), std::string("invalid compressed data--") + what,
                       in_.taken_bytes(), false, aftermath);
    }
    [[nodiscard]] BadData bad_check(const char* what) const {
        return bad_data(what, Aftermath::kNextFileOfTest);
    }

    void add_plain(std::size_t size, std::uint32_t crc) {
        crc_ = static_cast<std::uint32_t>(crc32_combine(crc_, crc, static_cast<z_off_t>(size)));
        plain_bytes_ += size;
        result_.totals.plain_bytes += size;
    }

    /// Decodes to the end of the member, trailer included.
    void decode_member() {
        for (;;) {
            const auto bytes = in_.available();
            // inflate() reads through a pointer that the interface declares without const.
            stream_.next_in = const_cast<Bytef*>(bytes.data());
            stream_.avail_in = static_cast<uInt>(bytes.size());
            stream_.next_out = buffer_.data();
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            const int code = ::inflate(&stream_, queue_ ? Z_BLOCK : Z_NO_FLUSH);
            in_.take(bytes.size() - stream_.avail_in);
            const auto plain = buffer_.first(buffer_.size() - stream_.avail_out);
            crc_ = static_cast<std::uint32_t>(crc32_z(crc_, plain.data(), plain.size()));
            plain_bytes_ += plain.size();
            result_.totals.plain_bytes += plain.size();
            out_.write(plain);
            switch (code) {
                case Z_STREAM_END:
                    end_member(read_member_trailer(in_));
                    return;
                case Z_OK:
                    break;
                case Z_BUF_ERROR:
                    // The output buffer is empty in each call, so it is input that is missing.
                    if (bytes.empty()) throw truncated(in_);
                    break;
                case Z_MEM_ERROR:
                    throw std::bad_alloc();
                default:
                    throw bad_data("format violated", Aftermath::kEnd);
            }
            if (queue_ && (stream_.data_type & (kAtBoundary | kInLastBlock)) == kAtBoundary) {
                const Start here{
                    in_.taken_bytes() * 8 - static_cast<unsigned>(stream_.data_type & 7),
                    StartKind::kBlock};
                if (Chunk* chunk = chunk_at(here); chunk != nullptr && take_over(*chunk)) return;
            }
        }
    }

    /// The chunk that begins at `here`, with the window behind it in window_.
    Chunk* chunk_at(Start here) {
        if (!queue_ || !queue_->has_chunk_at(here, result_.totals.plain_bytes)) return nullptr;
        window_.have = 0;
        if (here.kind == StartKind::kBlock) {
            std::array<Bytef, parallel::kWindowBytes> history;
            uInt size = 0;
            inflateGetDictionary(&stream_, history.data(), &size);
            window_.append(std::span(history).first(size));
        }
        return queue_->take(here, window_);
    }

    /// Takes over a chunk and those that join on to it. True when the last one ends with a member's end.
    bool take_over(Chunk& first) {
        Chunk* chunk = &first;
        std::uint64_t end_bit = 0;
        bool is_member_end = false;
        while (chunk != nullptr) {
            end_bit = chunk->end_bit();
            is_member_end = chunk->pieces().back().ends_member;
            deliver(*chunk);
            queue_->release();
            chunk = nullptr;
            if (!is_member_end) {
                const Start next{end_bit, StartKind::kBlock};
                if (queue_->has_chunk_at(next, result_.totals.plain_bytes))
                    chunk = queue_->take(next, window_);
            }
        }
        in_.jump(end_bit / 8);
        if (!is_member_end) resume_at(end_bit);
        return is_member_end;
    }

    void deliver(const Chunk& chunk) {
        std::size_t at = 0;
        for (const Piece& piece : chunk.pieces()) {
            if (piece.starts_member) begin_member(piece.header_bytes, piece.mtime);
            for (const auto part : chunk.plain(at, piece.plain_bytes)) out_.write(part);
            add_plain(piece.plain_bytes, piece.crc);
            at += piece.plain_bytes;
            if (!piece.ends_member) continue;
            // Where the reader of the trailer would stand, for a message.
            in_.jump(piece.end_byte);
            end_member({piece.stored_crc, piece.stored_isize});
        }
    }

    /// Lets inflate() go on at a block boundary with window_.
    void resume_at(std::uint64_t bit) {
        inflateReset(&stream_);
        const auto history = window_.known();
        inflateSetDictionary(&stream_, history.data(), static_cast<uInt>(history.size()));
        if (bit % 8 == 0) return;
        const auto bytes = in_.available();
        if (bytes.empty()) throw truncated(in_);
        inflatePrime(&stream_, static_cast<int>(8 - bit % 8), bytes[0] >> bit % 8);
        in_.take(1);
    }

    Reader& in_;
    Writer& out_;
    z_stream stream_{};
    Buffer buffer_;
    HistoryWindow window_{};
    std::unique_ptr<ChunkQueue> queue_;
    DecompressResult result_;
    std::uint32_t crc_ = 0;  // of the member
    std::uint64_t plain_bytes_ = 0;
};

}  // namespace

DecompressResult decompress(Reader& in, Writer& out, const MemberHeader& first,
                            const DecompressRequest& request) {
    MemberDecoder decoder(in, out, request.threads);
    return decoder.run(first, request.keeps_rest);
}

namespace {

/// Decodes one stream and leaves what follows it.
DecompressResult inflate_stream(Reader& in, Writer& out, Format format) {
    struct Stream {
        explicit Stream(int window_bits) {
            if (inflateInit2(&z, window_bits) != Z_OK) throw std::bad_alloc();
        }
        ~Stream() { inflateEnd(&z); }
        z_stream z{};
    } stream(format == Format::kZlib ? kZlibWindowBits : kRawWindowBits);
    Buffer buffer;
    DecompressResult result;
    for (;;) {
        const auto bytes = in.available();
        stream.z.next_in = const_cast<Bytef*>(bytes.data());
        stream.z.avail_in = static_cast<uInt>(bytes.size());
        stream.z.next_out = buffer.data();
        stream.z.avail_out = static_cast<uInt>(buffer.size());
        const int code = ::inflate(&stream.z, Z_NO_FLUSH);
        in.take(bytes.size() - stream.z.avail_in);
        const auto plain = buffer.first(buffer.size() - stream.z.avail_out);
        result.crc = static_cast<std::uint32_t>(crc32_z(result.crc, plain.data(), plain.size()));
        result.totals.plain_bytes += plain.size();
        out.write(plain);
        if (code == Z_STREAM_END) break;
        if (code == Z_MEM_ERROR) throw std::bad_alloc();
        if (code == Z_BUF_ERROR && bytes.empty()) throw truncated(in);
        if (code != Z_OK && code != Z_BUF_ERROR) {
            const bool is_header = result.totals.plain_bytes == 0 && in.taken_bytes() <= 2;
            if (is_header && format == Format::kZlib)
                throw Failure(in.name(), "not in zlib format");
            throw BadData(in.name(), "invalid compressed data--format violated", in.taken_bytes());
        }
    }
    return result;
}

std::uint32_t le16(std::span<const std::uint8_t> bytes) {
    return bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8;
}
std::uint32_t le32(std::span<const std::uint8_t> bytes) {
    return le16(bytes) | le16(bytes.subspan(2)) << 16;
}

/// Copies `size` bytes that are stored as they are.
DecompressResult copy_stored(Reader& in, Writer& out, std::uint64_t size) {
    DecompressResult result;
    while (result.totals.plain_bytes < size) {
        auto bytes = in.available();
        if (bytes.empty()) throw truncated(in);
        bytes = bytes.first(static_cast<std::size_t>(
            std::min<std::uint64_t>(bytes.size(), size - result.totals.plain_bytes)));
        result.crc = static_cast<std::uint32_t>(crc32_z(result.crc, bytes.data(), bytes.size()));
        result.totals.plain_bytes += bytes.size();
        out.write(bytes);
        in.take(bytes.size());
    }
    return result;
}

}  // namespace

DecompressResult decompress_stream(Reader& in, Writer& out, Format format) {
    DecompressResult result = inflate_stream(in, out, format);
    result.members = 1;
    result.totals.packed_bytes = in.taken_bytes();
    if (format == Format::kZlib) result.totals.overhead_bytes = kZlibOverheadBytes;
    if (!in.available().empty()) result.ending = AfterMember::kGarbage;
    return result;
}

DecompressResult decompress_zip(Reader& in, Writer& out) {
    // The local header, PKWARE's APPNOTE 4.3.7.
    constexpr std::size_t kHeaderBytes = 30;
    constexpr unsigned kEncrypted = 1;
    constexpr unsigned kSizesFollow = 8;
    const auto header = in.peek(kHeaderBytes);
    if (header.size() < kHeaderBytes) throw Failure(in.name(), "not a valid zip file");
    const unsigned flags = le16(header.subspan(6));
    const unsigned method = le16(header.subspan(8));
    std::uint32_t stored_crc = le32(header.subspan(14));
    const std::uint32_t packed_size = le32(header.subspan(18));
    std::uint32_t plain_size = le32(header.subspan(22));
    const std::size_t size = kHeaderBytes + le16(header.subspan(26)) + le16(header.subspan(28));
    if (in.peek(size).size() < size) throw Failure(in.name(), "not a valid zip file");
    in.take(size);
    if (method != 0 && method != Z_DEFLATED)
        throw Failure(in.name(), "first entry not deflated or stored -- use unzip");
    if ((flags & kEncrypted) != 0) throw Failure(in.name(), "encrypted file -- use unzip");
    if (method == 0 && ((flags & kSizesFollow) != 0 || packed_size != plain_size))
        throw Failure(in.name(), "invalid compressed data--length error");

    DecompressResult result =
        method == 0 ? copy_stored(in, out, plain_size) : inflate_stream(in, out, Format::kRaw);
    std::size_t overhead = size;
    if ((flags & kSizesFollow) != 0) {
        // The data descriptor, 4.3.9; its signature is customary, not required.
        const auto bytes = in.peek(16);
        const bool has_signature = bytes.size() >= 4 && le32(bytes) == 0x08074b50;
        const std::size_t begin = has_signature ? 4 : 0;
        if (bytes.size() < begin + 12) throw truncated(in);
        stored_crc = le32(bytes.subspan(begin));
        plain_size = le32(bytes.subspan(begin + 8));
        in.take(begin + 12);
        overhead += begin + 12;
    }
    if (stored_crc != result.crc)
        throw BadData(in.name(), "invalid compressed data--crc error", in.taken_bytes(), false,
                      Aftermath::kNextFileOfTest);
    if (plain_size != static_cast<std::uint32_t>(result.totals.plain_bytes))
        throw BadData(in.name(), "invalid compressed data--length error", in.taken_bytes(), false,
                      Aftermath::kNextFileOfTest);
    result.members = 1;
    if (method == 0) result.method = "store";
    result.totals.packed_bytes = in.taken_bytes();
    result.totals.overhead_bytes = overhead;
    const auto next = in.peek(4);
    if (next.size() >= 4 && le32(next) == 0x04034b50) result.ending = AfterMember::kMoreEntries;
    return result;
}

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// Chunks; see chunk_decoder.hpp.
#include "chunk_decoder.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "parallel/member_scan.hpp"

namespace warpz::cli {
namespace {

using parallel::BlockOutcome;
using parallel::kWindowBytes;
using parallel::Start;
using parallel::StartKind;
using parallel::Symbol;

constexpr std::size_t kLoadStep = std::size_t{256} << 10;
constexpr std::size_t kMaxFirstLoad = std::size_t{4} << 20;
constexpr std::size_t kCheckedBytes =
    std::size_t{256} << 10;  // decoded, and in the cache when their check value is computed
constexpr int kRawWindowBits = -15;

std::uint32_t le32(std::span<const std::uint8_t> bytes) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes[i]} << (8 * i);
    return value;
}

}  // namespace

std::size_t FileBytes::read_at(std::uint64_t offset, std::uint8_t* to,
                               std::size_t size) const noexcept {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got =
            pread(fd_, to + done, size - done, static_cast<off_t>(base_ + offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void LoadedBytes::load(std::uint64_t offset, std::size_t size) {
    offset_ = offset;
    size_ = 0;
    extend(size);
}

bool LoadedBytes::extend(std::size_t size) {
    if (reaches_end()) return false;
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, file_.size() - offset_ - size_));
    if (const std::size_t need = size_ + size + parallel::kInputSlackBytes; need > capacity_) {
        auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(need + need / 4);
        if (size_ != 0) std::memcpy(larger.get(), memory_.get(), size_);
        memory_ = std::move(larger);
        capacity_ = need + need / 4;
    }
    const std::size_t got = file_.read_at(offset_ + size_, memory_.get() + size_, size);
    size_ += got;
    return got != 0;
}

PageBuffer::PageBuffer(std::size_t size) : size_(size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::uint8_t*>(memory);
}

PageBuffer::~PageBuffer() { munmap(data_, size_); }

void HistoryWindow::append(std::span<const std::uint8_t> plain) noexcept {
    if (plain.size() > bytes.size()) plain = plain.last(bytes.size());
    if (plain.empty()) return;
    std::memmove(bytes.data(), bytes.data() + plain.size(), bytes.size() - plain.size());
    std::memcpy(bytes.data() + bytes.size() - plain.size(), plain.data(), plain.size());
    have = std::min(bytes.size(), have + plain.size());
}

Chunk::Inflater::Inflater() {
    if (inflateInit2(&stream, kRawWindowBits) != Z_OK) throw std::bad_alloc();
}
Chunk::Inflater::~Inflater() { inflateEnd(&stream); }

Chunk::Chunk(const FileBytes& file)
    : in_(file),
      symbol_memory_((kWindowBytes + kMaxSymbols + parallel::kSymbolSlack) * sizeof(Symbol)),
      byte_memory_(kMaxBytes),
      tables_(std::make_unique<inflate::Tables>()) {}

void Chunk::mark(std::uint64_t bit) {
    mark_ = {bit, symbols_, bytes_, pieces_.size(), pieces_.empty() ? Piece{} : pieces_.back()};
}

void Chunk::decode(Start start, std::uint64_t target) {
    start_ = start;
    symbols_ = bytes_ = 0;
    pieces_.clear();
    is_resolved_ = false;
    const std::uint64_t first = start.bit / 8;
    const std::uint64_t last = std::min<std::uint64_t>(target / 8 + 1, first + kMaxFirstLoad);
    in_.load(first, static_cast<std::size_t>(last - first) + kLoadStep / 4);

    std::uint64_t bit = start.bit;
    mark(bit);
    bool at_member = start.kind == StartKind::kMember;
    bool has_window = false;
    if (!at_member) {
        pieces_.emplace_back();
        parallel::write_unknown_window(std::span<Symbol, kWindowBytes>(symbols(), kWindowBytes));
        mark(bit);
    }
    for (;;) {
        if (at_member) {
            if (begin_member(bit) == Step::kEnd) break;
            has_window = true;
        }
        bool ends_member = false;
        if (!has_window) {
            if (decode_symbols(bit, target, ends_member) == Step::kEnd) break;
            if (!ends_member) {
                std::array<std::uint8_t, kWindowBytes> window;
                const Symbol* const from = symbols() + symbols_;
                for (std::size_t i = 0; i < kWindowBytes; ++i)
                    window[i] = static_cast<std::uint8_t>(from[i]);
                restart_inflater(bit, window);
                has_window = true;
            }
        }
        if (!ends_member && decode_bytes(bit, target, ends_member) == Step::kEnd) break;
        if (end_member(bit) == Step::kEnd || bit >= target) break;
        at_member = true;
    }
    // What was begun behind the last mark is not the chunk's.
    end_bit_ = mark_.bit;
    symbols_ = mark_.symbols;
    bytes_ = mark_.bytes;
    pieces_.resize(mark_.pieces);
    if (!pieces_.empty()) pieces_.back() = mark_.last;
}

Chunk::Step Chunk::begin_member(std::uint64_t& bit) {
    for (;;) {
        const auto rest = in_.bytes().subspan(static_cast<std::size_t>(bit / 8 - in_.offset()));
        const auto prefix = parallel::read_member_prefix(rest);
        if (prefix) {
            Piece piece;
            piece.starts_member = true;
            piece.header_bytes = prefix->header_bytes;
            piece.mtime = prefix->mtime;
            pieces_.push_back(piece);
            bit += std::uint64_t{prefix->header_bytes} * 8;
            restart_inflater(bit, {});
            // No mark: a member's header alone is of no use.
            return Step::kOn;
        }
        // A header may be long; one that is none is found wrong in its first bytes.
        if (rest.size() >= kLoadStep / 8 || !in_.extend(kLoadStep)) return Step::kEnd;
    }
}

Chunk::Step Chunk::end_member(std::uint64_t& bit) {
    const std::uint64_t byte = (bit + 7) / 8;
    const auto at = static_cast<std::size_t>(byte - in_.offset());
    if (in_.bytes().size() < at + parallel::kMemberTrailerBytes) in_.extend(kLoadStep);
    if (in_.bytes().size() < at + parallel::kMemberTrailerBytes) return Step::kEnd;
    Piece& piece = pieces_.back();
    piece.ends_member = true;
    piece.stored_crc = le32(in_.bytes().subspan(at));
    piece.stored_isize = le32(in_.bytes().subspan(at + 4));
    piece.end_byte = byte + parallel::kMemberTrailerBytes;
    bit = piece.end_byte * 8;
    mark(bit);
    return Step::kOn;
}

/// Blocks as symbols until the last 32 KiB have no marker. kOn then, or when the member's last block is complete.
Chunk::Step Chunk::decode_symbols(std::uint64_t& bit, std::uint64_t target, bool& ends_member) {
    std::size_t clean = 0;  // symbols behind the last marker
    const std::uint64_t base = in_.offset() * 8;
    for (;;) {
        Symbol* const out = symbols() + kWindowBytes + symbols_;
        const parallel::BlockResult block =
            parallel::decode_block(in_.bytes(), bit - base, out, kMaxSymbols - symbols_, *tables_);
        switch (block.outcome) {
            case BlockOutcome::kNeedInput:
                if (!in_.extend(kLoadStep)) return Step::kEnd;
                continue;
            case BlockOutcome::kNeedOutput:
            case BlockOutcome::kBadData:
                return Step::kEnd;
            case BlockOutcome::kBoundary:
            case BlockOutcome::kLast:
                break;
        }
        const std::size_t marked = parallel::end_of_markers({out, block.symbols});
        clean = marked == 0 ? clean + block.symbols : block.symbols - marked;
        symbols_ += block.symbols;
        pieces_.back().plain_bytes += block.symbols;
        bit = base + block.next_bit;
        if (block.outcome == BlockOutcome::kLast) {
            ends_member = true;
            return Step::kOn;
        }
        mark(bit);
        if (bit >= target) return Step::kEnd;
        if (clean >= kWindowBytes) return Step::kOn;
    }
}

void Chunk::restart_inflater(std::uint64_t bit, std::span<const std::uint8_t> history) {
    z_stream& stream = inflater_.stream;
    inflateReset2(&stream, kRawWindowBits);
    const auto at = static_cast<std::size_t>(bit / 8 - in_.offset());
    stream.next_in = nullptr;
    stream.avail_in = 0;
    if (!history.empty())
        inflateSetDictionary(&stream, history.data(), static_cast<uInt>(history.size()));
    std::size_t next = at;
    if (bit % 8 != 0) {
        inflatePrime(&stream, static_cast<int>(8 - bit % 8), in_.bytes()[at] >> bit % 8);
        ++next;
    }
    // The position is kept in total_in, which is free for it.
    stream.total_in = static_cast<uLong>(next);
}

/// Blocks as bytes, up to the target or the end of the member.
Chunk::Step Chunk::decode_bytes(std::uint64_t& bit, std::uint64_t target, bool& ends_member) {
    z_stream& stream = inflater_.stream;
    for (;;) {
        const auto input = in_.bytes();
        const std::size_t at = stream.total_in;
        stream.next_in = const_cast<Bytef*>(input.data() + at);
        stream.avail_in = static_cast<uInt>(input.size() - at);
        std::uint8_t* const out = byte_memory_.data() + bytes_;
        const std::size_t room = std::min(kMaxBytes - bytes_, kCheckedBytes);
        stream.next_out = out;
        stream.avail_out = static_cast<uInt>(room);
        const int code = ::inflate(&stream, Z_BLOCK);
        const std::size_t made = room - stream.avail_out;
        bytes_ += made;
        Piece& piece = pieces_.back();
        piece.plain_bytes += made;
        piece.crc = static_cast<std::uint32_t>(crc32_z(piece.crc, out, made));
        bit = (in_.offset() + stream.total_in) * 8 - static_cast<unsigned>(stream.data_type & 7);
        if (code == Z_STREAM_END) {
            ends_member = true;
            return Step::kOn;
        }
        if (code != Z_OK && code != Z_BUF_ERROR) return Step::kEnd;
        if ((stream.data_type & 128) != 0 && (stream.data_type & 64) == 0) {
            mark(bit);
            if (bit >= target) return Step::kEnd;
        }
        if (bytes_ == kMaxBytes) return Step::kEnd;
        if (stream.avail_in == 0 && !in_.extend(kLoadStep) && code == Z_BUF_ERROR)
            return Step::kEnd;
    }
}

void Chunk::resolve(const HistoryWindow& window) noexcept {
    is_resolved_ = true;
    if (symbols_ == 0) return;
    const parallel::MarkerResolver resolver(window.bytes);
    const Symbol* const from = symbols() + kWindowBytes;
    auto* const to = reinterpret_cast<std::uint8_t*>(symbols() + kWindowBytes);
    uLong crc = crc32(0, nullptr, 0);
    for (std::size_t at = 0; at < symbols_; at += kCheckedBytes) {
        const std::size_t size = std::min(symbols_ - at, kCheckedBytes);
        resolver.resolve({from + at, size}, to + at);
        crc = crc32_z(crc, to + at, size);
    }
    // Symbols are the front of the first piece.
    Piece& piece = pieces_.front();
    piece.crc = static_cast<std::uint32_t>(
        crc32_combine(crc, piece.crc, static_cast<z_off_t>(piece.plain_bytes - symbols_)));
}

std::uint64_t Chunk::count_markers(std::size_t count) const noexcept {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < symbols_; ++i) {
        const Symbol symbol = symbols()[kWindowBytes + i];
        found += symbol >= parallel::kFirstMarker && symbol < parallel::kFirstMarker + count;
    }
    return found;
}

void Chunk::advance(HistoryWindow& window) const noexcept {
    // Only the last member's own bytes are history.
    const std::size_t last = pieces_.empty() ? 0 : pieces_.back().plain_bytes;
    if (!pieces_.empty() && pieces_.back().starts_member) window.have = 0;
    const std::size_t from_bytes = std::min(bytes_, last);
    const std::size_t from_symbols = std::min(symbols_, last - from_bytes);
    if (from_bytes < kWindowBytes && from_symbols != 0) {
        const std::size_t count = std::min(from_symbols, kWindowBytes);
        if (is_resolved_) {
            const auto* const bytes =
                reinterpret_cast<const std::uint8_t*>(symbols() + kWindowBytes);
            window.append({bytes + symbols_ - count, count});
        } else {
            std::array<std::uint8_t, kWindowBytes> tail;
            parallel::MarkerResolver(window.bytes)
                .resolve({symbols() + kWindowBytes + symbols_ - count, count}, tail.data());
            window.append({tail.data(), count});
        }
    }
    window.append({byte_memory_.data() + bytes_ - from_bytes, from_bytes});
}

std::array<std::span<const std::uint8_t>, 2> Chunk::plain(std::size_t at,
                                                          std::size_t size) const noexcept {
    const auto* const first = reinterpret_cast<const std::uint8_t*>(symbols() + kWindowBytes);
    const std::size_t in_first = at < symbols_ ? std::min(size, symbols_ - at) : 0;
    const std::size_t second = at < symbols_ ? 0 : at - symbols_;
    return {std::span(first + (in_first != 0 ? at : 0), in_first),
            std::span<const std::uint8_t>(byte_memory_.data() + second, size - in_first)};
}

}  // namespace warpz::cli

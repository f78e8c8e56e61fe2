// SPDX-License-Identifier: Zlib
// One chunk of a gzip file, decoded out of order: from a place that a finder guessed up to the next such place, across
// blocks and members. What it decodes without its window stays symbols (lib/parallel) until the window is known.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "parallel/block_finder.hpp"
#include "parallel/marker_resolver.hpp"
#include "zlib.h"

namespace warpz::cli {

/// A regular file whose bytes are read by position, from any thread. Offsets count from where the file's own offset was
/// at the start.
class FileBytes {
  public:
    FileBytes(int fd, std::uint64_t base, std::uint64_t size) noexcept
        : fd_(fd), base_(base), size_(size) {}
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// Reads up to `size` bytes. Fewer only at the end, after an error, or where the file has shrunk.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::uint8_t* to,
                                      std::size_t size) const noexcept;

  private:
    int fd_;
    std::uint64_t base_;
    std::uint64_t size_;
};

/// A part of a file in memory, with the slack that lib/parallel reads.
class LoadedBytes {
  public:
    explicit LoadedBytes(const FileBytes& file) : file_(file) {}
    /// Holds [offset, offset + size) of the file, or what there is of it, in the memory of what it held before.
    void load(std::uint64_t offset, std::size_t size);
    /// Adds `size` bytes. False when there are none.
    bool extend(std::size_t size);
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] parallel::PaddedInput bytes() const noexcept { return {memory_.get(), size_}; }
    [[nodiscard]] bool reaches_end() const noexcept { return offset_ + size_ >= file_.size(); }

  private:
    const FileBytes& file_;
    std::uint64_t offset_ = 0;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::unique_ptr<std::uint8_t[]> memory_;
};

/// Address space for a fixed number of bytes; pages come when they are first written.
class PageBuffer {
  public:
    explicit PageBuffer(std::size_t size);
    ~PageBuffer();
    PageBuffer(const PageBuffer&) = delete;
    PageBuffer& operator=(const PageBuffer&) = delete;
    [[nodiscard]] std::uint8_t* data() const noexcept { return data_; }

  private:
    std::uint8_t* data_;
    std::size_t size_;
};

/// Plain data of a chunk that belongs to one member.
struct Piece {
    std::size_t plain_bytes = 0;
    std::uint32_t crc = 0;  ///< of those bytes; before the chunk is resolved, without its symbols
    bool starts_member = false;  ///< the header is part of the chunk; its size and time follow
    std::size_t header_bytes = 0;
    std::uint32_t mtime = 0;
    bool ends_member = false;  ///< the trailer is part of the chunk; what it says follows
    std::uint32_t stored_crc = 0;
    std::uint32_t stored_isize = 0;
    std::uint64_t end_byte = 0;  ///< of the file, behind the trailer
};

/// The longest window, and how much of it there is.
struct HistoryWindow {
    std::array<std::uint8_t, parallel::kWindowBytes> bytes;
    std::size_t have = 0;  ///< at the end of `bytes`

    /// Adds what was decoded.
    void append(std::span<const std::uint8_t> plain) noexcept;
    [[nodiscard]] std::span<const std::uint8_t> known() const noexcept {
        return std::span(bytes).last(have);
    }
};

class Chunk {
  public:
    /// Symbols and bytes that a chunk holds at most: 64 MiB together. Where data expand further, the chunk ends early.
    static constexpr std::size_t kMaxSymbols = std::size_t{16} << 20;
    static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

    /// `file` outlives the chunk.
    explicit Chunk(const FileBytes& file);

    /// Decodes from `start` (bits counted from the file's beginning) up to the first boundary at or behind `target`.
    /// Whatever stops it before (bad data, the end of the file, lack of room), the chunk ends at the last boundary then.
    void decode(parallel::Start start, std::uint64_t target);

    /// Turns symbols into bytes, and adds them to their piece's check value. `window` has all its bytes when has_symbols().
    void resolve(const HistoryWindow& window) noexcept;

    /// Symbols that name one of the first `count` bytes of the window. Before resolve().
    [[nodiscard]] std::uint64_t count_markers(std::size_t count) const noexcept;

    [[nodiscard]] bool has_symbols() const noexcept { return symbols_ != 0; }
    [[nodiscard]] parallel::Start start() const noexcept { return start_; }
    /// Where the next thing begins: a block of the last piece's member or, when that has ended, what follows its trailer.
    [[nodiscard]] std::uint64_t end_bit() const noexcept { return end_bit_; }
    [[nodiscard]] std::size_t plain_bytes() const noexcept { return symbols_ + bytes_; }
    [[nodiscard]] std::span<const Piece> pieces() const noexcept { return pieces_; }
    /// The window behind the chunk, before or after it was resolved.
    void advance(HistoryWindow& window) const noexcept;
    /// Bytes [at, at + size) of the resolved chunk, in at most two spans.
    [[nodiscard]] std::array<std::span<const std::uint8_t>, 2> plain(
        std::size_t at, std::size_t size) const noexcept;

  private:
    /// A boundary to which the chunk can be cut back.
    struct Mark {
        std::uint64_t bit = 0;
        std::size_t symbols = 0;
        std::size_t bytes = 0;
        std::size_t pieces = 0;
        Piece last{};
    };
    enum class Step : std::uint8_t { kOn, kEnd };

    Step begin_member(std::uint64_t& bit);
    Step end_member(std::uint64_t& bit);
    Step decode_symbols(std::uint64_t& bit, std::uint64_t target, bool& ends_member);
    Step decode_bytes(std::uint64_t& bit, std::uint64_t target, bool& ends_member);
    void restart_inflater(std::uint64_t bit, std::span<const std::uint8_t> history);
    void mark(std::uint64_t bit);
    [[nodiscard]] parallel::Symbol* symbols() const noexcept {
        return reinterpret_cast<parallel::Symbol*>(symbol_memory_.data());
    }

    LoadedBytes in_;
    PageBuffer symbol_memory_;
    PageBuffer byte_memory_;
    std::unique_ptr<inflate::Tables> tables_;
    struct Inflater {
        Inflater();
        ~Inflater();
        Inflater(const Inflater&) = delete;
        Inflater& operator=(const Inflater&) = delete;
        z_stream stream{};
    } inflater_;

    parallel::Start start_;
    std::uint64_t end_bit_ = 0;
    std::size_t symbols_ = 0;
    std::size_t bytes_ = 0;
    std::vector<Piece> pieces_;
    Mark mark_;
    bool is_resolved_ = false;
};

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// The own raw deflate encoder: resumable at every byte of input and output, no allocation of its own.
//
// Input is copied into a window buffer, parsed into tokens by the level's parser, and written block by block. How the
// caller cuts input and output has no influence on the bytes made: every decision is taken at a position of the input,
// and a position is parsed only when enough input follows it or a flush says that none will.
#pragma once

#include <cstddef>
#include <cstdint>

#include "deflate/block_splitter.hpp"
#include "deflate/block_writer.hpp"
#include "deflate/parse_state.hpp"
#include "engine/codec.hpp"

namespace warpz::deflate {

enum class Strategy : std::uint8_t {
    kDefault,
    kFiltered,
    kHuffmanOnly,
    kRle,
    kFixed
};  // zlib's order

class Deflater {
  public:
    /// Prepares an encoder on `memory` (layout.total_bytes, 8-byte aligned, not cleared).
    void create(const MemoryLayout& layout, std::uint8_t* memory) noexcept;
    /// After the object and its memory were copied to another place: adopts that place.
    void relocate(std::uint8_t* memory) noexcept;

    /// Starts a new stream: no history, no output.
    void reset() noexcept;
    /// Starts new output but keeps history and input (deflateResetKeep).
    void reset_output() noexcept;

    /// Sets level 0..9 and strategy for what is parsed from here on; search limits stay as they are.
    void set_params(int level, Strategy strategy) noexcept;
    /// Sets the search limits of a level, for the strategy in force, or others (deflateTune).
    void use_limits_of(int level) noexcept;
    void set_limits(const SearchLimits& limits) noexcept;

    /// Appends history that is not output: what follows may refer to it. Only where can_take_dictionary().
    void set_dictionary(const std::uint8_t* data, std::size_t size) noexcept;
    /// Goes on behind another encoder, which had the stream for a while and left it on a byte boundary: `history` takes
    /// the place of what this one remembers. Only where can_take_dictionary() and with nothing pending but open_bits().
    void follow(const std::uint8_t* history, std::size_t size) noexcept;
    /// The value of the pending().bits bits that fill no byte yet.
    [[nodiscard]] unsigned open_bits() const noexcept { return static_cast<unsigned>(bits_); }
    /// True when no input waits and no stored block is being written from the window.
    [[nodiscard]] bool can_take_dictionary() const noexcept {
        return phase_ != Phase::kStoredBytes && !has_open_input();
    }
    /// The last bytes taken in, at most one window.
    [[nodiscard]] engine::Bytes dictionary() const noexcept;
    [[nodiscard]] bool has_history() const noexcept { return state_.end != state_.first; }

    /// Encodes from `in` to `out`, advancing both; input passes through `check` as it is taken.
    ///
    /// returns kNeedInput   everything offered was taken (flush kNone)
    ///         kNeedOutput  no output space is left and more is to come
    ///         kOk          the flush is complete and all of it delivered
    ///         kStreamEnd   kFinish is complete and all of it delivered
    Status step(engine::Bytes& in, engine::Space& out, engine::Flush flush,
                engine::Check& check) noexcept;

    /// True while input has been taken that no finished block covers.
    [[nodiscard]] bool has_open_input() const noexcept;
    /// True once the last blocks are settled: nothing can follow them.
    [[nodiscard]] bool is_finished() const noexcept { return is_finished_; }

    /// Whole bytes made and not delivered, and the 0-7 bits that follow them.
    struct Pending {
        std::uint64_t bytes;
        unsigned bits;
    };
    [[nodiscard]] Pending pending() const noexcept;
    /// Bits in use of the last byte that was aligned (deflateUsed), 1..8, 0 before any.
    [[nodiscard]] unsigned used_bits() const noexcept { return used_bits_; }
    /// Inserts `count` <= 16 bits into the output. False when a block is being written or there is no room.
    bool prime(unsigned count, unsigned value) noexcept;

    /// Appends whole bytes to the output after anything pending (wrapper headers and trailers). Returns how many were
    /// taken; 0 when the staging buffer is full.
    std::size_t stage_bytes(const std::uint8_t* data, std::size_t size) noexcept;
    /// Delivers staged bytes only; true when none are left.
    bool deliver(engine::Space& out) noexcept;
    /// Delivers what is staged and goes on with the block being written; true when nothing is left of either.
    bool write(engine::Space& out) noexcept;

    /// Whether the literals of the first block look like text (zlib's data_type), once there was one.
    enum class DataType : std::uint8_t { kUnknown, kBinary, kText };
    [[nodiscard]] DataType data_type() const noexcept { return data_type_; }
    /// For a stream whose first block another encoder made.
    void set_data_type(DataType type) noexcept { data_type_ = type; }

  private:
    enum class Phase : std::uint8_t { kParse, kSymbols, kStoredBytes };

    void carve(std::uint8_t* memory) noexcept;
    void set_buffer(bool is_stored) noexcept;
    void fill(engine::Bytes& in, engine::Check& check) noexcept;
    void slide(std::uint32_t amount) noexcept;

    bool parse(bool is_tail) noexcept;
    bool prepare_index(bool is_tail) noexcept;
    void rebuild_index(std::uint32_t bits) noexcept;
    void grow_index() noexcept;
    void use_parser(Parser parser) noexcept;
    void adapt_parser(const SymbolCounts& counts, const Tokens& tokens,
                      std::uint32_t bytes) noexcept;

    /// True when the parser is given whole pieces of input only, up to check_pos_ or a flush: where it is interrupted
    /// would show in what it finds.
    [[nodiscard]] bool is_piecewise() const noexcept {
        return wanted_index_ != IndexKind::kNone && wanted_index_ != IndexKind::kChains;
    }
    bool is_block_due() noexcept;
    void plan_check() noexcept;
    void settle_blocks(bool is_last) noexcept;
    void begin_block() noexcept;
    void end_block() noexcept;
    void detect_data_type(const SymbolCounts& counts) noexcept;
    bool put_flush_marker(engine::Flush flush) noexcept;

    void adopt_staged(const BitWriter& out) noexcept;
    void align() noexcept;

    static constexpr unsigned kStagingBytes = 1024;
    static_assert(kStagingBytes >= kMaxBlockHeaderBytes + 64);

    ParseState state_;
    MemoryLayout layout_;
    // what level and strategy ask for; parser_ may be another that suits the data
    Parser level_parser_;
    ParseFunction parser_;
    IndexKind wanted_index_;
    Strategy strategy_;
    bool is_stored_;                  // level 0
    bool is_start_;                   // the first bytes have yet to be looked at
    std::uint32_t stored_max_bytes_;  // longest block whose bytes are surely at hand when it ends

    BlockSplitter splitter_;
    std::uint32_t check_pos_;  // where the open block is judged next

    Phase phase_;
    bool is_finished_;
    int marker_rank_;  // rank of the flush whose marker was written last; -1 once input followed
    std::uint32_t raw_next_;  // stored block: its next byte in the window, and bytes left
    std::uint32_t raw_left_;
    // where the block being written ends, counted from the stream's first bit
    std::uint64_t block_end_bit_;
    BlockWriter writer_;

    std::uint64_t bits_;  // 0-7 bits that no whole byte holds yet
    unsigned bit_count_;
    unsigned used_bits_;
    DataType data_type_;
    std::uint64_t made_bytes_;  // whole bytes made since the stream began
    std::uint32_t staged_begin_;
    std::uint32_t staged_end_;
    std::uint8_t staging_[kStagingBytes + BlockWriter::kSlackBytes];
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// The raw inflater (RFC 1951): decodes blocks from any division of the input into any division of the output. What
// it shows between calls (position in the input, bits held, progress inside a symbol) is exactly what zlib shows,
// because callers resume, copy, prime and index streams by it.
#pragma once

#include <cstdint>

#include "format/bit_reader.hpp"
#include "format/format_error.hpp"
#include "inflate/back_rules.hpp"
#include "inflate/decode_table.hpp"
#include "inflate/symbol_loop.hpp"
#include "inflate/window.hpp"

namespace warpz::inflate {

/// Where decoding may stop before input or output runs out (Z_BLOCK and Z_TREES).
enum class StopAt : std::uint8_t { kNowhere, kBlockBoundary, kBlockHeaderEnd };

enum class Outcome : std::uint8_t {
    kNeedInput,
    kNeedOutput,
    kStopped,   ///< at the requested stop
    kPaused,    ///< output reached Output::pause; call again
    kFinished,  ///< the final block is complete and the reader stands at a byte boundary
    kBadData,   ///< error() says why; sticky
};

/// Decoder of one raw deflate stream. About 19 KB, trivially copyable apart from the window's storage.
class Inflater {
  public:
    Inflater() noexcept {}  // leaves the tables and the window's address unset

    /// Begins a stream. Keeps the window. With `at_boundary` the first call may stop at once for kBlockBoundary.
    void start(bool at_boundary) noexcept;
    /// To be called first when a caller's call begins: a boundary at which it begins is not stopped at again.
    void pass_boundary() noexcept;

    /// Decodes until something in Outcome happens. `in` and `out` are advanced.
    [[nodiscard]] Outcome run(BitReader& in, Output& out, StopAt stop) noexcept;

    [[nodiscard]] FormatError error() const noexcept { return error_; }
    [[nodiscard]] bool in_last_block() const noexcept { return is_last_; }
    [[nodiscard]] bool at_boundary() const noexcept { return sequence_ == Sequence::kBoundary; }
    /// A block's header was the last thing decoded.
    [[nodiscard]] bool after_header() const noexcept {
        return sequence_ == Sequence::kFirstSymbol || sequence_ == Sequence::kFirstStoredByte;
    }
    /// LEN of a stored block is awaited.
    [[nodiscard]] bool awaits_stored_length() const noexcept {
        return sequence_ == Sequence::kStoredLength;
    }
    /// Bits taken of the symbol in progress, -1 between blocks; the upper half of inflateMark().
    [[nodiscard]] int bits_back() const noexcept { return bits_back_; }
    /// Bytes left of a stored block, or done of a match; the lower half of inflateMark().
    [[nodiscard]] unsigned bytes_in_progress() const noexcept;
    /// Entries that zlib's tables would have, for the last tables built.
    [[nodiscard]] unsigned long codes_used() const noexcept;

    Window window;
    /// inflateBack: the output buffer is the caller's window, as large as `window`. Its distances are limited by the
    /// buffer's size, with zlib's exceptions (see write_match_around_buffer()).
    void set_output_is_window(std::uint32_t size_bytes) noexcept {
        output_is_window_ = true;
        max_distance_ = size_bytes;
    }

  private:
    enum class Sequence : std::uint8_t {
        kBoundary,  // before a block header or the end, may stop
        kBlockHeader,
        kStoredLength,
        kFirstStoredByte,  // after the header, no byte copied yet
        kStoredBytes,
        kTableSizes,
        kCodeLengthLengths,
        kCodeLengths,
        kFirstSymbol,  // after the header, no symbol taken yet
        kSymbol,
        kLengthExtra,
        kDistance,
        kDistanceExtra,
        kMatch,
        kLiteralByte,
        kFinished,
        kBad,
    };
    enum class Built : std::uint8_t { kNone, kCodeLengths, kLitLen, kBoth };
    /// Result of one step of the sequence: go on, or leave run() with an outcome.
    enum class Step : std::uint8_t { kOn, kNeedInput, kNeedOutput, kStop, kPause, kFinish, kFail };

    Step fail(FormatError error) noexcept;
    Step read_block_header(BitReader& in, StopAt stop) noexcept;
    Step read_stored_length(BitReader& in, StopAt stop) noexcept;
    Step copy_stored(BitReader& in, Output& out) noexcept;
    Step read_table_sizes(BitReader& in) noexcept;
    Step read_code_length_lengths(BitReader& in) noexcept;
    Step read_code_lengths(BitReader& in, StopAt stop) noexcept;
    Step read_one_code_length(BitReader& in) noexcept;
    void read_code_lengths_ahead(BitReader& in) noexcept;
    Step build_tables(StopAt stop) noexcept;

    Step decode_symbols(BitReader& in, Output& out) noexcept;
    Step decode_symbol(BitReader& in, const Output& out) noexcept;
    Step read_length_extra(BitReader& in) noexcept;
    Step decode_distance(BitReader& in) noexcept;
    Step read_distance_extra(BitReader& in) noexcept;
    Step write_match(Output& out) noexcept;
    Step write_literal(Output& out) noexcept;
    bool write_match_around_buffer(Output& out) noexcept;

    [[nodiscard]] TableView codes() const noexcept;
    void count_bits_back(unsigned bits) noexcept;

    Sequence sequence_;
    FormatError error_;
    bool is_last_;
    bool uses_fixed_tables_;
    bool counts_bits_back_;
    bool mostly_literals_;
    bool output_is_window_ = false;
    bool stays_in_fast_loop_;  // the last symbol was written by write_match_around_buffer()
    // the code of a length or literal was cut by the end of inflateBack's input
    bool symbol_begun_;
    Built built_;
    std::uint8_t table_bits_;
    std::uint8_t code_length_bits_;
    std::uint8_t extra_bits_;    // extra bits of the length or distance in progress
    std::uint16_t hlit_;         // literal/length code lengths of the block, 257-286
    std::uint16_t hdist_;        // distance code lengths, 1-30
    std::uint16_t hclen_;        // code length code lengths, 4-19
    std::uint16_t lengths_;      // code lengths read so far
    std::uint32_t length_;       // of a stored block or a match: bytes to come; or the literal
    std::uint32_t whole_match_;  // the match's full length
    std::uint32_t distance_;
    std::int32_t bits_back_;
    std::uint32_t max_distance_ = rfc1951::kMaxDistance;
    FastLoopEntry fast_loop_entry_;  // when output_is_window_
    LengthCounts litlen_counts_;
    LengthCounts distance_counts_;
    // The code length code's table shares its room with the distance table, which is built after its last use.
    Tables tables_;
    // Of both codes, one after the other; runs are stored in groups, which may reach beyond the last.
    static constexpr unsigned kCodeLengthSlackBytes = 16;
    std::uint8_t
        code_lengths_[rfc1951::kLitLenSymbols + rfc1951::kDistanceSymbols + kCodeLengthSlackBytes];
};
static_assert(kTableEntries - kDistanceTable >= kCodeLengthEntries);

}  // namespace warpz::inflate

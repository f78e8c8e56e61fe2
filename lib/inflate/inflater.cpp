// SPDX-License-Identifier: Zlib
// The sequence of a deflate stream's parts and its symbols; see inflater.hpp. Block headers are in block_header.cpp.
// Symbols normally go through the two loops of symbol_loop.hpp; the functions here decode the one symbol that input
// or output cuts in two, and the one that is in error, step by step.
#include "inflate/inflater.hpp"

#include <algorithm>
#include <cstring>

#include "inflate/match_copy.hpp"
#include "inflate/zlib_table_size.hpp"

namespace warpz::inflate {
namespace {

// zlib decodes a symbol in its own fast loop when this much input and output is left (inflate.c, case LEN). There
// it does not count bits_back_, which shows through inflateMark() after an error.
constexpr std::size_t kZlibFastInputBytes = 6;
constexpr std::size_t kZlibFastOutputBytes = 258;

}  // namespace

void Inflater::start(bool at_boundary) noexcept {
    sequence_ = at_boundary ? Sequence::kBoundary : Sequence::kBlockHeader;
    error_ = FormatError::kNone;
    is_last_ = false;
    built_ = Built::kNone;
    bits_back_ = -1;
    counts_bits_back_ = false;
    symbol_begun_ = false;
    stays_in_fast_loop_ = false;
}

void Inflater::pass_boundary() noexcept {
    if (sequence_ == Sequence::kBoundary) sequence_ = Sequence::kBlockHeader;
}

unsigned Inflater::bytes_in_progress() const noexcept {
    if (sequence_ == Sequence::kStoredBytes) return length_;
    if (sequence_ == Sequence::kMatch) return whole_match_ - length_;
    return 0;
}

unsigned long Inflater::codes_used() const noexcept {
    switch (built_) {
        case Built::kNone:
            return 0;
        case Built::kCodeLengths:
            return zlib_table_entries(litlen_counts_, kZlibCodeLengthRootBits);
        case Built::kLitLen:
            return zlib_table_entries(litlen_counts_, kZlibLitLenRootBits);
        case Built::kBoth:
            break;
    }
    return zlib_table_entries(litlen_counts_, kZlibLitLenRootBits) +
           zlib_table_entries(distance_counts_, kZlibDistanceRootBits);
}

Inflater::Step Inflater::fail(FormatError error) noexcept {
    error_ = error;
    sequence_ = Sequence::kBad;
    return Step::kFail;
}

Outcome Inflater::run(BitReader& in, Output& out, StopAt stop) noexcept {
    for (;;) {
        Step step = Step::kOn;
        switch (sequence_) {
            case Sequence::kBoundary:
                if (stop != StopAt::kNowhere) return Outcome::kStopped;
                [[fallthrough]];
            case Sequence::kBlockHeader:
                step = read_block_header(in, stop);
                break;
            case Sequence::kStoredLength:
                step = read_stored_length(in, stop);
                break;
            case Sequence::kFirstStoredByte:
                sequence_ = Sequence::kStoredBytes;
                [[fallthrough]];
            case Sequence::kStoredBytes:
                step = copy_stored(in, out);
                break;
            case Sequence::kTableSizes:
                step = read_table_sizes(in);
                break;
            case Sequence::kCodeLengthLengths:
                step = read_code_length_lengths(in);
                break;
            case Sequence::kCodeLengths:
                step = read_code_lengths(in, stop);
                break;
            case Sequence::kFirstSymbol:
                sequence_ = Sequence::kSymbol;
                [[fallthrough]];
            case Sequence::kSymbol:
                step = decode_symbols(in, out);
                break;
            case Sequence::kLengthExtra:
                step = read_length_extra(in);
                break;
            case Sequence::kDistance:
                step = decode_distance(in);
                break;
            case Sequence::kDistanceExtra:
                step = read_distance_extra(in);
                break;
            case Sequence::kMatch:
                step = write_match(out);
                break;
            case Sequence::kLiteralByte:
                step = write_literal(out);
                break;
            case Sequence::kFinished:
                return Outcome::kFinished;
            case Sequence::kBad:
                return Outcome::kBadData;
        }
        switch (step) {
            case Step::kOn:
                break;
            case Step::kNeedInput:
                return Outcome::kNeedInput;
            case Step::kNeedOutput:
                return Outcome::kNeedOutput;
            case Step::kStop:
                return Outcome::kStopped;
            case Step::kPause:
                return Outcome::kPaused;
            case Step::kFinish:
                return Outcome::kFinished;
            case Step::kFail:
                return Outcome::kBadData;
        }
    }
}

TableView Inflater::codes() const noexcept {
    if (uses_fixed_tables_) return {kFixedTables, kFixedTableBits, false};
    return {tables_, table_bits_, mostly_literals_};
}

void Inflater::count_bits_back(unsigned bits) noexcept {
    if (counts_bits_back_) bits_back_ += static_cast<std::int32_t>(bits);
}

Inflater::Step Inflater::decode_symbols(BitReader& in, Output& out) noexcept {
    if (output_is_window_ && symbol_begun_) return decode_symbol(in, out);
    if (output_is_window_ && !stays_in_fast_loop_) fast_loop_entry_ = {in, out.produced()};
    stays_in_fast_loop_ = false;
    // Only bits from inflatePrime() can fill a byte. They cannot be given back to the input as the loops do.
    if (in.bits < 8) {
        SymbolLoopContext context{in, out, codes(), window, max_distance_};
        bool block_ended = false;
        if (in.available() >= kFastInputBytes && out.room() > kFastOutputBytes) {
            if (out.next < out.pause && max_distance_ == rfc1951::kMaxDistance) {
                block_ended = fast_loop(context);
            }
            if (!block_ended && out.next >= out.pause && out.pause != out.end) return Step::kPause;
        }
        if (!block_ended) block_ended = edge_loop(context);
        if (block_ended) {
            bits_back_ = -1;
            sequence_ = Sequence::kBoundary;
            return Step::kOn;
        }
    }
    return decode_symbol(in, out);
}

Inflater::Step Inflater::decode_symbol(BitReader& in, const Output& out) noexcept {
    counts_bits_back_ =
        symbol_begun_ || in.available() < kZlibFastInputBytes || out.room() < kZlibFastOutputBytes;
    if (counts_bits_back_) bits_back_ = 0;
    const TableView view = codes();
    Entry entry;
    if (!decode_code(in, view.tables.litlen(), view.table_bits, entry)) {
        // inflateBack() gets more input without leaving the slow loop; inflate() begins the symbol anew.
        symbol_begun_ = output_is_window_;
        return Step::kNeedInput;
    }
    symbol_begun_ = false;
    in.drop(code_bits(entry));
    count_bits_back(code_bits(entry));
    if (is_literal(entry)) {
        length_ = entry_value(entry);
        sequence_ = Sequence::kLiteralByte;
        return Step::kOn;
    }
    if (is_exceptional(entry)) {
        if (!is_end_of_block(entry)) return fail(FormatError::kLitLenCode);
        bits_back_ = -1;
        sequence_ = Sequence::kBoundary;
        return Step::kOn;
    }
    length_ = entry_value(entry);
    extra_bits_ = static_cast<std::uint8_t>(drop_bits(entry) - code_bits(entry));
    sequence_ = Sequence::kLengthExtra;
    return Step::kOn;
}

Inflater::Step Inflater::read_length_extra(BitReader& in) noexcept {
    if (!in.need(extra_bits_)) return Step::kNeedInput;
    length_ += in.take(extra_bits_);
    count_bits_back(extra_bits_);
    whole_match_ = length_;
    sequence_ = Sequence::kDistance;
    return Step::kOn;
}

Inflater::Step Inflater::decode_distance(BitReader& in) noexcept {
    const TableView view = codes();
    Entry entry;
    if (!decode_code(in, view.tables.distance(), view.table_bits, entry)) return Step::kNeedInput;
    in.drop(code_bits(entry));
    count_bits_back(code_bits(entry));
    if (is_exceptional(entry)) return fail(FormatError::kDistanceCode);
    distance_ = entry_value(entry);
    extra_bits_ = static_cast<std::uint8_t>(drop_bits(entry) - code_bits(entry));
    sequence_ = Sequence::kDistanceExtra;
    return Step::kOn;
}

Inflater::Step Inflater::read_distance_extra(BitReader& in) noexcept {
    if (!in.need(extra_bits_)) return Step::kNeedInput;
    distance_ += in.take(extra_bits_);
    count_bits_back(extra_bits_);
    sequence_ = Sequence::kMatch;
    return Step::kOn;
}

Inflater::Step Inflater::write_match(Output& out) noexcept {
    // Judged anew in each call that goes on with the match: the window may have kept less than was there before.
    const std::size_t produced = out.produced();
    const std::size_t reach = distance_ > produced ? distance_ - produced : 0;
    const bool is_too_far = reach > window.have_bytes || distance_ > max_distance_;
    // inflate() wants room before it judges, inflateBack() judges before it hands out a full window.
    if (out.room() == 0 && !(output_is_window_ && is_too_far)) return Step::kNeedOutput;
    if (is_too_far) {
        return write_match_around_buffer(out) ? Step::kOn : fail(FormatError::kDistanceTooFar);
    }
    const std::size_t count = std::min<std::size_t>(length_, out.room());
    if (reach != 0) {
        copy_match_from_window(window, out.next, reach, distance_, count);
    } else {
        copy_match_exact(out.next, distance_, count);
    }
    out.next += count;
    length_ -= static_cast<std::uint32_t>(count);
    if (length_ != 0) return Step::kNeedOutput;
    sequence_ = Sequence::kSymbol;
    return Step::kOn;
}

/// A match that reaches too far, where zlib's fast loop accepts it (back_rules.hpp): the copy begins in a part of the
/// caller's window that holds newer bytes, or none yet. False when zlib, too, calls it an error.
bool Inflater::write_match_around_buffer(Output& out) noexcept {
    if (!output_is_window_ || counts_bits_back_) return false;
    const std::size_t produced = out.produced();
    const std::size_t size = window.size_bytes;
    const bool has_wrapped = window.have_bytes != 0;
    const std::size_t reach = distance_ - produced;
    const std::size_t counted =
        has_wrapped ? size : window_of_fast_loop(fast_loop_entry_, codes(), produced);
    if (reach > counted) return false;
    std::size_t from = size - reach;
    for (; length_ != 0; --length_) {
        if (from == size) from = 0;
        const bool is_old = has_wrapped && from >= out.produced();
        *out.next++ = is_old ? window.bytes[from] : out.begin[from];
        ++from;
    }
    stays_in_fast_loop_ = true;
    sequence_ = Sequence::kSymbol;
    return true;
}

Inflater::Step Inflater::write_literal(Output& out) noexcept {
    if (out.room() == 0) return Step::kNeedOutput;
    *out.next++ = static_cast<std::uint8_t>(length_);
    sequence_ = Sequence::kSymbol;
    return Step::kOn;
}

}  // namespace warpz::inflate

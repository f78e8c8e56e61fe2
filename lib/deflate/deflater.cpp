// SPDX-License-Identifier: Zlib
// Deflater's life, parameters and output: what is staged, the block being written, the bits in between.
#include "deflate/deflater.hpp"

#include <algorithm>
#include <cstring>

namespace warpz::deflate {
namespace {

using engine::Bytes;
using engine::Check;
using engine::Flush;
using engine::Space;

}  // namespace

ParseFunction parse_function(Parser parser, const ParseState& state) noexcept {
    switch (parser) {
        case Parser::kStretch1:
        case Parser::kStretch2:
        case Parser::kStretch3:
        case Parser::kStretch5:
        case Parser::kStretchText:
            return stretch_function(parser);
        case Parser::kRle:
            return parse_rle;
        case Parser::kHuffmanOnly:
            return parse_huffman_only;
        default:
            return chains_function(parser, state);
    }
}

void Deflater::carve(std::uint8_t* memory) noexcept {
    state_.window = memory;
    state_.prev = reinterpret_cast<std::uint16_t*>(memory + layout_.prev);
    state_.head4 = reinterpret_cast<std::uint16_t*>(memory + layout_.head4);
    state_.head3 = reinterpret_cast<std::uint16_t*>(memory + layout_.head3);
    splitter_.attach(reinterpret_cast<BlockSplitter::Part*>(memory + layout_.parts),
                     layout_.part_count);
    sections_ = layout_.section_parser != 0
                    ? reinterpret_cast<OptimalParser*>(memory + layout_.section_parser)
                    : nullptr;
    state_.tokens.attach(memory + layout_.tokens, layout_.tokens_end - layout_.tokens);
}

void Deflater::create(const MemoryLayout& layout, std::uint8_t* memory) noexcept {
    layout_ = layout;
    carve(memory);
    state_.window_mask = layout.window_bytes - 1;
    state_.head4_bits_full = static_cast<std::uint8_t>(layout.head4_bits);
    state_.head3_bits_full = static_cast<std::uint8_t>(layout.head3_bits);
    set_buffer(Parser::kLazy);
}

void Deflater::relocate(std::uint8_t* memory) noexcept { carve(memory); }

/// Level 0 needs no index and uses its memory as more buffer: stored blocks can then be as long as the format allows.
/// Where input is parsed by sections, all of one is at hand until it is written.
void Deflater::set_buffer(Parser parser) noexcept {
    const std::uint32_t window = layout_.window_bytes;
    is_stored_ = parser == Parser::kStored;
    is_sectioned_ = parser == Parser::kOptimal;
    if (is_sectioned_) {
        state_.buffer_bytes = layout_.buffer_bytes;
        stored_max_bytes_ = state_.buffer_bytes;
        state_.max_distance = window - 1;
        return;
    }
    const std::uint32_t buffer = std::min(layout_.buffer_bytes, MemoryLayout::plain_buffer(window));
    state_.buffer_bytes = is_stored_ ? buffer + 2 * window : buffer;
    stored_max_bytes_ = is_stored_
                            ? std::min(rfc1951::kMaxStoredBytes, state_.buffer_bytes - window - 1)
                            : buffer - kMinLookahead - window - 4;
    state_.max_distance = std::min(window, buffer - kMinLookahead - window) - 1;
}

void Deflater::reset() noexcept {
    state_.window[0] = 0;  // position 0 means "none" in the index; data begins at 1
    state_.first = 1;
    state_.pos = 1;
    state_.end = 1;
    state_.index_next = 1;
    state_.index_kind = IndexKind::kNone;
    state_.prefers_three = false;
    is_start_ = true;
    state_.effort = 1;
    state_.misses = 0;
    if (sections_ != nullptr) sections_->reset();
    reset_output();
}

void Deflater::reset_output() noexcept {
    state_.held_length = 0;
    state_.held_age = 0;
    state_.tokens.clear();
    state_.run_start = state_.pos;
    state_.block_start = static_cast<std::int32_t>(state_.pos);
    splitter_.reset();
    plan_check();
    phase_ = Phase::kParse;
    is_finished_ = false;
    marker_rank_ = -1;
    bits_ = 0;
    bit_count_ = 0;
    used_bits_ = 0;
    data_type_ = DataType::kUnknown;
    made_bytes_ = 0;
    staged_begin_ = 0;
    staged_end_ = 0;
}

/// The level of ours that does what is asked for.
int Deflater::own_level(int level) const noexcept {
    if (sections_ == nullptr) return std::min(level, kMaxLevel);
    return level;
}

void Deflater::set_params(int level, Strategy strategy) noexcept {
    Parser parser = kLevels[static_cast<std::size_t>(own_level(level))].parser;
    if (parser != Parser::kStored) {
        if (strategy == Strategy::kHuffmanOnly) parser = Parser::kHuffmanOnly;
        if (strategy == Strategy::kRle) parser = Parser::kRle;
        // Where literals cost 8 bits, a longer match is worth more waiting.
        if (strategy == Strategy::kFixed) {
            if (parser == Parser::kLazy || parser == Parser::kDeepLazy ||
                parser == Parser::kOptimal)
                parser = Parser::kDeepLazy2;
            if (parser == Parser::kStretchText) parser = Parser::kDeepLazy;
        }
    }
    if ((parser == Parser::kStored) != is_stored_ ||
        (parser == Parser::kOptimal) != is_sectioned_) {
        set_buffer(parser);
        state_.index_kind = IndexKind::kNone;
        if (state_.end > layout_.window_bytes + 1) {
            std::uint32_t amount = state_.end - layout_.window_bytes - 1;
            if (phase_ == Phase::kStoredBytes) {
                amount = std::min(amount, raw_next_);
                raw_next_ -= amount;
            }
            slide(amount);
        }
    }
    strategy_ = strategy;
    if (strategy == Strategy::kFixed) state_.costs.use_fixed_code();
    level_parser_ = parser;
    use_parser(parser);
}

/// Parses with `parser` from here on.
void Deflater::use_parser(Parser parser) noexcept {
    // A match that waits for a better one is given up: the parser that would decide is gone, and tokens may belong to a
    // block that is being written.
    state_.held_length = 0;
    state_.held_age = 0;
    // In filtered data short matches are often noise. Where the parser weighs each of them, that is all it takes.
    state_.min_length = strategy_ == Strategy::kFiltered && is_stretch_parser(parser) ? 5 : 3;
    parser_ = is_stored_ || is_sectioned_ ? nullptr : parse_function(parser, state_);
    wanted_index_ = index_kind(parser);
    if (wanted_index_ == IndexKind::kNone) state_.index_kind = IndexKind::kNone;
}

void Deflater::use_limits_of(int level) noexcept {
    forget_trees();
    level = own_level(level);
    if (strategy_ == Strategy::kFixed) level = std::min(level, kMaxLevel);
    // Part of these levels' ratio is due to codes that fit the data, which the fixed code does not.
    if (strategy_ == Strategy::kFixed && (level == 6 || level == 7)) ++level;
    state_.limits = kLevels[static_cast<std::size_t>(level)].limits;
}

/// The order of trees is that of one nice_length.
void Deflater::forget_trees() noexcept {
    if (state_.index_kind == IndexKind::kTrees) state_.index_kind = IndexKind::kNone;
}

void Deflater::set_limits(const SearchLimits& limits) noexcept {
    forget_trees();
    state_.limits = limits;
    state_.limits.max_chain = std::max(limits.max_chain, 1U);
    state_.limits.nice_length = std::clamp(limits.nice_length, 3U, rfc1951::kMaxMatch);
}

bool Deflater::has_open_input() const noexcept {
    // A stored block's bytes wait in the window, in a part of it that only level 0 has.
    if (is_stored_ && phase_ == Phase::kStoredBytes) return true;
    return static_cast<std::int32_t>(state_.end) != state_.block_start;
}

Status Deflater::step(Bytes& in, Space& out, Flush flush, Check& check) noexcept {
    // Like zlib, a call that comes without space (a header has just filled it) still takes input and begins a block.
    for (bool is_first = true;; is_first = false) {
        if (!write(out)) return Status::kNeedOutput;
        if (splitter_.has_blocks()) {
            begin_block();
            continue;
        }
        if (is_finished_) return Status::kStreamEnd;
        if (out.avail == 0 && !is_first) return Status::kNeedOutput;

        fill(in, check);
        const bool is_tail = flush != Flush::kNone && in.avail == 0;
        if (parse(is_tail)) {
            settle_blocks(is_sectioned_ && flush == Flush::kFinish && in.avail == 0 &&
                          state_.lookahead() == 0);
        } else if (in.avail == 0) {
            if (flush == Flush::kNone) return Status::kNeedInput;
            if (flush == Flush::kFinish) {
                settle_blocks(true);
            } else if (state_.block_bytes() != 0) {
                settle_blocks(false);
            } else if (!put_flush_marker(flush)) {
                return Status::kOk;
            }
        }
    }
}

/// Takes over what `out` wrote into the empty staging buffer.
void Deflater::adopt_staged(const BitWriter& out) noexcept {
    bits_ = out.bits();
    bit_count_ = out.count();
    staged_begin_ = 0;
    staged_end_ = static_cast<std::uint32_t>(out.next() - staging_);
    made_bytes_ += staged_end_;
}

bool Deflater::deliver(Space& out) noexcept {
    const std::size_t count = std::min<std::size_t>(staged_end_ - staged_begin_, out.avail);
    if (count != 0) {
        std::memcpy(out.next, staging_ + staged_begin_, count);
        out.advance(count);
        staged_begin_ += static_cast<std::uint32_t>(count);
    }
    if (staged_begin_ != staged_end_) return false;
    staged_begin_ = 0;
    staged_end_ = 0;
    return true;
}

bool Deflater::write(Space& out) noexcept {
    for (;;) {
        if (!deliver(out)) return false;
        if (phase_ == Phase::kParse) return true;
        if (phase_ == Phase::kStoredBytes) {
            const std::size_t count = std::min<std::size_t>(raw_left_, out.avail);
            if (count != 0) {
                std::memcpy(out.next, state_.window + raw_next_, count);
                out.advance(count);
                raw_next_ += static_cast<std::uint32_t>(count);
                raw_left_ -= static_cast<std::uint32_t>(count);
                made_bytes_ += count;
            }
            if (raw_left_ != 0) return false;
            end_block();
        } else if (out.avail >= 2 * BlockWriter::kSlackBytes) {
            BitWriter bits(out.next, bits_, bit_count_);
            const bool is_complete = writer_.write_symbols(
                splitter_.current_tokens(state_.tokens), bits,
                out.next + out.avail - BlockWriter::kSlackBytes, is_piecewise());
            const auto made = static_cast<std::size_t>(bits.next() - out.next);
            bits_ = bits.bits();
            bit_count_ = bits.count();
            made_bytes_ += made;
            out.advance(made);
            if (is_complete) end_block();
        } else {
            BitWriter bits(staging_, bits_, bit_count_);
            const bool is_complete =
                writer_.write_symbols(splitter_.current_tokens(state_.tokens), bits,
                                      staging_ + kStagingBytes, is_piecewise());
            adopt_staged(bits);
            if (is_complete) end_block();
            if (out.avail == 0) return false;
        }
    }
}

Deflater::Pending Deflater::pending() const noexcept {
    const std::uint64_t delivered = (made_bytes_ - (staged_end_ - staged_begin_)) * 8;
    const std::uint64_t made =
        phase_ == Phase::kParse ? made_bytes_ * 8 + bit_count_ : block_end_bit_;
    return {(made - delivered) >> 3, static_cast<unsigned>(made & 7)};
}

bool Deflater::prime(unsigned count, unsigned value) noexcept {
    if (phase_ != Phase::kParse || staged_end_ + BitWriter::kFlushBytes > kStagingBytes)
        return false;
    BitWriter out(staging_ + staged_end_, bits_, bit_count_);
    out.put(value & ((1U << count) - 1), count);
    out.flush();
    const auto made = static_cast<std::uint32_t>(out.next() - (staging_ + staged_end_));
    bits_ = out.bits();
    bit_count_ = out.count();
    staged_end_ += made;
    made_bytes_ += made;
    return true;
}

std::size_t Deflater::stage_bytes(const std::uint8_t* data, std::size_t size) noexcept {
    const std::size_t count = std::min<std::size_t>(size, kStagingBytes - staged_end_);
    std::memcpy(staging_ + staged_end_, data, count);
    staged_end_ += static_cast<std::uint32_t>(count);
    made_bytes_ += count;
    return count;
}

/// Fills up the last byte of the stream with zero bits.
void Deflater::align() noexcept {
    used_bits_ = ((bit_count_ + 7) & 7) + 1;
    if (bit_count_ == 0) return;
    staging_[staged_end_++] = static_cast<std::uint8_t>(bits_);
    ++made_bytes_;
    bits_ = 0;
    bit_count_ = 0;
}

}  // namespace warpz::deflate

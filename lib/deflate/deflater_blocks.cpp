// SPDX-License-Identifier: Zlib
// Deflater's blocks: parsing input into tokens, judging when a block ends, beginning to write it, flush markers.
#include <algorithm>

#include "deflate/deflater.hpp"
#include "format/text_rule.hpp"

namespace warpz::deflate {
namespace {

using engine::Flush;

/// How often the open block is judged.
constexpr std::uint32_t kCheckBytes = 4096;
/// Where a token stands for so much, as in markup and logs, searches are few, and what a longer match saves is much of
/// what is written: they may go twice as deep.
constexpr std::uint32_t kManyBytesPerToken = 10;

}  // namespace

/// Parses what can be parsed. True when the open block should end here.
bool Deflater::parse(bool is_tail) noexcept {
    ParseState& s = state_;
    if (is_stored_) {
        s.pos = s.end;
        s.run_start = s.pos;
        return s.block_bytes() == stored_max_bytes_;
    }
    if (is_sectioned_) return parse_section(is_tail);
    if ((is_start_ || s.index_kind != wanted_index_) && !prepare_index(is_tail)) return false;
    for (;;) {
        std::uint32_t limit = s.end;
        if (!is_tail) limit = s.lookahead() > kMinLookahead ? s.end - kMinLookahead : s.pos;
        limit = std::min(limit, check_pos_);
        if (is_piecewise() && !is_tail && limit < check_pos_) return false;
        if (s.pos < limit) {
            parser_(s, limit, is_tail);
            s.take_literals(s.token_pos());
        }
        if (s.pos < check_pos_) return false;
        if (is_block_due()) return true;
    }
}

/// Parses a section once all of it is there. True when there are blocks.
bool Deflater::parse_section(bool is_tail) noexcept {
    ParseState& s = state_;
    const std::uint32_t bytes = std::min(s.lookahead(), MemoryLayout::kSectionBytes);
    // A byte must follow, so that the last section is known to be the last however input comes.
    if (bytes == 0 || (s.lookahead() <= MemoryLayout::kSectionBytes && !is_tail)) return false;
    // is_start_ stays: another parser, when there is one, has yet to see what kind of data this is.
    if (s.index_kind != wanted_index_) rebuild_index(s.head4_bits_full);
    sections_->parse(s, splitter_, s.pos + bytes);
    return true;
}

/// Judges the open block at check_pos_: true when it should end here.
bool Deflater::is_block_due() noexcept {
    grow_index();
    Tokens& tokens = state_.tokens;
    if (tokens.room_bytes() <
        std::min<std::size_t>(1024, tokens.capacity_bytes() / 8 + kParseOverrun))
        return true;

    // An upper bound of the block's size: 9 bits a literal and 31 a match is the worst the fixed code does.
    const std::uint64_t raw_bits = std::uint64_t{state_.block_bytes()} * 8;
    const std::uint64_t fixed_bits = std::uint64_t{tokens.literal_count()} * 9 +
                                     std::uint64_t{tokens.sequence_count()} * 31 + 100;
    if (tokens.literal_count() + tokens.sequence_count() > BlockSplitter::kMostTokens) return true;
    const std::uint32_t part_tokens =
        is_piecewise() ? BlockSplitter::kCoarsePartTokens : BlockSplitter::kPartTokens;
    if (strategy_ != Strategy::kFixed &&
        splitter_.observe(tokens, state_.block_bytes(), part_tokens) && !is_piecewise()) {
        state_.costs.estimate(splitter_.last_counts());
        state_.effort = splitter_.last_bytes_per_token() >= kManyBytesPerToken ? 2 : 1;
    }

    // A block that may have to be stored must end while its bytes are at hand. It may go on only when what it has saved
    // covers the worst that the next stretch can do.
    plan_check();
    const std::uint32_t stretch = check_pos_ - state_.pos + rfc1951::kMaxMatch + kParseOverrun + 2;
    return state_.block_bytes() + stretch > stored_max_bytes_ &&
           fixed_bits + std::uint64_t{stretch} * 9 > raw_bits;
}

void Deflater::plan_check() noexcept {
    const auto room = static_cast<std::uint32_t>(state_.tokens.room_bytes());
    const std::uint32_t stretch = std::min({kCheckBytes, std::max(stored_max_bytes_ / 8, 1U),
                                            room > kParseOverrun ? room - kParseOverrun : 1U});
    check_pos_ = state_.pos + stretch;
}

/// Ends the open block: what has been gathered is cut into blocks, which step() writes before it parses on.
void Deflater::settle_blocks(bool is_last) noexcept {
    if (!splitter_.has_blocks()) splitter_.settle(state_.tokens, state_.block_bytes());
    is_finished_ = is_last;
}

/// Begins to write the next of the settled blocks; write() completes it. The staging buffer is empty.
void Deflater::begin_block() noexcept {
    ParseState& s = state_;
    const bool is_at_hand = s.block_bytes() <= stored_max_bytes_;
    const auto [counts, tokens, raw] = splitter_.next_block(s.tokens);
    const bool can_store = is_at_hand && raw <= rfc1951::kMaxStoredBytes;
    const bool is_last = is_finished_ && !splitter_.has_blocks();
    const auto start = static_cast<std::uint32_t>(s.block_start);
    const std::uint64_t first_bit = made_bytes_ * 8 + bit_count_;

    // Where memory is too small for parts, whole blocks tell what symbols cost.
    if (layout_.part_count == 0 && wanted_index_ == IndexKind::kChains &&
        strategy_ != Strategy::kFixed)
        s.costs.estimate(count_part(tokens));
    if (!is_stored_ && data_type_ == DataType::kUnknown) detect_data_type(counts);
    if (is_stretch_parser(level_parser_)) adapt_parser(counts, tokens, raw);

    BitWriter out(staging_, bits_, bit_count_);
    const BlockChoice choice = is_stored_                      ? BlockChoice::kStoredOnly
                               : strategy_ == Strategy::kFixed ? BlockChoice::kFixedOrStored
                                                               : BlockChoice::kAny;
    const BlockWriter::Plan plan =
        writer_.begin(tokens, counts, raw, can_store, choice, is_last, out);
    if (plan.type == rfc1951::BlockType::kStored) used_bits_ = ((bit_count_ + 2) & 7) + 1;
    adopt_staged(out);
    block_end_bit_ = first_bit + plan.total_bits;
    if (is_last) block_end_bit_ = (block_end_bit_ + 7) & ~std::uint64_t{7};

    if (plan.type == rfc1951::BlockType::kStored) {
        phase_ = Phase::kStoredBytes;
        raw_next_ = start;
        raw_left_ = raw;
    } else {
        phase_ = Phase::kSymbols;
    }
    s.block_start += static_cast<std::int32_t>(raw);
}

void Deflater::end_block() noexcept {
    phase_ = Phase::kParse;
    if (splitter_.has_blocks()) return;
    state_.tokens.clear();
    splitter_.reset();
    plan_check();
    if (is_finished_) align();
}

void Deflater::detect_data_type(const SymbolCounts& counts) noexcept {
    ByteSet seen{};
    for (unsigned i = 0; i < 256; ++i) {
        if (counts.lit_len[i] != 0) seen[i >> 6] |= std::uint64_t{1} << (i & 63);
    }
    data_type_ = looks_like_text(seen) ? DataType::kText : DataType::kBinary;
}

/// Writes what a flush adds after the block's end. False when there is nothing (more) to add.
bool Deflater::put_flush_marker(Flush flush) noexcept {
    const int rank = engine::flush_rank(static_cast<int>(flush));
    if (flush == Flush::kBlock || rank <= marker_rank_) {
        grow_index();
        return false;
    }
    BitWriter out(staging_, bits_, bit_count_);
    if (flush == Flush::kPartial) {
        out.put(static_cast<unsigned>(rfc1951::BlockType::kFixed) << 1,
                3 + 7);  // an empty block: end of block is 0
        out.flush();
    } else {
        used_bits_ = ((bit_count_ + 2) & 7) + 1;
        BlockWriter::begin_stored(0, false, out);
    }
    adopt_staged(out);
    if (flush == Flush::kFull) state_.first = state_.pos;
    marker_rank_ = rank;
    return true;
}

}  // namespace warpz::deflate

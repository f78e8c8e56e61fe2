// SPDX-License-Identifier: Zlib
#include "deflate/deflater.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "deflate/match_finder.hpp"
#include "format/text_rule.hpp"

namespace warpz::deflate {
namespace {

using engine::Bytes;
using engine::Check;
using engine::Flush;
using engine::Space;

/// The first bytes of a stream are looked at before any is parsed, to size the index and to see what kind of data it
/// is; a flush within them tells how much there is.
constexpr std::uint32_t kPeekBytes = 16384;
constexpr std::uint32_t kLiteralSampleBytes = 4096;
/// How often the open block is judged.
constexpr std::uint32_t kCheckBytes = 4096;
constexpr std::uint32_t kMinHeadBits = 8;

[[nodiscard]] constexpr IndexKind index_kind(Parser parser) noexcept {
    switch (parser) {
        case Parser::kFast:
            return IndexKind::kSingle;
        case Parser::kGreedy:
        case Parser::kLazy:
        case Parser::kLazy2:
            return IndexKind::kChains;
        case Parser::kStored:
        case Parser::kRle:
        case Parser::kHuffmanOnly:
            break;
    }
    return IndexKind::kNone;
}

/// Lowers each position by `amount`; what falls below zero becomes "none".
void lower_positions(std::uint16_t* positions, std::size_t count, std::uint32_t amount) noexcept {
    const auto lower = static_cast<std::uint16_t>(amount);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t position = positions[i];
        positions[i] = static_cast<std::uint16_t>(position > lower ? position - lower : 0);
    }
}

/// Shortest match worth taking, by the number of different literals: where few occur, each costs few bits, and a short
/// match with its distance costs more than what it replaces.
[[nodiscard]] std::uint32_t min_length_for(std::uint32_t distinct_literals) noexcept {
    if (distinct_literals < 6) return 9;
    if (distinct_literals < 8) return 8;
    if (distinct_literals < 10) return 7;
    if (distinct_literals < 16) return 6;
    if (distinct_literals < 32) return 5;
    if (distinct_literals < 80) return 4;
    return 3;
}

}  // namespace

ParseFunction parse_function(Parser parser, const ParseState& state) noexcept {
    switch (parser) {
        case Parser::kFast:
            return fast_function(state);
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
    state_.tokens.attach(memory + layout_.tokens, layout_.total_bytes - layout_.tokens);
}

void Deflater::create(const MemoryLayout& layout, std::uint8_t* memory) noexcept {
    layout_ = layout;
    carve(memory);
    state_.window_mask = layout.window_bytes - 1;
    state_.head4_bits_full = static_cast<std::uint8_t>(layout.head4_bits);
    state_.head3_bits_full = static_cast<std::uint8_t>(layout.head3_bits);
    set_buffer(false);
}

void Deflater::relocate(std::uint8_t* memory) noexcept { carve(memory); }

/// Level 0 needs no index and uses its memory as more buffer: stored blocks can then be as long as the format allows.
void Deflater::set_buffer(bool is_stored) noexcept {
    const std::uint32_t window = layout_.window_bytes;
    const std::uint32_t buffer = layout_.buffer_bytes;
    is_stored_ = is_stored;
    state_.buffer_bytes = is_stored ? buffer + 2 * window : buffer;
    stored_max_bytes_ = is_stored
                            ? std::min(rfc1951::kMaxStoredBytes, state_.buffer_bytes - window - 1)
                            : buffer - kMinLookahead - window - 4;
    state_.max_distance = std::min(window - 1, buffer - kMinLookahead - window);
}

void Deflater::reset() noexcept {
    state_.window[0] = 0;  // position 0 means "none" in the index; data begins at 1
    state_.first = 1;
    state_.pos = 1;
    state_.end = 1;
    state_.index_next = 1;
    state_.index_kind = IndexKind::kNone;
    state_.min_length = 3;
    is_start_ = true;
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

void Deflater::set_params(int level, Strategy strategy) noexcept {
    const Level& chosen = kLevels[static_cast<std::size_t>(level)];
    Parser parser = chosen.parser;
    if (parser != Parser::kStored) {
        if (strategy == Strategy::kHuffmanOnly) parser = Parser::kHuffmanOnly;
        if (strategy == Strategy::kRle) parser = Parser::kRle;
    }
    release_held_match();
    const bool is_stored = parser == Parser::kStored;
    if (is_stored != is_stored_) {
        set_buffer(is_stored);
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
    state_.is_filtered = strategy == Strategy::kFiltered;
    parser_ = is_stored ? nullptr : parse_function(parser, state_);
    wanted_index_ = index_kind(parser);
    if (wanted_index_ == IndexKind::kNone) state_.index_kind = IndexKind::kNone;
    state_.limits = chosen.limits;
}

void Deflater::set_limits(const SearchLimits& limits) noexcept {
    state_.limits = limits;
    state_.limits.max_chain = std::max(limits.max_chain, 1U);
    state_.limits.nice_length = std::clamp(limits.nice_length, 3U, rfc1951::kMaxMatch);
}

/// A match that waits for a better one is taken as it is: the parser that would have decided is gone.
void Deflater::release_held_match() noexcept {
    if (state_.held_length == 0) return;
    const std::uint32_t start = state_.token_pos();
    state_.take_match(start, state_.held_length, state_.held_distance);
    state_.pos = start + state_.held_length;
    state_.held_length = 0;
    state_.held_age = 0;
}

void Deflater::set_dictionary(const std::uint8_t* data, std::size_t size) noexcept {
    const std::uint32_t window = layout_.window_bytes;
    if (size > window) {
        data += size - window;
        size = window;
    }
    const auto added = static_cast<std::uint32_t>(size);
    const std::uint32_t kept = std::min(state_.pos - state_.first, window - added);
    std::memmove(state_.window + 1, state_.window + state_.pos - kept, kept);
    std::memcpy(state_.window + 1 + kept, data, added);
    state_.window[0] = 0;
    state_.first = 1;
    state_.pos = 1 + kept + added;
    state_.end = state_.pos;
    state_.run_start = state_.pos;
    state_.block_start = static_cast<std::int32_t>(state_.pos);
    state_.index_next = 1;
    state_.index_kind = IndexKind::kNone;
    is_start_ = true;
    plan_check();
}

Bytes Deflater::dictionary() const noexcept {
    const std::uint32_t size = std::min(state_.end - state_.first, layout_.window_bytes);
    return {state_.window + state_.end - size, size};
}

bool Deflater::has_open_input() const noexcept {
    // A stored block's bytes wait in the window, in a part of it that only level 0 has.
    if (is_stored_ && phase_ == Phase::kStoredBytes) return true;
    return static_cast<std::int32_t>(state_.end) != state_.block_start;
}

Status Deflater::step(Bytes& in, Space& out, Flush flush, Check& check) noexcept {
    for (;;) {
        if (!write(out)) return Status::kNeedOutput;
        if (is_finished_) return Status::kStreamEnd;
        if (out.avail == 0) return Status::kNeedOutput;

        fill(in, check);
        const bool is_tail = flush != Flush::kNone && in.avail == 0;
        if (parse(is_tail)) {
            begin_block(false);
        } else if (in.avail == 0) {
            if (flush == Flush::kNone) return Status::kNeedInput;
            if (flush == Flush::kFinish) {
                begin_block(true);
            } else if (state_.block_bytes() != 0) {
                begin_block(false);
            } else if (!put_flush_marker(flush)) {
                return Status::kOk;
            }
        }
    }
}

void Deflater::fill(Bytes& in, Check& check) noexcept {
    if (in.avail == 0) return;
    ParseState& s = state_;
    std::size_t room = s.buffer_bytes - s.end;
    if (is_stored_) {
        // The block being gathered is never longer than one stored block; history of one window stays before it.
        const std::uint32_t block = s.block_bytes();
        const std::uint32_t wanted = stored_max_bytes_ - block;
        const std::uint32_t keep = layout_.window_bytes;
        const auto start = static_cast<std::uint32_t>(s.block_start);
        if (room < std::min<std::size_t>(wanted, in.avail) && start > keep + 1) {
            slide(start - keep - 1);
            room = s.buffer_bytes - s.end;
        }
        room = std::min<std::size_t>(room, wanted);
    } else if (s.pos >= s.buffer_bytes - kMinLookahead) {
        const std::uint32_t window = layout_.window_bytes;
        const std::uint32_t keep = s.buffer_bytes - kMinLookahead - window;
        slide((s.pos - keep) / window * window);
        room = s.buffer_bytes - s.end;
    }
    const std::size_t count = std::min(room, in.avail);
    if (count == 0) return;
    std::memcpy(s.window + s.end, in.next, count);
    check.update(s.window + s.end, count);
    s.end += static_cast<std::uint32_t>(count);
    in.advance(count);
    marker_rank_ = -1;
}

/// Moves the window's content down by `amount`, a multiple of the window size where an index is in use.
void Deflater::slide(std::uint32_t amount) noexcept {
    ParseState& s = state_;
    std::memmove(s.window, s.window + amount, s.end - amount);
    s.first = s.first > amount ? s.first - amount : 0;
    s.pos -= amount;
    s.end -= amount;
    s.run_start -= amount;
    s.index_next = s.index_next > amount ? s.index_next - amount : 0;
    s.block_start -= static_cast<std::int32_t>(amount);
    check_pos_ = check_pos_ > amount ? check_pos_ - amount : 0;
    if (s.index_kind == IndexKind::kNone) return;
    lower_positions(s.head4, std::size_t{1} << s.head4_bits, amount);
    if (s.index_kind == IndexKind::kChains) {
        lower_positions(s.head3, std::size_t{1} << s.head3_bits, amount);
        lower_positions(s.prev, std::size_t{s.window_mask} + 1, amount);
    }
}

/// Parses what can be parsed. True when the open block should end here.
bool Deflater::parse(bool is_tail) noexcept {
    ParseState& s = state_;
    if (is_stored_) {
        s.pos = s.end;
        s.run_start = s.pos;
        return s.block_bytes() == stored_max_bytes_;
    }
    if ((is_start_ || s.index_kind != wanted_index_) && !prepare_index(is_tail)) return false;
    for (;;) {
        std::uint32_t limit = s.end;
        if (!is_tail) limit = s.lookahead() > kMinLookahead ? s.end - kMinLookahead : s.pos;
        limit = std::min(limit, check_pos_);
        if (s.pos < limit) {
            parser_(s, limit, is_tail);
            s.take_literals(s.token_pos());
        }
        if (s.pos < check_pos_) return false;
        if (is_block_due()) return true;
    }
}

/// Makes the index match the parser. False while the start of a stream has yet to be seen.
bool Deflater::prepare_index(bool is_tail) noexcept {
    ParseState& s = state_;
    std::uint32_t bits = s.head4_bits_full;
    if (is_start_) {
        const std::uint32_t peek = std::min(kPeekBytes, layout_.window_bytes / 2);
        const std::uint32_t sample = std::min({s.lookahead(), peek, kLiteralSampleBytes});
        if (s.lookahead() < peek) {
            if (!is_tail) return false;
            const std::uint32_t bytes = s.end - s.first;
            bits = std::clamp<std::uint32_t>(static_cast<std::uint32_t>(std::bit_width(2 * bytes)),
                                             kMinHeadBits, bits);
        }
        is_start_ = false;
        sample_literals(sample);
    }
    if (s.index_kind != wanted_index_) rebuild_index(bits);
    return true;
}

/// Clears the index at a size of 2^bits heads; the parser enters the history when it goes on.
void Deflater::rebuild_index(std::uint32_t bits) noexcept {
    ParseState& s = state_;
    s.index_kind = wanted_index_;
    s.head4_bits = static_cast<std::uint8_t>(bits);
    s.head3_bits = static_cast<std::uint8_t>(bits - (s.head4_bits_full - s.head3_bits_full));
    if (wanted_index_ == IndexKind::kNone) return;
    std::memset(s.head4, 0, sizeof *s.head4 << s.head4_bits);
    if (wanted_index_ == IndexKind::kChains)
        std::memset(s.head3, 0, sizeof *s.head3 << s.head3_bits);
    s.index_next = s.reach_limit(s.pos) + 1;
    if (s.index_next > s.pos) s.index_next = s.pos;
}

/// An index that was sized to a short first message grows once the stream turns out to be longer.
void Deflater::grow_index() noexcept {
    const ParseState& s = state_;
    if (s.index_kind != IndexKind::kNone && s.head4_bits < s.head4_bits_full &&
        s.pos - s.first > (1U << s.head4_bits)) {
        rebuild_index(s.head4_bits_full);
    }
}

/// Sets the shortest useful match by the next `count` bytes of input.
void Deflater::sample_literals(std::uint32_t count) noexcept {
    std::uint64_t seen[4] = {};
    for (std::uint32_t i = 0; i < count; ++i) {
        const unsigned value = state_.window[state_.pos + i];
        seen[value >> 6] |= std::uint64_t{1} << (value & 63);
    }
    int distinct = 0;
    for (const std::uint64_t word : seen) distinct += std::popcount(word);
    set_min_length(static_cast<std::uint32_t>(distinct));
}

void Deflater::set_min_length(std::uint32_t distinct_literals) noexcept {
    std::uint32_t length = min_length_for(distinct_literals);
    if (state_.is_filtered) length = std::max(length, 6U);
    state_.min_length = length;
}

/// Judges the open block at check_pos_: true when it should end here.
bool Deflater::is_block_due() noexcept {
    grow_index();
    const Tokens& tokens = state_.tokens;
    if (tokens.room_bytes() < std::min<std::size_t>(1024, tokens.capacity_bytes() / 8)) return true;

    // An upper bound of the block's size: 9 bits a literal and 31 a match is the worst the fixed code does.
    const std::uint64_t raw_bits = std::uint64_t{state_.block_bytes()} * 8;
    const std::uint64_t fixed_bits = std::uint64_t{tokens.literal_count()} * 9 +
                                     std::uint64_t{tokens.sequence_count()} * 31 + 100;
    if (splitter_.observe(tokens) && splitter_.should_end(state_.block_bytes()) &&
        fixed_bits < raw_bits)
        return true;

    // A block that may have to be stored must end while its bytes are at hand. It may go on only when what it has saved
    // covers the worst that the next stretch can do.
    plan_check();
    const std::uint32_t stretch = check_pos_ - state_.pos + rfc1951::kMaxMatch + 2;
    return state_.block_bytes() + stretch > stored_max_bytes_ &&
           fixed_bits + std::uint64_t{stretch} * 9 > raw_bits;
}

void Deflater::plan_check() noexcept {
    const auto room = static_cast<std::uint32_t>(state_.tokens.room_bytes());
    const std::uint32_t stretch =
        std::min({kCheckBytes, std::max(stored_max_bytes_ / 8, 1U), std::max(room, 1U)});
    check_pos_ = state_.pos + stretch;
}

/// Begins to write the open block; write() completes it. The staging buffer is empty.
void Deflater::begin_block(bool is_last) noexcept {
    ParseState& s = state_;
    const std::uint32_t raw = s.block_bytes();
    const bool can_store = raw <= stored_max_bytes_;
    const auto start = static_cast<std::uint32_t>(s.block_start);
    const std::uint64_t first_bit = made_bytes_ * 8 + bit_count_;

    const SymbolCounts counts(s.tokens);
    if (!is_stored_) {
        if (data_type_ == DataType::kUnknown) detect_data_type(counts);
        std::uint32_t distinct = 0;
        const std::uint32_t rare = s.tokens.literal_count() >> 10;
        for (unsigned i = 0; i < 256; ++i) distinct += counts.lit_len[i] > rare;
        if (s.tokens.literal_count() != 0) set_min_length(distinct);
    }

    BitWriter out(staging_, bits_, bit_count_);
    const BlockChoice choice = is_stored_                      ? BlockChoice::kStoredOnly
                               : strategy_ == Strategy::kFixed ? BlockChoice::kFixedOrStored
                                                               : BlockChoice::kAny;
    const BlockWriter::Plan plan =
        writer_.begin(s.tokens, counts, raw, can_store, choice, is_last, out);
    if (plan.type == rfc1951::BlockType::kStored) used_bits_ = ((bit_count_ + 2) & 7) + 1;
    adopt_staged(out);
    block_end_bit_ = first_bit + plan.total_bits;
    if (is_last) block_end_bit_ = (block_end_bit_ + 7) & ~std::uint64_t{7};
    is_finished_ = is_last;

    if (plan.type == rfc1951::BlockType::kStored) {
        phase_ = Phase::kStoredBytes;
        raw_next_ = start;
        raw_left_ = raw;
    } else {
        phase_ = Phase::kSymbols;
    }
    s.block_start = static_cast<std::int32_t>(s.token_pos());
    splitter_.reset();
}

void Deflater::end_block() noexcept {
    phase_ = Phase::kParse;
    state_.tokens.clear();
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
                state_.tokens, bits, out.next + out.avail - BlockWriter::kSlackBytes);
            const auto made = static_cast<std::size_t>(bits.next() - out.next);
            bits_ = bits.bits();
            bit_count_ = bits.count();
            made_bytes_ += made;
            out.advance(made);
            if (is_complete) end_block();
        } else {
            BitWriter bits(staging_, bits_, bit_count_);
            const bool is_complete =
                writer_.write_symbols(state_.tokens, bits, staging_ + kStagingBytes);
            adopt_staged(bits);
            if (is_complete) end_block();
            if (out.avail == 0) return false;
        }
    }
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

// SPDX-License-Identifier: Zlib
// Deflater's input: the window buffer, the dictionary, and the index over them.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include "deflate/deflater.hpp"

namespace warpz::deflate {
namespace {

using engine::Bytes;
using engine::Check;

/// The first bytes of a stream are looked at before any is parsed, to size the index and to see what kind of data it
/// is; a flush within them tells how much there is.
constexpr std::uint32_t kPeekBytes = 16384;
constexpr std::uint32_t kLiteralSampleBytes = 2048;
constexpr std::uint32_t kMinHeadBits = 8;

/// From so many different literals on, bytes are more like chance than like text, and matches of 3 bytes frequent.
constexpr std::uint32_t kManyLiterals = 160;
/// Text has no more different literals than this.
constexpr std::uint32_t kMostOfText = 100;
/// In a message shorter than this, where distances are short, so many are enough.
constexpr std::uint32_t kShortBytes = 2048;
constexpr std::uint32_t kManyOfShort = 64;
/// Where matches are long without being very long, the fastest parser's one candidate is too few.
constexpr std::uint32_t kFewestBytesForTwo = 12;
constexpr std::uint32_t kMostBytesForTwo = 24;
/// From this mean length on it is better to search where matches end only, and down to this one to stay with that.
constexpr std::uint32_t kLongForStretches = 18;
constexpr std::uint32_t kShortForChains = 14;

/// Lowers each position by `amount`; what falls below zero becomes "none".
void lower_positions(std::uint16_t* positions, std::size_t count, std::uint32_t amount) noexcept {
    const auto lower = static_cast<std::uint16_t>(amount);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t position = positions[i];
        positions[i] = static_cast<std::uint16_t>(position > lower ? position - lower : 0);
    }
}

}  // namespace

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
    } else if (is_sectioned_) {
        const std::uint32_t keep = layout_.window_bytes + 1;
        if (s.buffer_bytes - s.pos < MemoryLayout::kSectionBytes && s.pos > keep) {
            slide(s.pos - keep);
        }
        room = s.buffer_bytes - s.end;
    } else {
        const std::uint32_t window = layout_.window_bytes;
        const std::uint32_t keep = s.buffer_bytes - kMinLookahead - window;
        if (is_piecewise()) {
            if (check_pos_ + kMinLookahead > s.buffer_bytes) slide(s.pos - keep);
        } else if (s.pos >= s.buffer_bytes - kMinLookahead) {
            slide((s.pos - keep) / window * window);
        }
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

/// Moves the window's content down by `amount`, a multiple of the window size where chains are in use.
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
    if (s.index_kind == IndexKind::kNone || s.index_kind == IndexKind::kTrees) return;
    lower_positions(s.head4, std::size_t{1} << s.head4_bits, amount);
    if (s.has_latest()) lower_positions(s.prev, std::size_t{1} << s.latest_bits(), amount);
    if (s.index_kind == IndexKind::kChains) {
        lower_positions(s.prev, std::size_t{s.window_mask} + 1, amount);
        lower_positions(s.head3, std::size_t{1} << s.head3_bits, amount);
    }
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

void Deflater::follow(const std::uint8_t* history, std::size_t size) noexcept {
    state_.first = state_.pos;
    set_dictionary(history, size);
    bits_ = 0;
    bit_count_ = 0;
    marker_rank_ = -1;
}

Bytes Deflater::dictionary() const noexcept {
    const std::uint32_t size = std::min(state_.end - state_.first, layout_.window_bytes);
    return {state_.window + state_.end - size, size};
}

/// Makes the index match the parser. False while the start of a stream has yet to be seen.
bool Deflater::prepare_index(bool is_tail) noexcept {
    ParseState& s = state_;
    std::uint32_t bits = s.head4_bits_full;
    if (is_start_) {
        const std::uint32_t peek = std::min(kPeekBytes, layout_.window_bytes / 2);
        if (s.lookahead() < peek) {
            if (!is_tail) return false;
            const std::uint32_t bytes = s.end - s.first;
            bits = std::clamp<std::uint32_t>(static_cast<std::uint32_t>(std::bit_width(2 * bytes)),
                                             kMinHeadBits, bits);
        }
        is_start_ = false;
        if (is_piecewise()) {
            // What follows `peek` bytes may or may not be here yet.
            const std::uint32_t known = std::min(s.lookahead(), peek);
            const std::uint32_t sample = std::min(known, kLiteralSampleBytes);
            std::array<std::uint8_t, 256> seen{};
            for (std::uint32_t i = 0; i < sample; ++i) seen[s.window[s.pos + i]] = 1;
            const auto distinct = std::accumulate(seen.begin(), seen.end(), 0U);
            const bool is_short = known < peek && known < kShortBytes;
            s.prefers_three = distinct >= (is_short ? kManyOfShort : kManyLiterals);
            if (strategy_ != Strategy::kFixed)
                s.costs.expect_literals(known >= SymbolCosts::kFewestBytes ? distinct : 256);
        } else if (strategy_ != Strategy::kFixed) {
            s.costs.guess(s.window + s.pos, std::min({s.lookahead(), peek, kLiteralSampleBytes}));
        }
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
    if (wanted_index_ == IndexKind::kTrees) {
        s.index_next = std::min(s.reach_limit(s.pos) + 1, s.pos);
        sections_->forget_positions(s.index_next);
        return;
    }
    std::memset(s.head4, 0, sizeof *s.head4 << s.head4_bits);
    if (s.has_latest()) std::memset(s.prev, 0, sizeof *s.prev << s.latest_bits());
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

/// Suits the parser of a fast level to the data of a block: its counts, its tokens, and the bytes they stand for.
void Deflater::adapt_parser(const SymbolCounts& counts, const Tokens& tokens,
                            std::uint32_t bytes) noexcept {
    const std::uint32_t literals = tokens.literal_count();
    std::uint32_t distinct = 0;
    for (unsigned i = 0; i < 256; ++i) distinct += counts.lit_len[i] > literals >> 10;
    if (literals != 0) {
        state_.prefers_three = distinct >= kManyLiterals;
        if (is_piecewise() && strategy_ != Strategy::kFixed) state_.costs.expect_literals(distinct);
    }
    const std::uint32_t matches = tokens.sequence_count() + 1;
    Parser parser = level_parser_;
    if (parser == Parser::kStretch1) {
        const std::uint32_t bytes_per_match = bytes / matches;
        if (bytes_per_match >= kFewestBytesForTwo && bytes_per_match < kMostBytesForTwo)
            parser = Parser::kStretch2;
    } else if (parser != Parser::kStretch2) {
        const std::uint32_t mean_length = (bytes - literals) / matches;
        const bool is_text = distinct < kMostOfText;
        if ((parser == Parser::kStretchText && !is_text) ||
            mean_length >= (is_piecewise() ? kLongForStretches : kShortForChains))
            parser = Parser::kLazy;
    }
    if (index_kind(parser) == wanted_index_) return;
    if (parser == Parser::kLazy && strategy_ != Strategy::kFixed) {
        PartCounts part;
        std::copy(counts.lit_len.begin(), counts.lit_len.end(), part.begin());
        std::copy(counts.distance.begin(), counts.distance.end(),
                  part.begin() + rfc1951::kLitLenSymbols);
        state_.costs.estimate(part);
    }
    use_parser(parser);
}

}  // namespace warpz::deflate

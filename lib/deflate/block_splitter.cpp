// SPDX-License-Identifier: Zlib
#include "deflate/block_splitter.hpp"

#include <algorithm>
#include <limits>

#include "deflate/entropy.hpp"

namespace warpz::deflate {
namespace {

/// Tokens that are counted faster as a part is.
constexpr std::uint32_t kFewTokens = 2048;

constexpr std::uint32_t kBit = kInformationPerBit;
/// A price that is not paid.
constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
/// What sending a code adds to a block: so much at all, and for each symbol in use.
constexpr std::uint32_t kCodeCost = 80 * kBit;
constexpr std::uint32_t kSymbolCost = 7 * kBit / 2;
/// How far the price of a join by this may be from the truth: one that seems dear may save bits, and the other way round. In
/// blocks of so many tokens that is a noticeable part.
constexpr std::int32_t kMostTooDear = 256 * kBit;
constexpr std::int32_t kMostTooCheap = 48 * kBit;
constexpr std::uint32_t kFewTokensOfTwo = 4096;

/// What a block costs whose symbols occur as often as in all of the parts together: a prefix code's bits are taken to
/// be the entropy, and extra bits, which are the same in any block, left out.
template <class... Parts>
[[nodiscard]] std::uint32_t cost_of(const Parts&... parts) noexcept {
    std::uint32_t cost = kCodeCost;
    auto add_alphabet = [&](unsigned first, unsigned end) {
        std::uint32_t total = 0;
        std::uint32_t known = 0;
        std::uint32_t used = 0;
        for (unsigned i = first; i < end; ++i) {
            const std::uint32_t n = (std::uint32_t{parts[i]} + ...);
            total += n;
            used += n != 0;
            known += self_information(n);
        }
        cost += self_information(total) - known + used * kSymbolCost;
    };
    add_alphabet(0, rfc1951::kLitLenSymbols);
    add_alphabet(rfc1951::kLitLenSymbols, kPartSymbols);
    return cost;
}

[[nodiscard]] SymbolCounts unpacked(const PartCounts& part) noexcept {
    SymbolCounts counts;
    const auto* const distances = part.begin() + rfc1951::kLitLenSymbols;
    std::copy(part.begin(), distances, counts.lit_len.begin());
    std::copy(distances, part.end(), counts.distance.begin());
    counts.lit_len[rfc1951::kEndOfBlock] = 1;
    return counts;
}

}  // namespace

void BlockSplitter::reset() noexcept {
    count_ = 0;
    settled_ = 0;
    given_ = 0;
    begin_ = {};
    end_ = {};
}

/// Counts the tokens from the last part's end to `end` as a part of their own.
void BlockSplitter::add_part(const Tokens& tokens, Mark end) noexcept {
    if (count_ == capacity_) join(cheapest_join());
    Part& part = parts_[count_];
    part.counts =
        count_part(tokens.slice(end_.literals, end.literals, end_.sequences, end.sequences));
    part.end = end;
    part.cost = cost_of(part.counts);
    end_ = end;
    ++count_;
    if (count_ >= 2) price(count_ - 2);
}

bool BlockSplitter::observe(Tokens& tokens, std::uint32_t bytes, std::uint32_t fewest) noexcept {
    if (capacity_ < 2) return false;
    // A part ends with a sequence.
    tokens.shorten_open_run();
    const std::uint32_t open = tokens.open_run();
    const Mark end{tokens.literal_count() - open, tokens.sequence_count(), bytes - open};
    const std::uint32_t fresh = end.literals - end_.literals + end.sequences - end_.sequences;
    if (fresh < fewest) return false;
    last_bytes_per_token_ = (end.bytes - end_.bytes) / fresh;
    add_part(tokens, end);
    return true;
}

void BlockSplitter::settle(const Tokens& tokens, std::uint32_t bytes) noexcept {
    settle_as_observed(tokens, bytes);
    if (count_ == 0) return;
    while (count_ >= 2) {
        const unsigned index = cheapest_join();
        if (parts_[index].join_price >= kMostTooDear) break;
        if (is_join_cheaper(index)) {
            join(index);
        } else {
            parts_[index].join_price = kNever;
        }
    }
    settled_ = count_;
}

void BlockSplitter::settle_as_observed(const Tokens& tokens, std::uint32_t bytes) noexcept {
    const Mark end{tokens.literal_count(), tokens.sequence_count(), bytes};
    given_ = 0;
    settled_ = 1;
    if (count_ != 0) {
        // What was too little for a part belongs to the last one all the same.
        if (end.literals != end_.literals || end.sequences != end_.sequences) add_part(tokens, end);
        settled_ = count_;
    }
    begin_ = {};
    end_ = end;
}

BlockSplitter::Block BlockSplitter::next_block(const Tokens& tokens) noexcept {
    begin_ = given_ == 0 ? Mark{} : parts_[given_ - 1].end;
    if (count_ == 0) {
        ++given_;
        if (tokens.literal_count() + tokens.sequence_count() < kFewTokens)
            return {unpacked(count_part(tokens)), tokens, end_.bytes};
        return {SymbolCounts(tokens), tokens, end_.bytes};
    }
    const Part& part = parts_[given_++];
    end_ = part.end;
    return {unpacked(part.counts), current_tokens(tokens), end_.bytes - begin_.bytes};
}

/// Whether one block is not larger than two of part `index` and the next one. Where that is a close call between short parts
/// both ways are measured: programs that cut their data to a size compress some of it again, and count on getting no more.
bool BlockSplitter::is_join_cheaper(unsigned index) const noexcept {
    const Part& a = parts_[index];
    const Part& b = parts_[index + 1];
    const Mark begin = index != 0 ? parts_[index - 1].end : Mark{};
    const std::uint32_t tokens =
        b.end.literals - begin.literals + b.end.sequences - begin.sequences;
    if (tokens > kFewTokensOfTwo || a.join_price <= -kMostTooCheap) return a.join_price <= 0;
    PartCounts both;
    for (unsigned i = 0; i < kPartSymbols; ++i)
        both[i] = static_cast<std::uint16_t>(a.counts[i] + b.counts[i]);
    return BlockWriter::coded_bits(unpacked(both)) <=
           BlockWriter::coded_bits(unpacked(a.counts)) +
               BlockWriter::coded_bits(unpacked(b.counts));
}

/// Computes what joining part `index` and the next one costs.
void BlockSplitter::price(unsigned index) noexcept {
    Part& a = parts_[index];
    const Part& b = parts_[index + 1];
    const Mark begin = index != 0 ? parts_[index - 1].end : Mark{};
    const std::uint32_t tokens =
        b.end.literals - begin.literals + b.end.sequences - begin.sequences;
    const std::uint32_t bytes = b.end.bytes - begin.bytes;
    const std::uint32_t joined = cost_of(a.counts, b.counts);
    // What a stored block cannot hold is one block only if it is not likely to be stored.
    const bool is_large = bytes > rfc1951::kMaxStoredBytes && joined > bytes * (7 * kBit);
    a.join_price = tokens > kMostTokens || is_large
                       ? kNever
                       : static_cast<std::int32_t>(joined - a.cost - b.cost);
}

unsigned BlockSplitter::cheapest_join() const noexcept {
    unsigned best = 0;
    for (unsigned i = 1; i + 1 < count_; ++i) {
        if (parts_[i].join_price < parts_[best].join_price) best = i;
    }
    return best;
}

/// Makes parts `index` and `index` + 1 one.
void BlockSplitter::join(unsigned index) noexcept {
    Part& a = parts_[index];
    const Part& b = parts_[index + 1];
    for (unsigned i = 0; i < kPartSymbols; ++i) {
        a.counts[i] = static_cast<std::uint16_t>(a.counts[i] + b.counts[i]);
    }
    a.cost = static_cast<std::uint32_t>(static_cast<std::int32_t>(a.cost + b.cost) + a.join_price);
    a.end = b.end;
    std::copy(parts_ + index + 2, parts_ + count_, parts_ + index + 1);
    --count_;
    if (index + 1 < count_) price(index);
    if (index > 0) price(index - 1);
}

}  // namespace warpz::deflate

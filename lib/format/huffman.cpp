// SPDX-License-Identifier: Zlib
// Minimum-redundancy code lengths: two queues of sorted weights, leaves and internal nodes (van Leeuwen 1976), then cut
// to the permitted length by moving leaves of the tree so that the Kraft sum stays one.
#include "format/huffman.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warpz::huffman {
namespace {

constexpr unsigned kSymbolBits = 9;
static_assert((1U << kSymbolBits) >= kMaxSymbols);
constexpr std::uint64_t kSymbolMask = (1U << kSymbolBits) - 1;

constexpr std::uint32_t kNoWeight = 0xffffffff;

constexpr std::array<std::uint8_t, 256> kReversedBytes = [] {
    std::array<std::uint8_t, 256> reversed{};
    for (unsigned i = 0; i < 256; ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((i >> bit & 1) != 0)
                reversed[i] = static_cast<std::uint8_t>(reversed[i] | 0x80 >> bit);
        }
    }
    return reversed;
}();
static_assert(kReversedBytes[0x12] == 0x48);

/// How many codewords of each length a prefix code of least redundancy has. Lengths beyond max_bits count as max_bits,
/// so that more may be counted than fit there.
///
/// leaves  ascending weights of at least two symbols, and behind them one that no sum reaches
void count_lengths(std::span<const std::uint32_t> leaves, unsigned max_bits,
                   std::span<std::uint32_t> counts) noexcept {
    const std::size_t symbols = leaves.size() - 1;
    std::array<std::uint32_t, kMaxSymbols> nodes;  // internal nodes, ascending as they are made
    std::array<std::uint16_t, kMaxSymbols> parents;
    nodes[0] = kNoWeight;
    std::size_t leaf = 0;
    std::size_t root = 0;  // first node without a parent
    for (std::size_t next = 0; next + 1 < symbols; ++next) {
        std::uint32_t sum = 0;
        for (int child = 0; child < 2; ++child) {
            // Without a branch, which would be as hard to foresee as the weights.
            const bool is_node = nodes[root] < leaves[leaf];
            sum += is_node ? nodes[root] : leaves[leaf];
            parents[root] = static_cast<std::uint16_t>(next);  // the last value written counts
            root += is_node;
            leaf += !is_node;
        }
        nodes[next] = sum;
        nodes[next + 1] = kNoWeight;
    }

    // Nodes by depth, from the top; each has two children, and those that are no nodes are leaves.
    std::array<std::uint32_t, kMaxBits + 1> nodes_at{};
    std::array<std::uint16_t, kMaxSymbols>& depths = parents;  // a node's parent comes after it
    depths[symbols - 2] = 0;
    nodes_at[0] = 1;
    for (std::size_t node = symbols - 2; node-- > 0;) {
        const auto depth = static_cast<std::uint16_t>(depths[parents[node]] + 1);
        depths[node] = depth;
        if (depth < max_bits) ++nodes_at[depth];
    }
    std::size_t left = symbols;
    for (unsigned length = 1; length < max_bits; ++length) {
        counts[length] = 2 * nodes_at[length - 1] - nodes_at[length];
        left -= counts[length];
    }
    counts[max_bits] = static_cast<std::uint32_t>(left);
}

/// Sorts ascending by frequency, symbols of equal frequency in their order: one counting pass a byte, from the lowest
/// on, as many as the largest frequency has.
void sort_by_frequency(std::span<std::uint64_t> entries) noexcept {
    if (entries.size() <= 20) {
        for (std::size_t i = 1; i < entries.size(); ++i) {
            const std::uint64_t entry = entries[i];
            std::size_t to = i;
            for (; to > 0 && entries[to - 1] > entry; --to) entries[to] = entries[to - 1];
            entries[to] = entry;
        }
        return;
    }
    std::uint64_t largest = 0;
    for (const std::uint64_t entry : entries) largest = std::max(largest, entry);
    std::array<std::uint64_t, kMaxSymbols> other;
    std::uint64_t* from = entries.data();
    std::uint64_t* to = other.data();
    for (unsigned shift = kSymbolBits; largest >> shift != 0; shift += 8) {
        std::array<std::uint16_t, 256> starts{};
        for (std::size_t i = 0; i < entries.size(); ++i) ++starts[(from[i] >> shift) & 255];
        std::uint16_t start = 0;
        for (std::uint16_t& count : starts)
            start = static_cast<std::uint16_t>(start + std::exchange(count, start));
        for (std::size_t i = 0; i < entries.size(); ++i) {
            to[starts[(from[i] >> shift) & 255]++] = from[i];
        }
        std::swap(from, to);
    }
    if (from != entries.data()) std::copy_n(from, entries.size(), entries.data());
}

}  // namespace

void build_lengths(std::span<const std::uint32_t> frequencies, std::span<std::uint8_t> lengths,
                   unsigned max_bits) noexcept {
    std::array<std::uint64_t, kMaxSymbols + 1> sorted;  // frequency above, symbol below
    std::size_t used = 0;
    std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
    for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
        sorted[used] = (std::uint64_t{frequencies[symbol]} << kSymbolBits) | symbol;
        used += frequencies[symbol] != 0;
    }
    if (used < 2) {
        const std::size_t present = used == 1 ? sorted[0] & kSymbolMask : 0;
        lengths[present] = 1;
        lengths[present == 0 ? 1 : 0] = 1;
        return;
    }
    sort_by_frequency({sorted.data(), used});

    std::array<std::uint32_t, kMaxSymbols + 1> weights;
    for (std::size_t i = 0; i < used; ++i) {
        weights[i] = static_cast<std::uint32_t>(sorted[i] >> kSymbolBits);
    }
    weights[used] = kNoWeight;
    std::array<std::uint32_t, kMaxBits + 1> count{};
    count_lengths({weights.data(), used + 1}, max_bits, count);
    std::uint32_t kraft = 0;  // in units of 2^-max_bits
    for (unsigned length = 1; length <= max_bits; ++length) {
        kraft += count[length] << (max_bits - length);
    }
    // Each step lengthens one leaf by a bit and gives back half its share, taking the deepest that can still grow.
    while (kraft > (1U << max_bits)) {
        unsigned length = max_bits - 1;
        while (count[length] == 0) --length;
        --count[length];
        ++count[length + 1];
        kraft -= 1U << (max_bits - length - 1);
    }
    // A last step may have given back too much: shorten leaves while that fits.
    for (unsigned length = max_bits; kraft < (1U << max_bits) && length > 1;) {
        const std::uint32_t gain = 1U << (max_bits - length);
        if (count[length] != 0 && kraft + gain <= (1U << max_bits)) {
            --count[length];
            ++count[length - 1];
            kraft += gain;
        } else {
            --length;
        }
    }

    // Rarest symbols take the longest codewords.
    std::size_t i = 0;
    for (unsigned length = max_bits; length > 0; --length) {
        for (std::uint32_t n = count[length]; n > 0; --n) {
            lengths[sorted[i++] & kSymbolMask] = static_cast<std::uint8_t>(length);
        }
    }
}

void build_codewords(std::span<const std::uint8_t> lengths,
                     std::span<std::uint16_t> codewords) noexcept {
    std::array<std::uint16_t, kMaxBits + 1> count{};
    for (const std::uint8_t length : lengths) ++count[length];
    count[0] = 0;

    std::array<std::uint16_t, kMaxBits + 2> next{};
    for (unsigned bits = 1; bits <= kMaxBits; ++bits) {
        next[bits + 1] = static_cast<std::uint16_t>((next[bits] + count[bits]) << 1);
    }

    // A length of 0 needs no case of its own: all 16 bits are shifted out.
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        const unsigned length = lengths[symbol];
        const std::uint32_t code = next[length]++;
        const std::uint32_t reversed =
            (std::uint32_t{kReversedBytes[code & 255]} << 8) | kReversedBytes[code >> 8];
        codewords[symbol] = static_cast<std::uint16_t>(reversed >> (16 - length));
    }
}

}  // namespace warpz::huffman

// SPDX-License-Identifier: Zlib
// Minimum-redundancy code lengths by the in-place method of Moffat and Katajainen (1995) on sorted weights, then cut
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

/// Replaces ascending weights by the depths of their leaves, descending. `weights` holds at least two.
void weights_to_depths(std::span<std::uint32_t> weights) noexcept {
    const int n = static_cast<int>(weights.size());
    auto at = [&](int i) -> std::uint32_t& { return weights[static_cast<std::size_t>(i)]; };

    // Left to right: pair the two lightest of leaves and internal nodes; a used internal node keeps its parent's index.
    int leaf = 0;
    int root = 0;
    for (int next = 0; next < n - 1; ++next) {
        std::uint32_t sum = 0;
        for (int child = 0; child < 2; ++child) {
            if (leaf >= n || (root < next && at(root) < at(leaf))) {
                sum += at(root);
                at(root++) = static_cast<std::uint32_t>(next);
            } else {
                sum += at(leaf++);
            }
        }
        at(next) = sum;
    }

    // Right to left: depths of internal nodes from their parents'.
    at(n - 2) = 0;
    for (int node = n - 3; node >= 0; --node) at(node) = at(static_cast<int>(at(node))) + 1;

    // Right to left: leaves fill what internal nodes leave free on each level.
    int available = 1;
    int used = 0;
    std::uint32_t depth = 0;
    root = n - 2;
    int next = n - 1;
    while (available > 0) {
        while (root >= 0 && at(root) == depth) {
            ++used;
            --root;
        }
        while (available > used) {
            at(next--) = depth;
            --available;
        }
        available = 2 * used;
        ++depth;
        used = 0;
    }
}

/// Sorts ascending by frequency, symbols of equal frequency in their order: one counting pass a byte, from the lowest
/// on, as many as the largest frequency has.
void sort_by_frequency(std::span<std::uint64_t> entries) noexcept {
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
    std::array<std::uint64_t, kMaxSymbols> sorted;  // frequency above, symbol below
    std::size_t used = 0;
    for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
        lengths[symbol] = 0;
        if (frequencies[symbol] != 0) {
            sorted[used++] = (std::uint64_t{frequencies[symbol]} << kSymbolBits) | symbol;
        }
    }
    if (used < 2) {
        const std::size_t present = used == 1 ? sorted[0] & kSymbolMask : 0;
        lengths[present] = 1;
        lengths[present == 0 ? 1 : 0] = 1;
        return;
    }
    sort_by_frequency({sorted.data(), used});

    std::array<std::uint32_t, kMaxSymbols> depths;
    for (std::size_t i = 0; i < used; ++i) {
        depths[i] = static_cast<std::uint32_t>(sorted[i] >> kSymbolBits);
    }
    weights_to_depths({depths.data(), used});

    // How many leaves each length has; what is too deep moves up to max_bits.
    std::array<std::uint32_t, kMaxBits + 2> count{};
    std::uint32_t kraft = 0;  // in units of 2^-max_bits
    for (std::size_t i = 0; i < used; ++i) {
        const unsigned length = std::min<unsigned>(depths[i], max_bits);
        ++count[length];
        kraft += 1U << (max_bits - length);
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

    auto reverse16 = [](std::uint32_t v) {
        v = ((v & 0x5555) << 1) | ((v >> 1) & 0x5555);
        v = ((v & 0x3333) << 2) | ((v >> 2) & 0x3333);
        v = ((v & 0x0f0f) << 4) | ((v >> 4) & 0x0f0f);
        return ((v & 0x00ff) << 8) | ((v >> 8) & 0x00ff);
    };
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        const unsigned length = lengths[symbol];
        codewords[symbol] =
            length == 0 ? std::uint16_t{0}
                        : static_cast<std::uint16_t>(reverse16(next[length]++) >> (16 - length));
    }
}

}  // namespace warpz::huffman

// SPDX-License-Identifier: Zlib
// The finder; see block_finder.hpp. Almost all bit positions are refused by the first 13 bits of a header, for 48 at a
// time; most others by the lengths of the code length code, which must fill their code exactly; what remains is read
// as a header in full.
#include "parallel/block_finder.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/bytes.hpp"
#include "parallel/member_scan.hpp"

namespace warpz::parallel {
namespace {

constexpr unsigned kSteppedBits = 48;  // positions judged at once; each needs 13 bits of 64
static_assert(kSteppedBits + 13 <= 64);

/// Bit i is set when the bits from i on can be a dynamic block's header that is not the last one's: BFINAL 0, BTYPE 2,
/// HLIT and HDIST below 30.
constexpr std::uint64_t possible_headers(std::uint64_t w) noexcept {
    const std::uint64_t four_ones = w & w >> 1 & w >> 2 & w >> 3;
    return ~w & ~(w >> 1) & w >> 2 & ~(four_ones >> 4) & ~(four_ones >> 9) &
           ((std::uint64_t{1} << kSteppedBits) - 1);
}
static_assert(possible_headers(0b100) == 1 && possible_headers(0b11110'100) == 0);

/// For four code lengths of three bits each, the share of the code space that they fill, in 1/128.
constexpr auto kSpaceOfFour = [] {
    std::array<std::uint16_t, 4096> space{};
    for (unsigned four = 0; four < space.size(); ++four) {
        for (unsigned i = 0; i < 4; ++i) {
            const unsigned length = four >> (3 * i) & 7;
            if (length != 0)
                space[four] = static_cast<std::uint16_t>(space[four] + (128U >> length));
        }
    }
    return space;
}();

std::uint64_t bits_at(const std::uint8_t* data, std::uint64_t at) noexcept {
    return load_le<std::uint64_t>(data + at / 8) >> at % 8;  // 57 bits at least
}

/// The code length code of the header at `at` is complete.
bool has_complete_first_code(const std::uint8_t* data, std::uint64_t at) noexcept {
    const auto count = static_cast<unsigned>(bits_at(data, at + 13) & 15) + 4;
    std::uint64_t lengths = bits_at(data, at + 17) & ((std::uint64_t{1} << (3 * count)) - 1);
    unsigned space = 0;
    for (; lengths != 0; lengths >>= 12) space += kSpaceOfFour[lengths & 4095];
    return space == 128;
}
static_assert(3 * rfc1951::kCodeLengthSymbols <= 57);

std::optional<std::uint64_t> find_dynamic(PaddedInput input, std::uint64_t from, std::uint64_t to,
                                          inflate::Tables& tables) noexcept {
    const std::uint64_t end = std::min<std::uint64_t>(to, input.size() * 8);
    for (std::uint64_t at = from; at < end; at += kSteppedBits) {
        const std::uint8_t* const bytes = input.data() + at / 8;
        std::uint64_t word = load_le<std::uint64_t>(bytes) >> at % 8;
        if (at % 8 != 0) word |= std::uint64_t{bytes[8]} << (64 - at % 8);
        for (std::uint64_t found = possible_headers(word); found != 0; found &= found - 1) {
            const std::uint64_t candidate = at + static_cast<unsigned>(std::countr_zero(found));
            if (candidate >= end) break;
            if (!has_complete_first_code(input.data(), candidate)) continue;
            BlockHeader header;
            if (read_block_header(input, candidate, tables, header) == HeaderOutcome::kOk)
                return candidate;
        }
    }
    return std::nullopt;
}

/// Behind a flush, where the block that follows is a fixed or stored one that find_dynamic() would not see.
std::optional<std::uint64_t> find_flush(PaddedInput input, std::uint64_t from,
                                        std::uint64_t to) noexcept {
    constexpr std::array<std::uint8_t, 4> kMark = {0, 0, 0xff, 0xff};
    const std::size_t first = from / 8 < kMark.size() ? 0 : from / 8 - kMark.size();
    const std::size_t last = std::min<std::uint64_t>(to / 8, input.size());
    auto at = input.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(first, last));
    const auto end = input.begin() + static_cast<std::ptrdiff_t>(last);
    for (;; ++at) {
        at = std::search(at, end, kMark.begin(), kMark.end());
        if (at == end) return std::nullopt;
        const auto behind = static_cast<std::uint64_t>(at - input.begin()) + kMark.size();
        if (behind * 8 < from || behind * 8 >= to || behind >= input.size()) continue;
        const unsigned header = input[behind] & 7U;
        // A fixed block that is not the last one; anything else that can be known is another's find.
        if (header == 0b010) return behind * 8;
    }
}

}  // namespace

std::optional<Start> find_start(PaddedInput input, std::uint64_t from, std::uint64_t to) noexcept {
    inflate::Tables tables;
    std::optional<Start> start;
    if (const auto block = find_dynamic(input, from, to, tables)) {
        start = Start{*block, StartKind::kBlock};
        to = *block;
    }
    if (const auto block = find_flush(input, from, to)) {
        start = Start{*block, StartKind::kBlock};
        to = *block;
    }
    if (const auto member = find_member(input, (from + 7) / 8, to / 8)) {
        start = Start{std::uint64_t{*member} * 8, StartKind::kMember};
    }
    return start;
}

}  // namespace warpz::parallel

// SPDX-License-Identifier: Zlib
// The exact inner loop; see symbol_loop.hpp. It writes no byte beyond a symbol's own and leaves the input at a
// symbol's first bit, with whole unused bytes given back.
#include "base/bytes.hpp"
#include "inflate/match_copy.hpp"
#include "inflate/symbol_loop.hpp"

namespace warpz::inflate {
namespace {

/// A bit buffer that may run ahead of the symbols taken. `bits` counts valid bits, at most 63.
struct AheadBits {
    std::uint64_t hold;
    unsigned bits;
    const std::uint8_t* next;
    const std::uint8_t* end;

    /// At least 56 bits, or everything there is.
    void refill() noexcept {
        if (end - next >= 8) {
            hold |= load_le<std::uint64_t>(next) << bits;
            next += (63 - bits) >> 3;
            bits |= 56;
            return;
        }
        for (; bits < 56 && next != end; bits += 8) hold |= std::uint64_t{*next++} << bits;
    }

    void drop(unsigned count) noexcept {
        hold >>= count;
        bits -= count;
    }
};

/// The entry of the code at the front of `hold`.
Entry look_up(const Entry* table, unsigned table_bits, std::uint64_t hold) noexcept {
    const Entry entry = table[hold & ((1U << table_bits) - 1)];
    if (!is_link(entry)) return entry;
    return table[entry_value(entry) + ((hold >> table_bits) & ((1U << code_bits(entry)) - 1))];
}

/// Base and extra bits of the length or distance at the front of `hold`.
std::size_t range_value(Entry entry, std::uint64_t hold) noexcept {
    const std::uint64_t code_and_extra = hold & ((std::uint64_t{1} << drop_bits(entry)) - 1);
    return entry_value(entry) + static_cast<std::size_t>(code_and_extra >> code_bits(entry));
}

}  // namespace

bool edge_loop(SymbolLoopContext& context) noexcept {
    Output& out = context.out;
    AheadBits ahead{context.in.hold, context.in.bits, context.in.next, context.in.end};
    bool block_ended = false;
    for (;;) {
        // 56 bits hold the longest symbol: 15 + 5 + 15 + 13.
        static_assert(2 * rfc1951::kMaxCodeBits + 5 + 13 <= 56);
        if (ahead.bits < 48) ahead.refill();

        const Entry litlen =
            look_up(context.codes.tables.litlen(), context.codes.table_bits, ahead.hold);
        unsigned used = drop_bits(litlen);
        if (used > ahead.bits) break;
        if (is_literal(litlen)) {
            if (out.next == out.end) break;
            *out.next++ = static_cast<std::uint8_t>(entry_value(litlen));
            ahead.drop(used);
            continue;
        }
        if (is_exceptional(litlen)) {
            if (!is_end_of_block(litlen)) break;
            ahead.drop(used);
            block_ended = true;
            break;
        }
        const std::size_t length = range_value(litlen, ahead.hold);
        const std::uint64_t rest = ahead.hold >> used;
        const Entry offset =
            look_up(context.codes.tables.distance(), context.codes.table_bits, rest);
        used += drop_bits(offset);
        if (used > ahead.bits || is_exceptional(offset)) break;
        const std::size_t distance = range_value(offset, rest);

        if (length > out.room() || distance > context.max_distance) break;
        const std::size_t produced = out.produced();
        if (distance <= produced) {
            copy_match_exact(out.next, distance, length);
        } else {
            const std::size_t reach = distance - produced;
            if (reach > context.window.have_bytes) break;
            copy_match_from_window(context.window, out.next, reach, distance, length);
        }
        out.next += length;
        ahead.drop(used);
    }
    ahead.next -= ahead.bits >> 3;
    context.in.bits = ahead.bits & 7;
    context.in.hold = ahead.hold & ((1U << context.in.bits) - 1);
    context.in.next = ahead.next;
    return block_ended;
}

}  // namespace warpz::inflate

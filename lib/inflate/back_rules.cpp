// SPDX-License-Identifier: Zlib
// A walk over symbols with zlib's fetching of input; see back_rules.hpp. The source text is inffast.c.
#include "inflate/back_rules.hpp"

namespace warpz::inflate {
namespace {

// the fast loop stops when no more than these are unfetched
constexpr std::size_t kReservedInputBytes = 5;

/// Bits as the fast loop fetches them: two bytes when a code may not be complete, one for extra bits.
struct FetchedBits {
    BitReader in;

    void fetch_code() noexcept {
        if (in.bits < rfc1951::kMaxCodeBits) {
            in.pull();
            in.pull();
        }
    }
    void fetch_extra(unsigned count) noexcept {
        while (in.bits < count) in.pull();
    }
    Entry take_code(const Entry* table, unsigned table_bits) noexcept {
        fetch_code();
        Entry entry = 0;
        if (decode_code(in, table, table_bits, entry)) in.drop(code_bits(entry));
        return entry;
    }
    unsigned take_extra(Entry entry) noexcept {
        const unsigned count = drop_bits(entry) - code_bits(entry);
        fetch_extra(count);
        return in.take(count);
    }
    void give_back() noexcept {
        in.next -= in.bits >> 3;
        in.bits &= 7;
        in.hold &= (1U << in.bits) - 1;
    }
};

}  // namespace

std::size_t window_of_fast_loop(const FastLoopEntry& entry, const TableView& codes,
                                std::size_t produced) noexcept {
    FetchedBits bits{entry.in};
    std::size_t at = entry.produced;
    std::size_t window = at;
    while (at < produced) {
        const Entry litlen = bits.take_code(codes.tables.litlen(), codes.table_bits);
        if (is_literal(litlen)) {
            ++at;
        } else {
            at += entry_value(litlen) + bits.take_extra(litlen);
            const Entry distance = bits.take_code(codes.tables.distance(), codes.table_bits);
            bits.take_extra(distance);
        }
        if (bits.in.available() <= kReservedInputBytes) {
            bits.give_back();
            window = at;
        }
    }
    return window;
}

}  // namespace warpz::inflate

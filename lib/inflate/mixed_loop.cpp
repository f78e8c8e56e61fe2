// SPDX-License-Identifier: Zlib
// The fast loop for blocks in which literals and matches alternate; see symbol_loop.hpp. Which comes next cannot be
// predicted there, and each wrong guess costs as much as two symbols. So every symbol, be it a literal, a length or
// a distance, runs through the same instructions: its entry says where the next one is looked up, by how much the
// output advances and whether a length is due, and each symbol copies 32 bytes, of which only those of a match are
// kept. Branches are left for what is rare: long or overlapping matches, subtables, the ends of block and buffers.
#include "inflate/mixed_loop.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "inflate/branch_free.hpp"
#include "inflate/fast_bits.hpp"
#include "inflate/match_copy.hpp"

#define WARPZ_TARGET gnu::target("bmi,bmi2,avx,avx2")

namespace warpz::inflate {
namespace {

constexpr std::size_t kCopyBytes = 32;  // what every symbol copies

// Bits: a round begins with 56 counted and 64 shown. It drops no more than a length and a distance, and the lookup
// after them needs an index.
constexpr unsigned kMatchBits = rfc1951::kMaxCodeBits + 5 + rfc1951::kMaxCodeBits + 13;
static_assert(kMatchBits <= 56 && kMatchBits + kMaxTableBits <= 64);
// Output: a round makes a literal and a match that is not long, at most, and copies from or one behind its end.
static_assert(kLongLength - 1 <= kCopyBytes);
static_assert(kFastOutputBytes >= kLongLength - 1 + 1 + kCopyBytes);
static_assert(kWindowMirrorBytes >= kCopyBytes);

/// What a distance may reach, from the strictest check to none.
enum class History : std::uint8_t {
    kCall,    // the bytes of this call
    kWindow,  // also those of a full window
    kAmple,   // this call has made more bytes than the largest distance
};

enum class Leave : std::uint8_t {
    kNot,
    kBounds,    // input or output comes to its end, or the output to its pause
    kUncommon,  // `entry`, not dropped yet, leaves the common path
    kCopy,  // `entry` is dropped and the match that it ends, of `length` and `value`, no plain copy
};

/// What a round compares with and selects from; in memory, because the registers are all in use.
struct Bounds {
    const std::uint8_t* in_stop;
    const std::uint8_t* out_stop;
    std::uint8_t* out_begin;
    const std::uint8_t* window;
    std::uint64_t window_next;
};

/// What a round changes; in registers.
struct Symbols {
    FastBits in;
    const std::uint8_t* tables;  // as bytes, because entries point to the next table by its offset
    std::uint64_t index_bits;
    std::uint8_t* out;
    const std::uint8_t* place;  // of `entry`
    std::uint64_t entry;        // the symbol's at the front, not dropped yet
    std::uint64_t next;         // the one's after it
    std::uint64_t previous;     // the one's before it
    std::uint64_t value;        // the last one's literal, length or distance
    std::uint64_t length;       // when the next symbol is a distance, else 0
};
static_assert(kDistanceTable * sizeof(Entry) == kLength);

/// `value` if `number` is negative, else `otherwise`.
[[gnu::always_inline]] inline const std::uint8_t* select_if_negative(
    std::int64_t number, const std::uint8_t* value, const std::uint8_t* otherwise) noexcept {
    __asm__("test %1, %1\n\tcmovs %2, %0" : "+r"(otherwise) : "r"(number), "r"(value) : "cc");
    return otherwise;
}

/// `out`, or one behind it if the entry is a literal, in two instructions where compilers take four.
[[gnu::always_inline]] inline std::uint8_t* behind_literal(std::uint8_t* out,
                                                           std::uint64_t entry) noexcept {
    __asm__("bt %2, %1\n\tadc $0, %0"
            : "+r"(out)
            : "r"(entry), "i"(std::countr_zero(kLiteral))
            : "cc");
    return out;
}

/// Where the window holds what lies `offset` (negative) from the call's first byte.
[[gnu::always_inline]] inline const std::uint8_t* in_window(const Bounds& bounds,
                                                            std::int64_t offset) noexcept {
    return bounds.window + ((bounds.window_next + static_cast<std::uint64_t>(offset)) &
                            (rfc1951::kMaxDistance - 1));
}

/// Takes one symbol and looks the next one up. The chain from entry to entry is a shift, a mask and a load.
template <History kHistory>
[[WARPZ_TARGET, gnu::always_inline]] inline Leave step(Symbols& s, const Bounds& bounds) noexcept {
    if ((s.entry & kUncommon) != 0) [[unlikely]]
        return Leave::kUncommon;
    const std::uint64_t entry = s.entry;
    // Parts of the entry are loaded again where extracting them would wait for a port that shifts.
    std::uint16_t base;
    std::memcpy(&base, s.place + 2, sizeof base);
    const unsigned code = s.place[1] & 31U;
    s.value =
        base +
        (static_cast<std::uint32_t>(_bzhi_u64(s.in.hold, static_cast<unsigned>(entry))) >> code);
    s.in.drop(entry);

    const std::uint64_t is_length = entry & kLength;
    const std::uint8_t* table = s.tables + is_length;
    // The empty statements keep two address computations apart from the load between them: shared with it, they
    // would take another two cycles of every symbol's seven.
    __asm__("" : "+r"(table));
    std::uint64_t index = _bzhi_u64(s.in.hold, static_cast<unsigned>(s.index_bits));
    std::uint64_t next = load_le<Entry>(table + index * sizeof(Entry));
    __asm__("" : "+r"(next));  // or it would be kept twice, in 32 bits and in 64
    __asm__("" : "+r"(index));
    s.place = table + index * sizeof(Entry);

    *s.out = static_cast<std::uint8_t>(s.value);
    // Anything but a distance copies from the call's first bytes, where no recent store is waited for.
    const std::uint8_t* from =
        select<const std::uint8_t*>(s.length, s.out - s.value, bounds.out_begin);
    s.next = next;
    if (s.length > s.value) [[unlikely]]
        return Leave::kCopy;
    // The address may lie before the buffer, so it is compared as a number.
    const auto address = reinterpret_cast<std::uintptr_t>(from);
    const auto begin = reinterpret_cast<std::uintptr_t>(bounds.out_begin);
    if constexpr (kHistory == History::kCall) {
        if (address < begin) [[unlikely]]
            return Leave::kCopy;
    }
    if constexpr (kHistory == History::kWindow) {
        const auto offset = static_cast<std::int64_t>(address - begin);
        // A change of sign: from the window's last bytes on into the output's first.
        if ((offset ^ (offset + static_cast<std::int64_t>(s.length))) < 0) [[unlikely]]
            return Leave::kCopy;
        from = select_if_negative(offset, in_window(bounds, offset), from);
    }
    s.out = behind_literal(s.out, entry);
    copy_block<kCopyBytes>(s.out, from);
    s.out += s.length;
    s.length = select<std::uint64_t>(is_length, s.value, 0);
    s.previous = entry;
    __asm__("" : "+r"(s.previous));  // or its low bits would be extracted here already
    s.entry = next;
    return Leave::kNot;
}

template <History kHistory>
[[WARPZ_TARGET, gnu::always_inline]] inline Leave run(Symbols& s, const Bounds& bounds) noexcept {
    for (;;) {
        Leave leave = step<kHistory>(s, bounds);
        if (leave != Leave::kNot) [[unlikely]]
            return leave;
        leave = step<kHistory>(s, bounds);
        if (leave != Leave::kNot) [[unlikely]]
            return leave;
        s.in.refill();
        if (s.in.next >= bounds.in_stop || s.out >= bounds.out_stop) [[unlikely]]
            return Leave::kBounds;
    }
}

/// Copies a match of any kind. False when it does not fit or reaches too far.
[[WARPZ_TARGET, gnu::noinline]] bool copy_match(const SymbolLoopContext& context, std::uint8_t* out,
                                                std::size_t distance, std::size_t length) noexcept {
    if (static_cast<std::size_t>(context.out.end - out) < length + kCopySlackBytes) return false;
    const auto produced = static_cast<std::size_t>(out - context.out.begin);
    if (distance <= produced) {
        copy_match_wide(out, distance, length);
        return true;
    }
    const Window& window = context.window;
    const std::size_t reach = distance - produced;
    if (reach > window.have_bytes) return false;
    const std::size_t begin = (window.next - reach) & (window.size_bytes - 1);
    if (length <= reach && begin + length <= window.size_bytes) {
        copy_wide(out, window.bytes + begin, length);
    } else {
        copy_match_from_window(window, out, reach, distance, length);
    }
    return true;
}

/// The entry of a symbol that `entry` does not decide: its code is longer than the main table's index.
[[WARPZ_TARGET, gnu::always_inline]] inline const std::uint8_t* follow(
    const std::uint8_t* table, std::uint64_t entry, const FastBits& in,
    std::uint64_t index_bits) noexcept {
    const auto link = static_cast<Entry>(entry);
    return table +
           sizeof(Entry) * (entry_value(link) + _bzhi_u64(in.hold >> index_bits, code_bits(link)));
}

[[gnu::always_inline]] inline std::uint64_t load_entry(const std::uint8_t* place) noexcept {
    return load_le<Entry>(place);
}

/// Base and extra bits of the length or distance at the front.
[[WARPZ_TARGET, gnu::always_inline]] inline std::size_t range_value(std::uint64_t entry,
                                                                    std::uint64_t hold) noexcept {
    const auto range = static_cast<Entry>(entry);
    return entry_value(range) + (_bzhi_u64(hold, range) >> code_bits(range));
}

}  // namespace

[[WARPZ_TARGET]] bool mixed_loop(SymbolLoopContext& context) noexcept {
    const BitReader start = context.in;
    const Output& output = context.out;
    const Window& window = context.window;
    const std::uint8_t* const out_stop = std::min(output.end - kFastOutputBytes, output.pause);
    const std::uint8_t* const ample = output.begin + rfc1951::kMaxDistance;
    Bounds bounds{start.end - kRoundInputBytes, out_stop, output.begin, window.bytes, window.next};

    Symbols s;
    s.in = {start.hold, start.bits, start.next};
    s.tables = reinterpret_cast<const std::uint8_t*>(context.codes.tables.litlen());
    const std::uint8_t* const distances = s.tables + kLength;
    s.index_bits = context.codes.table_bits;
    s.out = output.next;
    s.in.refill();
    s.place = s.tables + sizeof(Entry) * _bzhi_u64(s.in.hold, static_cast<unsigned>(s.index_bits));
    s.entry = load_entry(s.place);
    s.previous = s.value = s.length = s.next = 0;

    bool block_ended = false;
    // Bits dropped that belong to the symbol at which the loop is left.
    std::uint64_t untaken = 0;
    for (;;) {
        Leave leave;
        bounds.out_stop = out_stop;
        if (s.out >= ample) {
            leave = run<History::kAmple>(s, bounds);
        } else {
            bounds.out_stop = std::min(out_stop, ample);
            leave = window.have_bytes == rfc1951::kMaxDistance ? run<History::kWindow>(s, bounds)
                                                               : run<History::kCall>(s, bounds);
        }

        if (leave == Leave::kUncommon) {
            if (is_link(static_cast<Entry>(s.entry))) {
                s.place = follow(s.length != 0 ? distances : s.tables, s.entry, s.in, s.index_bits);
                s.entry = load_entry(s.place);
            }
            if (is_exceptional(static_cast<Entry>(s.entry))) {
                block_ended = is_end_of_block(static_cast<Entry>(s.entry));
                if (block_ended) s.in.drop(s.entry);
                untaken = s.length != 0 ? s.previous : 0;
                break;
            }
            s.in.refill();
            if ((s.entry & kLength) != 0 && is_uncommon(static_cast<Entry>(s.entry))) {
                // 56 bits hold the whole match and its copy overlaps with the lookup of the next symbol.
                s.length = range_value(s.entry, s.in.hold);
                s.previous = s.entry;
                s.in.drop(s.entry);
                s.entry =
                    load_entry(distances + sizeof(Entry) * _bzhi_u64(s.in.hold, s.index_bits));
                if (is_link(static_cast<Entry>(s.entry)))
                    s.entry = load_entry(follow(distances, s.entry, s.in, s.index_bits));
                if (is_exceptional(static_cast<Entry>(s.entry))) {
                    untaken = s.previous;
                    break;
                }
                s.value = range_value(s.entry, s.in.hold);
                s.in.drop(s.entry);
                s.in.refill();
                s.place = s.tables + sizeof(Entry) * _bzhi_u64(s.in.hold, s.index_bits);
                s.next = load_entry(s.place);
                leave = Leave::kCopy;
            }
        }
        if (leave == Leave::kCopy) {
            if (!copy_match(context, s.out, s.value, s.length)) {
                untaken = (s.entry & 63) + (s.previous & 63);
                break;
            }
            s.out += s.length;
            s.length = 0;
            s.previous = s.entry;
            s.entry = s.next;
            s.in.refill();
        }
        if (s.in.next >= bounds.in_stop || s.out >= out_stop) {
            untaken = s.length != 0 ? s.previous : 0;
            break;
        }
    }

    context.out.next = s.out;
    give_back(context.in, start, s.in, static_cast<unsigned>(untaken & 63));
    return block_ended;
}

}  // namespace warpz::inflate
#endif

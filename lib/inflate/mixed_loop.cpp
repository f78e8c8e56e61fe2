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

#include "inflate/match_copy.hpp"
#include "inflate/mixed_symbols.hpp"

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
struct Symbols : MixedSymbols {
    std::uint8_t* out;
    std::uint64_t previous;  // the entry before `entry`
};

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

/// Takes one symbol and looks the next one up.
template <History kHistory>
[[WARPZ_TARGET, gnu::always_inline]] inline Leave step(Symbols& s, const Bounds& bounds) noexcept {
    if ((s.entry & kUncommon) != 0) [[unlikely]]
        return Leave::kUncommon;
    const std::uint64_t entry = s.entry;
    const std::uint64_t next = take_symbol(s);

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
    s.length = select<std::uint64_t>(entry & kLength, s.value, 0);
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
    s.place = look_up(s.tables, s);
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
                s.place = follow_link(s.length != 0 ? distances : s.tables, s.entry, s);
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
                s.entry = load_entry(look_up(distances, s));
                if (is_link(static_cast<Entry>(s.entry)))
                    s.entry = load_entry(follow_link(distances, s.entry, s));
                if (is_exceptional(static_cast<Entry>(s.entry))) {
                    untaken = s.previous;
                    break;
                }
                s.value = range_value(s.entry, s.in.hold);
                s.in.drop(s.entry);
                s.in.refill();
                s.place = look_up(s.tables, s);
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

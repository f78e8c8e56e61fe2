// SPDX-License-Identifier: Zlib
// lib/inflate's loop without branches (mixed_loop.cpp) for 16-bit symbols: literals, lengths and distances run through
// the same instructions, and each copies 32 symbols of which only those of a match are kept. It is simpler than its
// model, because all history lies before the output and a block that is not complete is decoded again as a whole.
#include "parallel/marker_loop.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "inflate/mixed_symbols.hpp"
#include "parallel/symbol_copy.hpp"

#define WARPZ_TARGET gnu::target("bmi,bmi2,avx,avx2")

namespace warpz::parallel {
namespace {

using inflate::Entry;
using inflate::follow_link;
using inflate::load_entry;
using inflate::look_up;
using inflate::range_value;

constexpr std::size_t kCopiedSymbols = 32;  // what every symbol copies

// Bits: a round begins with 56 counted and 64 shown; see mixed_loop.cpp.
constexpr unsigned kMatchBits = rfc1951::kMaxCodeBits + 5 + rfc1951::kMaxCodeBits + 13;
static_assert(kMatchBits <= 56 && kMatchBits + inflate::kMaxTableBits <= 64);
// Output, between two looks at its end: a round that is left in its middle and a long match.
static_assert(inflate::kLongLength - 1 <= kCopiedSymbols);
static_assert(kSymbolSlack >=
              1 + inflate::kLongLength + rfc1951::kMaxMatch + kCopiedSymbols + kCopySlackSymbols);
// Input, likewise: three refills take 7 bytes each and the last one reads 8.
static_assert(kInputSlackBytes >= 7 + 2 * 7 + 8);

enum class Leave : std::uint8_t {
    kNot,
    kBounds,    // the end of input or output is near
    kUncommon,  // `entry`, not dropped yet, leaves the common path
    kCopy,      // `entry` is dropped and the match that it ends, of `length` and `value`, overlaps
};

/// What a round changes; in registers.
struct Symbols : inflate::MixedSymbols {
    Symbol* out;
};

[[WARPZ_TARGET, gnu::always_inline]] inline void copy_block(Symbol* to,
                                                            const Symbol* from) noexcept {
    const auto* const source = reinterpret_cast<const __m256i*>(from);
    const __m256i low = _mm256_loadu_si256(source);
    const __m256i high = _mm256_loadu_si256(source + 1);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to) + 1, high);
}

/// Takes one symbol and looks the next one up.
[[WARPZ_TARGET, gnu::always_inline]] inline Leave step(Symbols& s, const Symbol* any) noexcept {
    if ((s.entry & inflate::kUncommon) != 0) [[unlikely]]
        return Leave::kUncommon;
    const std::uint64_t entry = s.entry;
    const std::uint64_t next = inflate::take_symbol(s);

    *s.out = static_cast<Symbol>(s.value);
    // Anything but a distance copies from where no recent store is waited for.
    const Symbol* const from = inflate::select<const Symbol*>(s.length, s.out - s.value, any);
    s.next = next;
    if (s.length > s.value) [[unlikely]]
        return Leave::kCopy;
    s.out += (entry & inflate::kLiteral) / inflate::kLiteral;
    copy_block(s.out, from);
    s.out += s.length;
    s.length = inflate::select<std::uint64_t>(entry & inflate::kLength, s.value, 0);
    s.entry = next;
    return Leave::kNot;
}

[[WARPZ_TARGET, gnu::always_inline]] inline Leave run(Symbols& s, const Symbol* any,
                                                      const std::uint8_t* in_stop,
                                                      const Symbol* out_stop) noexcept {
    for (;;) {
        Leave leave = step(s, any);
        if (leave != Leave::kNot) [[unlikely]]
            return leave;
        leave = step(s, any);
        if (leave != Leave::kNot) [[unlikely]]
            return leave;
        s.in.refill();
        if (s.in.next > in_stop || s.out > out_stop) [[unlikely]]
            return Leave::kBounds;
    }
}

[[nodiscard]] constexpr bool is_exceptional(std::uint64_t entry) noexcept {
    return inflate::is_exceptional(static_cast<Entry>(entry));
}
[[nodiscard]] constexpr bool is_link(std::uint64_t entry) noexcept {
    return inflate::is_link(static_cast<Entry>(entry));
}

}  // namespace

[[WARPZ_TARGET]] BlockOutcome decode_mixed_symbols(PaddedInput input, std::uint64_t& bit,
                                                   const BlockHeader& header, Symbol*& out,
                                                   const Symbol* out_end) noexcept {
    // Up to 8 bytes behind the end may have been shown.
    const std::uint8_t* const in_stop = input.data() + input.size() + 7;
    const Symbol* const any = out - kWindowBytes;
    Symbols s;
    s.in = {0, 0, input.data() + bit / 8};
    s.in.refill();
    s.in.drop(bit % 8);
    s.in.refill();
    s.tables = reinterpret_cast<const std::uint8_t*>(header.tables->litlen());
    const std::uint8_t* const distances = s.tables + inflate::kLength;
    s.index_bits = header.table_bits;
    s.out = out;
    s.place = look_up(s.tables, s);
    s.entry = load_entry(s.place);
    s.value = s.length = s.next = 0;
    for (;;) {
        Leave leave = run(s, any, in_stop, out_end);
        if (leave == Leave::kUncommon) {
            if (is_link(s.entry)) {
                s.place = follow_link(s.length != 0 ? distances : s.tables, s.entry, s);
                s.entry = load_entry(s.place);
            }
            if (is_exceptional(s.entry)) {
                if (!inflate::is_end_of_block(static_cast<Entry>(s.entry))) {
                    return BlockOutcome::kBadData;
                }
                s.in.drop(s.entry);
                break;
            }
            s.in.refill();
            if ((s.entry & inflate::kLength) != 0 &&
                inflate::is_uncommon(static_cast<Entry>(s.entry))) {
                s.length = range_value(s.entry, s.in.hold);
                s.in.drop(s.entry);
                s.entry = load_entry(look_up(distances, s));
                if (is_link(s.entry)) s.entry = load_entry(follow_link(distances, s.entry, s));
                if (is_exceptional(s.entry)) return BlockOutcome::kBadData;
                s.value = range_value(s.entry, s.in.hold);
                s.in.drop(s.entry);
                s.in.refill();
                s.place = look_up(s.tables, s);
                s.next = load_entry(s.place);
                leave = Leave::kCopy;
            }
        }
        if (leave == Leave::kCopy) {
            copy_symbols(s.out, s.value, s.length);
            s.out += s.length;
            s.length = 0;
            s.entry = s.next;
            s.in.refill();
        }
        if (s.in.next > in_stop) return BlockOutcome::kNeedInput;
        if (s.out > out_end) return BlockOutcome::kNeedOutput;
    }
    bit = static_cast<std::uint64_t>(s.in.next - input.data()) * 8 - s.in.counted();
    out = s.out;
    return bit > std::uint64_t{input.size()} * 8 ? BlockOutcome::kNeedInput
                                                 : BlockOutcome::kBoundary;
}

}  // namespace warpz::parallel
#endif

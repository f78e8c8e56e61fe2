// SPDX-License-Identifier: Zlib
// The fast inner loop; see symbol_loop.hpp. One 64-bit refill pays for three literals or for a match, the next
// table entry is loaded before a match is copied, and everything rare leaves the loop with its symbol untaken.
// One body serves every machine; a variant only allows the compiler more instructions.
#include "base/bytes.hpp"
#include "inflate/match_copy.hpp"
#include "inflate/symbol_loop.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::inflate {
namespace {

/// The low `count` (0 to 63, other bits of it are ignored if above the low byte) bits of a value.
template <bool kHasBmi2>
[[gnu::always_inline]] inline std::uint64_t low_bits(std::uint64_t value, Entry count) noexcept {
#if defined(__x86_64__)
    if constexpr (kHasBmi2) {
        // Compilers make two instructions of the expression below.
        std::uint64_t result;
        __asm__("bzhi %2, %1, %0" : "=r"(result) : "rm"(value), "r"(std::uint64_t{count}) : "cc");
        return result;
    }
#endif
    return value & ((std::uint64_t{1} << (count & 63)) - 1);
}

/// Base and extra bits of the length or distance at the front of `hold`.
template <bool kHasBmi2>
[[gnu::always_inline]] inline std::size_t range_value(Entry entry, std::uint64_t hold) noexcept {
    // Bits 12 and 13 of a range's entry are zero, so masking the shift to 6 bits leaves the code's length.
    return entry_value(entry) + (low_bits<kHasBmi2>(hold, entry) >> ((entry >> 8) & 63));
}

/// A bit buffer that shows 64 bits of the stream after a refill, of which the low byte of `bits` counts 56 to 63;
/// the uncounted ones are read again. Entries are subtracted whole, with what they carry above the low byte.
struct FastBits {
    std::uint64_t hold;
    std::uint32_t bits;
    const std::uint8_t* next;

    [[gnu::always_inline]] void refill() noexcept {
        hold |= load_le<std::uint64_t>(next) << (bits & 63);
        next += ~(bits >> 3) & 7;  // whole bytes missing to 63 bits
        bits |= 56;
    }
    [[gnu::always_inline]] void drop(Entry entry) noexcept {
        hold >>= entry & 63;
        bits -= entry;
    }
    [[nodiscard]] unsigned counted() const noexcept { return bits & 0xff; }
};

/// Gives back whole bytes so that the reader stands `position` bits after `start.next`; a negative position lies in
/// the bits that `start` held.
void leave_at(BitReader& in, const BitReader& start, std::ptrdiff_t position) noexcept {
    if (position < 0) {
        const auto bits = static_cast<unsigned>(-position);
        in.next = start.next;
        in.hold = start.hold >> (start.bits - bits);
        in.bits = bits;
        return;
    }
    in.next = start.next + ((position + 7) >> 3);
    in.bits = static_cast<unsigned>(-position) & 7;
    in.hold = in.bits == 0 ? 0 : std::uint64_t{in.next[-1]} >> (8 - in.bits);
}

template <bool kHasBmi2>
[[gnu::always_inline]] inline bool fast_loop_body(SymbolLoopContext& context) noexcept {
    // At the top of a round a refill has just happened and `entry` is the next symbol's.
    //
    // Bits: two literals from the main table, a length and the index of the distance table are counted. A distance
    // refills first if that and the index of the next symbol may take more bits than are there, one of which is
    // not counted.
    static_assert(2 * kLitLenTableBits + rfc1951::kMaxCodeBits + 5 + kDistanceTableBits <= 56);
    static_assert(4 * kLitLenTableBits <= 56);
    constexpr unsigned kDistanceBits = kDistanceTableBits + 13 + kLitLenTableBits - 1;
    // Input: a refill reads 8 bytes and takes at most 7. There is one before the loop and at most two per round.
    constexpr std::ptrdiff_t kRoundInputBytes = 7 + 8;
    static_assert(kFastInputBytes >= 7 + kRoundInputBytes);
    // Output: three literals are stored before the bounds are looked at; a match is bounded on its own.
    static_assert(kFastOutputBytes >= 3 + kCopySlackBytes);

    const BitReader start = context.in;
    const std::uint8_t* const in_stop = start.end - kRoundInputBytes;
    std::uint8_t* out = context.out.next;
    std::uint8_t* const out_begin = context.out.begin;
    std::uint8_t* const match_stop = context.out.end - kCopySlackBytes;
    std::uint8_t* out_stop = context.out.end - kFastOutputBytes;
    if (context.out.pause < out_stop) out_stop = context.out.pause;

    const Tables& tables = context.codes.tables;
    constexpr std::uint64_t kDistanceMask = (1U << kDistanceTableBits) - 1;
    const std::uint64_t litlen_mask = (1U << context.codes.litlen_bits) - 1;

    FastBits in{start.hold, start.bits, start.next};
    bool block_ended = false;
    // Bits dropped that belong to the symbol at which the loop is left.
    unsigned untaken = 0;

    in.refill();
    Entry entry = tables.litlen[in.hold & litlen_mask];
    for (;;) {
        // Every entry is dropped before it is looked at, a link drops nothing. `before` shows it again.
        std::uint64_t before = in.hold;
        in.drop(entry);
        if (is_literal(entry)) {
            *out++ = static_cast<std::uint8_t>(entry >> 16);
            entry = tables.litlen[in.hold & litlen_mask];
            before = in.hold;
            in.drop(entry);
            if (is_literal(entry)) {
                *out++ = static_cast<std::uint8_t>(entry >> 16);
                entry = tables.litlen[in.hold & litlen_mask];
                before = in.hold;
                in.drop(entry);
                if (is_literal(entry)) {
                    *out++ = static_cast<std::uint8_t>(entry >> 16);
                    entry = tables.litlen[in.hold & litlen_mask];
                    in.refill();
                    if (in.next < in_stop && out < out_stop) [[likely]]
                        continue;
                    break;
                }
            }
        }
        if (is_exceptional(entry)) [[unlikely]] {
            if (is_link(entry)) {
                entry =
                    tables.litlen[entry_value(entry) +
                                  low_bits<kHasBmi2>(before >> kLitLenTableBits, code_bits(entry))];
                in.drop(entry);
                if (is_literal(entry)) {
                    *out++ = static_cast<std::uint8_t>(entry >> 16);
                    entry = tables.litlen[in.hold & litlen_mask];
                    in.refill();
                    if (in.next < in_stop && out < out_stop) [[likely]]
                        continue;
                    break;
                }
            }
            if (is_exceptional(entry)) {
                block_ended = is_end_of_block(entry);
                if (!block_ended) untaken = drop_bits(entry);
                break;
            }
        }
        const std::size_t length = range_value<kHasBmi2>(entry, before);

        Entry offset = tables.distance[in.hold & kDistanceMask];
        if (is_exceptional(offset)) [[unlikely]] {
            in.refill();
            if (is_link(offset)) {
                offset = tables.distance[entry_value(offset) +
                                         low_bits<kHasBmi2>(in.hold >> kDistanceTableBits,
                                                            code_bits(offset))];
            }
            if (is_exceptional(offset)) {
                untaken = drop_bits(entry);
                break;
            }
        } else if (in.counted() < kDistanceBits) [[unlikely]] {
            in.refill();
        }
        before = in.hold;
        in.drop(offset);
        const std::size_t distance = range_value<kHasBmi2>(offset, before);

        std::uint8_t* const match_end = out + length;
        if (match_end > match_stop) [[unlikely]] {
            untaken = drop_bits(entry) + drop_bits(offset);
            break;
        }
        // The address may lie before the buffer, so it is compared as a number.
        const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(out) - distance;
        if (from < reinterpret_cast<std::uintptr_t>(out_begin)) [[unlikely]] {
            const Window& window = context.window;
            const std::size_t reach = reinterpret_cast<std::uintptr_t>(out_begin) - from;
            if (reach > window.have_bytes) {
                untaken = drop_bits(entry) + drop_bits(offset);
                break;
            }
            entry = tables.litlen[in.hold & litlen_mask];
            in.refill();
            const std::size_t begin = (window.next - reach) & (window.size_bytes - 1);
            if (length <= reach && begin + length <= window.size_bytes) {
                copy_wide(out, window.bytes + begin, length);
            } else {
                copy_match_from_window(window, out, reach, distance, length);
            }
        } else {
            // The next symbol's lookup overlaps with the refill and the copy.
            entry = tables.litlen[in.hold & litlen_mask];
            in.refill();
            copy_match_wide(out, distance, length);
        }
        out = match_end;
        if (in.next >= in_stop || out >= out_stop) [[unlikely]]
            break;
    }

    context.out.next = out;
    leave_at(context.in, start,
             (in.next - start.next) * 8 - static_cast<std::ptrdiff_t>(in.counted() + untaken));
    return block_ended;
}

bool fast_loop_portable(SymbolLoopContext& context) noexcept {
    return fast_loop_body<false>(context);
}

#if defined(__x86_64__)
[[gnu::target("bmi,bmi2,avx,avx2")]] bool fast_loop_bmi2(SymbolLoopContext& context) noexcept {
    return fast_loop_body<true>(context);
}
#endif

}  // namespace

bool fast_loop(SymbolLoopContext& context) noexcept {
#if defined(__x86_64__)
    const kernels::Cpu cpu = kernels::cpu();
    if (cpu.bmi2 && cpu.avx2) return fast_loop_bmi2(context);
#endif
    return fast_loop_portable(context);
}

}  // namespace warpz::inflate

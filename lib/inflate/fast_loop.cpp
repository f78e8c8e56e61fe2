// SPDX-License-Identifier: Zlib
// The fast inner loop; see symbol_loop.hpp. One 64-bit refill pays for three literals or for a match, the next
// table entry is loaded before a match is copied, and everything rare leaves the loop with its symbol untaken.
// One body serves every machine; a variant only allows the compiler more instructions, and leaves blocks with many
// matches to mixed_loop.cpp.
#include "inflate/fast_bits.hpp"
#include "inflate/match_copy.hpp"
#include "inflate/mixed_loop.hpp"
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
    // Code and extra bits are less than 32, and bit 12 of a range's entry is zero: masking the shift to 5 bits, which
    // is free, leaves the code's length.
    const auto code_and_extra = static_cast<std::uint32_t>(low_bits<kHasBmi2>(hold, entry));
    return entry_value(entry) + (code_and_extra >> ((entry >> 8) & 31));
}

template <bool kHasBmi2>
[[gnu::always_inline]] inline bool fast_loop_body(SymbolLoopContext& context) noexcept {
    // At the top of a round a refill has just happened and `entry` is the next symbol's.
    //
    // Bits: two literals from the main table, a length and the index of the distance table are counted. A distance
    // refills first if that and the index of the next symbol may take more bits than are there, one of which is
    // not counted.
    static_assert(2 * kMaxTableBits + rfc1951::kMaxCodeBits + 5 + kMaxTableBits <= 56);
    static_assert(4 * kMaxTableBits <= 56);
    constexpr unsigned kDistanceBits = kMaxTableBits + 13 + kMaxTableBits - 1;
    // Output: three literals are stored before the bounds are looked at; a match is bounded on its own.
    static_assert(kFastOutputBytes >= 3 + kCopySlackBytes);

    const BitReader start = context.in;
    const std::uint8_t* const in_stop = start.end - kRoundInputBytes;
    std::uint8_t* out = context.out.next;
    std::uint8_t* const out_begin = context.out.begin;
    std::uint8_t* const match_stop = context.out.end - kCopySlackBytes;
    std::uint8_t* out_stop = context.out.end - kFastOutputBytes;
    if (context.out.pause < out_stop) out_stop = context.out.pause;

    const Entry* const litlen = context.codes.tables.litlen();
    const Entry* const distances = context.codes.tables.distance();
    const unsigned index_bits = context.codes.table_bits;
    const std::uint64_t mask = (1U << index_bits) - 1;

    FastBits in{start.hold, start.bits, start.next};
    bool block_ended = false;
    // Bits dropped that belong to the symbol at which the loop is left.
    unsigned untaken = 0;

    in.refill();
    Entry entry = litlen[in.hold & mask];
    for (;;) {
        // Every entry is dropped before it is looked at, a link drops nothing. `before` shows it again.
        std::uint64_t before = in.hold;
        in.drop(entry);
        if (is_literal(entry)) {
            *out++ = static_cast<std::uint8_t>(entry >> 16);
            entry = litlen[in.hold & mask];
            before = in.hold;
            in.drop(entry);
            if (is_literal(entry)) {
                *out++ = static_cast<std::uint8_t>(entry >> 16);
                entry = litlen[in.hold & mask];
                before = in.hold;
                in.drop(entry);
                if (is_literal(entry)) {
                    *out++ = static_cast<std::uint8_t>(entry >> 16);
                    entry = litlen[in.hold & mask];
                    in.refill();
                    if (in.next < in_stop && out < out_stop) [[likely]]
                        continue;
                    break;
                }
            }
        }
        if (is_exceptional(entry)) [[unlikely]] {
            if (is_link(entry)) {
                entry = litlen[entry_value(entry) +
                               low_bits<kHasBmi2>(before >> index_bits, code_bits(entry))];
                in.drop(entry);
                if (is_literal(entry)) {
                    *out++ = static_cast<std::uint8_t>(entry >> 16);
                    entry = litlen[in.hold & mask];
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

        Entry offset = distances[in.hold & mask];
        if (is_exceptional(offset)) [[unlikely]] {
            in.refill();
            if (is_link(offset)) {
                offset = distances[entry_value(offset) +
                                   low_bits<kHasBmi2>(in.hold >> index_bits, code_bits(offset))];
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
            entry = litlen[in.hold & mask];
            in.refill();
            const std::size_t begin = (window.next - reach) & (window.size_bytes - 1);
            if (length <= reach && begin + length <= window.size_bytes) {
                copy_wide(out, window.bytes + begin, length);
            } else {
                copy_match_from_window(window, out, reach, distance, length);
            }
        } else {
            // The next symbol's lookup overlaps with the refill and the copy.
            entry = litlen[in.hold & mask];
            in.refill();
            copy_match_wide(out, distance, length);
        }
        out = match_end;
        if (in.next >= in_stop || out >= out_stop) [[unlikely]]
            break;
    }

    context.out.next = out;
    give_back(context.in, start, in, untaken);
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
    if (cpu.bmi2 && cpu.avx2) {
        return context.codes.mostly_literals ? fast_loop_bmi2(context) : mixed_loop(context);
    }
#endif
    return fast_loop_portable(context);
}

}  // namespace warpz::inflate

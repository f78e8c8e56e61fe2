// SPDX-License-Identifier: Zlib
// The fast inner loop; see symbol_loop.hpp. One 64-bit refill pays for two or three literals or for a match, the next
// table entry is loaded before a match is copied, and everything rare leaves the loop with its symbol untaken.
// One body serves every machine; a variant only allows the compiler more instructions.
#include "base/bytes.hpp"
#include "inflate/match_copy.hpp"
#include "inflate/symbol_loop.hpp"
#include "kernels/cpu_features.hpp"

namespace warpz::inflate {
namespace {

/// Value of the low `count` bits.
[[gnu::always_inline]] inline std::uint64_t low_bits(std::uint64_t value, unsigned count) noexcept {
    return value & ((std::uint64_t{1} << (count & 63)) - 1);
}

/// Gives back whole bytes so that the reader stands at bit `position` of the input, counted from `start.next`;
/// a negative position lies in the bits that `start` held.
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

[[gnu::always_inline]] inline bool fast_loop_body(SymbolLoopContext& context) noexcept {
    // Invariant at the top of a round: a refill has just happened, so `hold` shows 64 bits of the stream (of which
    // 56 to 63 are counted in the low byte of `bits`, the rest is read again), and `entry` is the next symbol's.
    //
    // Bits: two literals from the main table and a length take 2 * 11 + 15 + 5, a third literal or the index of the
    // distance table fits as well. A distance takes 15 + 13 and refills first if fewer are counted.
    static_assert(2 * kLitLenTableBits + rfc1951::kMaxCodeBits + 5 + kDistanceTableBits <= 56);
    static_assert(3 * kLitLenTableBits + rfc1951::kMaxCodeBits <= 56);
    // Input: a refill reads 8 bytes and takes at most 7. There is one before the loop and at most two per round.
    constexpr std::ptrdiff_t kRoundInputBytes = 7 + 8;
    static_assert(kFastInputBytes >= 7 + kRoundInputBytes);
    // Output: three pairs of literals are stored before the bounds are looked at; a match is bounded on its own.
    static_assert(kFastOutputBytes >= 6 + kCopySlackBytes);

    const BitReader start = context.in;
    const std::uint8_t* in = start.next;
    const std::uint8_t* const in_stop = start.end - kRoundInputBytes;
    std::uint8_t* out = context.out.next;
    std::uint8_t* const out_begin = context.out.begin;
    std::uint8_t* const out_end = context.out.end;
    std::uint8_t* out_stop = out_end - kFastOutputBytes;
    if (context.out.pause < out_stop) out_stop = context.out.pause;

    const Entry* const litlen = context.litlen.entries;
    const Entry* const distances = context.distance.entries;
    const std::uint64_t litlen_mask = (1U << context.litlen.bits) - 1;
    const std::uint64_t distance_mask = (1U << context.distance.bits) - 1;

    std::uint64_t hold = start.hold;
    // Only the low byte counts: entries are subtracted whole, with what they carry above it.
    std::uint32_t bits = start.bits;
    bool block_ended = false;
    // Bits taken from `hold` that belong to the symbol at which the loop is left.
    unsigned untaken = 0;

#define WARPZ_REFILL()                                 \
    hold |= load_le<std::uint64_t>(in) << (bits & 63); \
    in += 7;                                           \
    in -= (bits >> 3) & 7;                             \
    bits |= 56

    WARPZ_REFILL();
    Entry entry = litlen[hold & litlen_mask];
    do {
        if (is_literal(entry)) {
            store_le(out, static_cast<std::uint16_t>(entry >> 16));
            out += literal_count(entry);
            hold >>= entry & 63;
            bits -= entry;
            entry = litlen[hold & litlen_mask];
            if (is_literal(entry)) {
                store_le(out, static_cast<std::uint16_t>(entry >> 16));
                out += literal_count(entry);
                hold >>= entry & 63;
                bits -= entry;
                entry = litlen[hold & litlen_mask];
                if (is_literal(entry)) {
                    store_le(out, static_cast<std::uint16_t>(entry >> 16));
                    out += literal_count(entry);
                    hold >>= entry & 63;
                    bits -= entry;
                    WARPZ_REFILL();
                    entry = litlen[hold & litlen_mask];
                    continue;
                }
            }
        }
        unsigned symbol_bits = 0;
        if (is_exceptional(entry)) [[unlikely]] {
            if (is_link(entry)) {
                const std::uint64_t index = low_bits(hold >> (entry & 63), code_bits(entry));
                symbol_bits = drop_bits(entry);
                hold >>= entry & 63;
                bits -= entry;
                entry = litlen[entry_value(entry) + index];
                if (is_literal(entry)) {
                    *out++ = static_cast<std::uint8_t>(entry >> 16);
                    hold >>= entry & 63;
                    bits -= entry;
                    WARPZ_REFILL();
                    entry = litlen[hold & litlen_mask];
                    continue;
                }
            }
            if (is_exceptional(entry)) {
                if (is_end_of_block(entry)) {
                    hold >>= entry & 63;
                    bits -= entry;
                    block_ended = true;
                } else {
                    untaken = symbol_bits;
                }
                break;
            }
        }
        std::size_t length =
            entry_value(entry) +
            static_cast<std::size_t>(low_bits(hold, entry & 63) >> code_bits(entry));
        symbol_bits += drop_bits(entry);
        hold >>= entry & 63;
        bits -= entry;

        Entry offset = distances[hold & distance_mask];
        if ((bits & 0xff) < rfc1951::kMaxCodeBits + 13) [[unlikely]] {
            WARPZ_REFILL();
        }
        if (is_exceptional(offset)) [[unlikely]] {
            if (!is_link(offset)) {
                untaken = symbol_bits;
                break;
            }
            const std::uint64_t index = low_bits(hold >> (offset & 63), code_bits(offset));
            symbol_bits += drop_bits(offset);
            hold >>= offset & 63;
            bits -= offset;
            offset = distances[entry_value(offset) + index];
        }
        const std::size_t distance =
            entry_value(offset) +
            static_cast<std::size_t>(low_bits(hold, offset & 63) >> code_bits(offset));
        symbol_bits += drop_bits(offset);
        hold >>= offset & 63;
        bits -= offset;

        const auto room = static_cast<std::size_t>(out_end - out);
        const auto produced = static_cast<std::size_t>(out - out_begin);
        if (length + kCopySlackBytes > room || distance > context.max_distance) [[unlikely]] {
            untaken = symbol_bits;
            break;
        }
        if (distance > produced) [[unlikely]] {
            const Window& window = context.window;
            const std::size_t reach = distance - produced;
            if (reach > window.have_bytes) {
                untaken = symbol_bits;
                break;
            }
            const std::size_t begin = (window.next - reach) & (window.size_bytes - 1);
            WARPZ_REFILL();
            entry = litlen[hold & litlen_mask];
            if (length <= reach && begin + length <= window.size_bytes) {
                copy_wide(out, window.bytes + begin, length);
            } else {
                copy_match_from_window(window, out, reach, distance, length);
            }
            out += length;
            continue;
        }
        // The next symbol's lookup overlaps with the copy.
        WARPZ_REFILL();
        entry = litlen[hold & litlen_mask];
        copy_match_wide(out, distance, length);
        out += length;
    } while (in < in_stop && out < out_stop);
#undef WARPZ_REFILL

    context.out.next = out;
    leave_at(context.in, start,
             (in - start.next) * 8 - static_cast<std::ptrdiff_t>(bits & 0xff) -
                 static_cast<std::ptrdiff_t>(untaken));
    return block_ended;
}

bool fast_loop_portable(SymbolLoopContext& context) noexcept { return fast_loop_body(context); }

#if defined(__x86_64__)
[[gnu::target("bmi,bmi2,avx,avx2")]] bool fast_loop_bmi2(SymbolLoopContext& context) noexcept {
    return fast_loop_body(context);
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

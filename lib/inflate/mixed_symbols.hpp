// SPDX-License-Identifier: Zlib
// One symbol of a block in which literals and matches alternate, on x86 with BMI2: the step that the loops over such blocks
// share, to bytes (mixed_loop.cpp) and to symbols (parallel/marker_loop.cpp). Compilers would make branches of what is
// selected here, which is what these loops are there to avoid.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "inflate/decode_table.hpp"
#include "inflate/fast_bits.hpp"

namespace warpz::inflate {

/// `value` if `flag` is not zero, else `otherwise`: a conditional move.
template <class T>
[[gnu::always_inline]] inline T select(std::uint64_t flag, T value, T otherwise) noexcept {
    __asm__("test %1, %1\n\tcmovz %2, %0" : "+r"(value) : "r"(flag), "r"(otherwise) : "cc");
    return value;
}

/// Where such a loop stands; in registers.
struct MixedSymbols {
    FastBits in;
    const std::uint8_t* tables;  // as bytes, because entries point to the next table by its offset
    std::uint64_t index_bits;
    const std::uint8_t* place;  // of `entry`
    std::uint64_t entry;        // the symbol's at the front, not dropped yet
    std::uint64_t next;         // the one's after it
    std::uint64_t value;        // the last one's literal, length or distance
    std::uint64_t length;       // when the next symbol is a distance, else 0
};
static_assert(kDistanceTable * sizeof(Entry) == kLength);

/// Takes the symbol of `entry`, which is not uncommon: its value becomes `value`, and the next one is looked up, to be at
/// `place`. The chain from entry to entry is a shift, a mask and a load.
///
/// returns the next one's entry; `entry` and `next` stay
[[gnu::target("bmi,bmi2,avx,avx2"), gnu::always_inline]] inline std::uint64_t take_symbol(
    MixedSymbols& s) noexcept {
    const std::uint64_t entry = s.entry;
    // Parts of the entry are loaded again where extracting them would wait for a port that shifts.
    std::uint16_t base;
    std::memcpy(&base, s.place + 2, sizeof base);
    const unsigned code = s.place[1] & 31U;
    s.value =
        base +
        (static_cast<std::uint32_t>(_bzhi_u64(s.in.hold, static_cast<unsigned>(entry))) >> code);
    s.in.drop(entry);

    const std::uint8_t* table = s.tables + (entry & kLength);
    // The empty statements keep two address computations apart from the load between them: shared with it, they
    // would take another two cycles of every symbol's seven.
    __asm__("" : "+r"(table));
    std::uint64_t index = _bzhi_u64(s.in.hold, static_cast<unsigned>(s.index_bits));
    std::uint64_t next = load_le<Entry>(table + index * sizeof(Entry));
    __asm__("" : "+r"(next));  // or it would be kept twice, in 32 bits and in 64
    __asm__("" : "+r"(index));
    s.place = table + index * sizeof(Entry);
    return next;
}

/// The place in `table` of the symbol at the front.
[[gnu::target("bmi,bmi2,avx,avx2"), gnu::always_inline]] inline const std::uint8_t* look_up(
    const std::uint8_t* table, const MixedSymbols& s) noexcept {
    return table + sizeof(Entry) * _bzhi_u64(s.in.hold, static_cast<unsigned>(s.index_bits));
}

/// The place of a symbol that `entry` of `table` does not decide: its code is longer than the main table's index.
[[gnu::target("bmi,bmi2,avx,avx2"), gnu::always_inline]] inline const std::uint8_t* follow_link(
    const std::uint8_t* table, std::uint64_t entry, const MixedSymbols& s) noexcept {
    const auto link = static_cast<Entry>(entry);
    return table + sizeof(Entry) *
                       (entry_value(link) + _bzhi_u64(s.in.hold >> s.index_bits, code_bits(link)));
}

/// Base and extra bits of the length or distance at the front.
[[gnu::target("bmi,bmi2,avx,avx2"), gnu::always_inline]] inline std::size_t range_value(
    std::uint64_t entry, std::uint64_t hold) noexcept {
    const auto range = static_cast<Entry>(entry);
    return entry_value(range) + (_bzhi_u64(hold, range) >> code_bits(range));
}

[[gnu::always_inline]] inline std::uint64_t load_entry(const std::uint8_t* place) noexcept {
    return load_le<Entry>(place);
}

}  // namespace warpz::inflate

// SPDX-License-Identifier: Zlib
// Size of zlib's tables; see zlib_table_size.hpp. The rule is that of inftrees.c: a root table of the requested
// bits, narrowed to the code's lengths, and one subtable per root index, just wide enough for the codes in it.
#include "inflate/zlib_table_size.hpp"

namespace warpz::inflate {

unsigned zlib_table_entries(const LengthCounts& counts, unsigned root_bits) noexcept {
    unsigned max_bits = rfc1951::kMaxCodeBits;
    while (max_bits > 0 && counts[max_bits] == 0) --max_bits;
    if (max_bits == 0) return 2;  // both values of one bit, both unused
    unsigned min_bits = 1;
    while (counts[min_bits] == 0) ++min_bits;
    if (root_bits > max_bits) root_bits = max_bits;
    if (root_bits < min_bits) root_bits = min_bits;

    unsigned entries = 1U << root_bits;
    LengthCounts left = counts;
    unsigned code = 0;  // canonical code, most significant bit first
    unsigned prefix = ~0U;
    for (unsigned bits = min_bits; bits <= max_bits; ++bits) {
        for (; left[bits] != 0; --left[bits], ++code) {
            if (bits <= root_bits || (code >> (bits - root_bits)) == prefix) continue;
            prefix = code >> (bits - root_bits);
            unsigned sub_bits = bits - root_bits;
            unsigned used = left[bits];
            while (root_bits + sub_bits < max_bits && used < (1U << sub_bits)) {
                ++sub_bits;
                used = (used << 1) + left[root_bits + sub_bits];
            }
            entries += 1U << sub_bits;
        }
        code <<= 1;
    }
    return entries;
}

}  // namespace warpz::inflate

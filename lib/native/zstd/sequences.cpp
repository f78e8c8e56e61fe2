// SPDX-License-Identifier: Zlib
#include "native/zstd/sequences.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"

namespace warpz::native {
namespace {

constexpr std::size_t kSequenceBytes = 8;
constexpr std::uint32_t kRepeats = 3;

/// The three offsets used last (zstd's format, 3.1.1.3.2.1.1). A block without history begins with the format's own.
class Repeats {
  public:
    /// The offset that `code` means behind a run of `literals`, and takes note of it; 0 when it is none.
    std::uint32_t resolve(std::uint32_t code, bool has_literals) noexcept {
        if (code > kRepeats) {
            recent_[2] = recent_[1];
            recent_[1] = recent_[0];
            return recent_[0] = code - kRepeats;
        }
        if (code == 0) return 0;
        const std::uint32_t index = has_literals ? code - 1 : code;
        const std::uint32_t offset = index < kRepeats ? recent_[index] : recent_[0] - 1;
        if (index >= 2) recent_[2] = recent_[1];
        if (index >= 1) recent_[1] = recent_[0];
        recent_[0] = offset;
        return offset;
    }

  private:
    std::uint32_t recent_[kRepeats] = {1, 4, 8};
};

}  // namespace

std::size_t read_sequences(const Lz77Answer& answer, std::span<const std::uint8_t> block,
                           std::size_t window_bytes, std::span<ZSTD_Sequence> out) noexcept {
    const std::size_t count = answer.sequences.size() / kSequenceBytes;
    if (count >= out.size()) return 0;
    Repeats repeats;
    std::size_t at = 0;
    std::size_t literals = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* const words = answer.sequences.data() + i * kSequenceBytes;
        std::size_t run = load_le<std::uint16_t>(words + 4);
        if (answer.overflow == (1U << 24 | i)) run += 0x10000;
        const std::size_t length = std::size_t{load_le<std::uint16_t>(words + 6)} + 3;
        const std::uint32_t offset = repeats.resolve(load_le<std::uint32_t>(words), run != 0);
        if (run > answer.literals.size() - literals || run + length > block.size() - at ||
            std::memcmp(answer.literals.data() + literals, block.data() + at, run) != 0) {
            return 0;
        }
        literals += run;
        at += run;
        if (offset == 0 || offset > at || offset > window_bytes) return 0;
        // Also where both overlap, a match is equal to what lies `offset` before it, byte by byte.
        if (std::memcmp(block.data() + at, block.data() + at - offset, length) != 0) return 0;
        at += length;
        out[i] = {.offset = offset,
                  .litLength = static_cast<unsigned>(run),
                  .matchLength = static_cast<unsigned>(length),
                  .rep = 0};
    }
    const std::size_t rest = block.size() - at;
    if (rest != answer.literals.size() - literals ||
        std::memcmp(answer.literals.data() + literals, block.data() + at, rest) != 0) {
        return 0;
    }
    out[count] = {
        .offset = 0, .litLength = static_cast<unsigned>(rest), .matchLength = 0, .rep = 0};
    return count + 1;
}

}  // namespace warpz::native

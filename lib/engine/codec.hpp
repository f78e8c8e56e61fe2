// SPDX-License-Identifier: Zlib
// Words that every encoder and decoder of the library shares: flush values, byte spans that are consumed from the front,
// the running check value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"

namespace warpz::engine {

/// zlib's flush values, in zlib's numbering.
enum class Flush : std::uint8_t { kNone, kPartial, kSync, kFull, kFinish, kBlock, kTrees };

/// zlib's order of flushes: a flush that follows another without new input does something only when it ranks higher.
[[nodiscard]] constexpr int flush_rank(int flush) noexcept {
    return flush * 2 - (flush > 4 ? 9 : 0);
}

/// Input that is consumed from the front.
struct Bytes {
    const std::uint8_t* next = nullptr;
    std::size_t avail = 0;

    void advance(std::size_t count) noexcept {
        next += count;
        avail -= count;
    }
};

/// Output space that is filled from the front.
struct Space {
    std::uint8_t* next = nullptr;
    std::size_t avail = 0;

    void advance(std::size_t count) noexcept {
        next += count;
        avail -= count;
    }
};

/// Which check value a wrapper carries over the uncompressed bytes.
enum class CheckKind : std::uint8_t { kNone, kAdler32, kCrc32 };

struct Check {
    CheckKind kind = CheckKind::kNone;
    std::uint32_t value = 0;

    void update(const std::uint8_t* data, std::size_t size) noexcept {
        if (kind == CheckKind::kAdler32) value = checksum::adler32_in_stream(value, data, size);
        if (kind == CheckKind::kCrc32) value = checksum::crc32(value, data, size);
    }
};

}  // namespace warpz::engine

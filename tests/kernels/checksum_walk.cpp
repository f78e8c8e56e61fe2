// SPDX-License-Identifier: Zlib
// The walk declared in checksum_walk.hpp.
#include "kernels/checksum_walk.hpp"

#include <algorithm>
#include <array>

#include "support/guarded_buffer.hpp"
#include "support/sample_data.hpp"

namespace warpz::test {
namespace {

// Start values: of the empty string for each checksum, both halves of Adler-32 largest and beyond,
// arbitrary.
constexpr std::array<std::uint32_t, 5> kStarts{0, 1, 0xFFFF'FFFF, 0xFFF0'FFF0, 0x1234'ABCD};
// covers every kernel's change from one loop to the next, 1 KiB being the last
constexpr std::size_t kShort = 1200;

std::string describe(const char* what, std::size_t size, std::size_t offset, std::uint32_t start,
                     std::uint32_t expected, std::uint32_t found) {
    return std::string(what) + ": size " + std::to_string(size) + " offset " +
           std::to_string(offset) + " start " + std::to_string(start) + ": expected " +
           std::to_string(expected) + ", found " + std::to_string(found);
}

std::string walk_short(kernels::ChecksumFn function, Definition definition, const Bytes& data) {
    for (std::size_t offset = 0; offset < 64; ++offset) {
        const std::uint32_t start = kStarts[offset % kStarts.size()];
        std::uint32_t expected = definition(start, {});
        for (std::size_t size = 0; size <= kShort; ++size) {
            const std::uint8_t* from = data.data() + offset;
            const std::uint32_t found = function(start, from, size);
            if (found != expected) return describe("short", size, offset, start, expected, found);
            expected = definition(expected, {from + size, 1});
        }
    }
    return {};
}

std::string walk_page_ends(kernels::ChecksumFn function, Definition definition, const Bytes& data) {
    constexpr std::size_t kPage = 4096;
    const GuardedBuffer page{std::span{data}.first(kPage)};
    for (std::size_t size = 0; size <= kShort; ++size) {
        for (const std::size_t offset : {std::size_t{0}, kPage - size}) {
            const std::span<const std::uint8_t> piece = page.span().subspan(offset, size);
            const std::uint32_t expected = definition(1, piece);
            const std::uint32_t found = function(1, piece.data(), size);
            if (found != expected) return describe("page", size, offset, 1, expected, found);
        }
    }
    return {};
}

std::string walk_long(kernels::ChecksumFn function, Definition definition, const Bytes& data) {
    Random random{17};
    for (int round = 0; round < 30; ++round) {
        const std::size_t offset = random.below(64);
        const std::size_t size = random.below(data.size() - offset);
        const std::uint32_t start = round % 3 == 0
                                        ? kStarts[static_cast<std::size_t>(round) % kStarts.size()]
                                        : static_cast<std::uint32_t>(random.next());
        const std::span<const std::uint8_t> piece = std::span{data}.subspan(offset, size);
        const std::uint32_t expected = definition(start, piece);
        const std::uint32_t found = function(start, piece.data(), size);
        if (found != expected) return describe("long", size, offset, start, expected, found);

        std::uint32_t chained = start;
        for (std::size_t at = 0; at < size;) {
            const std::size_t step =
                std::min(size - at, random.one_in(4) ? random.below(40'000) : random.below(300));
            chained = function(chained, piece.data() + at, step);
            at += step;
        }
        if (size != 0 && chained != expected)
            return describe("in pieces", size, offset, start, expected, chained);
    }
    return {};
}

}  // namespace

std::uint32_t defined_adler32(std::uint32_t value, std::span<const std::uint8_t> data) {
    std::uint32_t s1 = (value & 0xFFFF) % 65521;
    std::uint32_t s2 = (value >> 16) % 65521;
    for (const std::uint8_t byte : data) {
        s1 = (s1 + byte) % 65521;
        s2 = (s2 + s1) % 65521;
    }
    return s2 << 16 | s1;
}

std::uint32_t defined_crc32(std::uint32_t value, std::span<const std::uint8_t> data) {
    std::uint32_t crc = ~value;
    for (const std::uint8_t byte : data) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB8'8320 : 0);
    }
    return ~crc;
}

std::string first_difference(kernels::ChecksumFn function, Definition definition) {
    const Bytes random = make_sample(Sample::kRandom, 120'000);
    const Bytes largest(120'000, 0xFF);
    for (const Bytes* data : {&random, &largest}) {
        for (const auto walk : {walk_short, walk_page_ends, walk_long}) {
            if (std::string difference = walk(function, definition, *data); !difference.empty())
                return difference;
        }
    }
    return {};
}

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
#include "device/model/lz77_parser.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/bytes.hpp"

namespace warpz::device::model {
namespace {

constexpr std::uint32_t kHashBytes = 4;
constexpr std::uint32_t kMinMatch = 4;
constexpr std::uint32_t kMaxMatch = 65535 + 3;
constexpr unsigned kDepth = 16;
constexpr std::uint32_t kNiceLength = 128;

[[nodiscard]] std::uint32_t hash(const std::uint8_t* bytes, unsigned bits) noexcept {
    return load_le<std::uint32_t>(bytes) * 0x9e3779b1U >> (32 - bits);
}

/// What a match saves, in bits, roughly: an offset costs its width and more.
[[nodiscard]] int gain(std::uint32_t length, std::uint32_t offset) noexcept {
    return static_cast<int>(4 * length) - static_cast<int>(std::bit_width(offset));
}

}  // namespace

Lz77Parser* Lz77Parser::create() noexcept {
    void* const memory = mmap(nullptr, sizeof(Lz77Parser), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? ::new (memory) Lz77Parser : nullptr;
}

void Lz77Parser::destroy(Lz77Parser* parser) noexcept {
    if (parser != nullptr) munmap(parser, sizeof *parser);
}

void Lz77Parser::enter(const std::uint8_t* bytes, std::uint32_t at) noexcept {
    std::uint32_t& head = heads_[hash(bytes + at, kHeadBits)];
    previous_[at + 1] = head;
    head = at + 1;
}

Lz77Parser::Match Lz77Parser::longest(std::span<const std::uint8_t> in,
                                      std::uint32_t at) const noexcept {
    const std::uint8_t* const here = in.data() + at;
    const auto max = static_cast<std::uint32_t>(std::min<std::size_t>(in.size() - at, kMaxMatch));
    Match best{0, 1};
    std::uint32_t candidate = heads_[hash(here, kHeadBits)];
    for (unsigned depth = kDepth; candidate != 0 && depth != 0; --depth) {
        const std::uint8_t* const there = in.data() + (candidate - 1);
        std::uint32_t length = 0;
        while (length + 8 <= max) {
            const std::uint64_t difference =
                load_le<std::uint64_t>(here + length) ^ load_le<std::uint64_t>(there + length);
            if (difference != 0) {
                length += static_cast<std::uint32_t>(std::countr_zero(difference)) / 8;
                break;
            }
            length += 8;
        }
        if (length + 8 > max) {
            while (length < max && here[length] == there[length]) ++length;
        }
        const auto offset = static_cast<std::uint32_t>(here - there);
        if (length >= kMinMatch &&
            (best.length == 0 || gain(length, offset) > gain(best.length, best.offset))) {
            best = {length, offset};
            if (length >= kNiceLength) break;
        }
        candidate = previous_[candidate];
    }
    return best;
}

std::optional<Lz77Parser::Made> Lz77Parser::parse(std::span<const std::uint8_t> in,
                                                  std::span<std::uint8_t> literals,
                                                  std::span<std::uint8_t> sequences) noexcept {
    heads_.fill(0);
    const auto size = static_cast<std::uint32_t>(in.size());
    const std::uint32_t search_end = size >= kHashBytes ? size - (kHashBytes - 1) : 0;
    Made made{0, 0, 0};
    std::uint32_t run_start = 0;
    for (std::uint32_t at = 0; at < search_end;) {
        Match match = longest(in, at);
        enter(in.data(), at);
        if (match.length == 0) {
            ++at;
            continue;
        }
        // A better one at the next position is worth a literal.
        while (match.length < kNiceLength && at + 1 < search_end) {
            const Match next = longest(in, at + 1);
            if (next.length == 0 ||
                gain(next.length, next.offset) <= gain(match.length, match.offset) + 4) {
                break;
            }
            ++at;
            enter(in.data(), at);
            match = next;
        }
        if ((made.sequences + 1) * kSequenceBytes > sequences.size()) return std::nullopt;
        const std::uint32_t run = at - run_start;
        std::memcpy(literals.data() + made.literals, in.data() + run_start, run);
        made.literals += run;
        if (run > 0xffff) made.overflow = 1U << 24 | static_cast<std::uint32_t>(made.sequences);
        std::uint8_t* const sequence = sequences.data() + made.sequences * kSequenceBytes;
        store_le<std::uint32_t>(sequence, match.offset + 3);
        store_le<std::uint16_t>(sequence + 4, static_cast<std::uint16_t>(run));
        store_le<std::uint16_t>(sequence + 6, static_cast<std::uint16_t>(match.length - 3));
        ++made.sequences;
        const std::uint32_t match_end = at + match.length;
        for (++at; at < std::min(match_end, search_end); ++at) enter(in.data(), at);
        at = match_end;
        run_start = match_end;
    }
    std::memcpy(literals.data() + made.literals, in.data() + run_start, size - run_start);
    made.literals += size - run_start;
    return made;
}

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
// The symbols of the block being gathered: literals as bytes, growing upwards, and sequences (a run of literals, then
// a match) as 32-bit words, growing downwards from the other end of the same memory. A literal costs one byte and a
// match four, so that text, binaries and records all make good use of a small buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace warpz::deflate {

/// One symbol of a block, or a match, which is two: the index of a code at the low end, a distance above it.
class Symbol {
  public:
    static constexpr unsigned kIndexBits = 10;
    /// Index of length 3; a literal's index is its value
    static constexpr std::uint32_t kLength = 256;
    static constexpr std::uint32_t kEmpty = 512;  ///< index of a symbol of no bits
    static constexpr std::uint32_t kCount = 513;

    explicit constexpr Symbol(std::uint32_t word) noexcept : word_(word) {}
    [[nodiscard]] constexpr std::uint32_t index() const noexcept {
        return word_ & ((1U << kIndexBits) - 1);
    }
    [[nodiscard]] constexpr bool is_match() const noexcept { return (word_ & kLength) != 0; }
    [[nodiscard]] constexpr std::uint32_t distance_minus_1() const noexcept {
        return word_ >> kIndexBits;
    }

  private:
    std::uint32_t word_;
};

/// A run of literals followed by one match: the match's Symbol with the length of the run above it.
class Sequence {
  public:
    static constexpr std::uint32_t kMaxRun = 127;
    static constexpr std::uint32_t kMaxRunOnly = kMaxRun << 25;  ///< 127 literals and no match

    static constexpr std::uint32_t pack(std::uint32_t run, std::uint32_t length,
                                        std::uint32_t distance) noexcept {
        return (run << 25) | ((distance - 1) << Symbol::kIndexBits) |
               (Symbol::kLength + length - 3);
    }

    explicit constexpr Sequence(std::uint32_t word) noexcept : word_(word) {}
    [[nodiscard]] constexpr std::uint32_t run() const noexcept { return word_ >> 25; }
    [[nodiscard]] constexpr bool has_match() const noexcept {
        return (word_ & Symbol::kLength) != 0;
    }
    [[nodiscard]] constexpr std::uint32_t length_minus_3() const noexcept { return word_ & 255; }
    [[nodiscard]] constexpr std::uint32_t distance_minus_1() const noexcept {
        return match() >> Symbol::kIndexBits;
    }
    /// The match's Symbol.
    [[nodiscard]] constexpr std::uint32_t match() const noexcept { return word_ & 0x1ffffff; }

  private:
    std::uint32_t word_;
};

class Tokens {
  public:
    /// Literals are copied 16 bytes at a time; this many bytes past the last one may be overwritten.
    static constexpr std::size_t kCopyBytes = 16;

    /// Adopts memory, which holds the tokens there are: relocated with them, or new when there are none.
    void attach(std::uint8_t* memory, std::size_t size_bytes) noexcept {
        const std::uint32_t literals = literal_count();
        const std::uint32_t sequences = sequence_count();
        base_ = memory;
        end_ = memory + (size_bytes & ~std::size_t{3});
        literal_end_ = base_ + literals;
        sequence_begin_ = end_ - 4 * std::size_t{sequences};
    }
    void clear() noexcept {
        literal_end_ = base_;
        sequence_begin_ = end_;
        open_run_ = 0;
    }

    [[nodiscard]] bool empty() const noexcept {
        return literal_end_ == base_ && sequence_begin_ == end_;
    }
    [[nodiscard]] std::uint32_t literal_count() const noexcept {
        return static_cast<std::uint32_t>(literal_end_ - base_);
    }
    [[nodiscard]] std::uint32_t sequence_count() const noexcept {
        return static_cast<std::uint32_t>(end_ - sequence_begin_) / 4;
    }
    [[nodiscard]] const std::uint8_t* literals() const noexcept { return base_; }
    /// Sequence `index` counted in order of appearance; memory order is the reverse.
    [[nodiscard]] Sequence sequence(std::uint32_t index) const noexcept {
        std::uint32_t word;
        std::memcpy(&word, end_ - 4 * (std::size_t{index} + 1), sizeof word);
        return Sequence{word};
    }

    /// Literals since the last sequence.
    [[nodiscard]] std::uint32_t open_run() const noexcept { return open_run_; }

    /// Some of the tokens as if they were all: a range of literals, and the sequences whose runs and matches they are.
    [[nodiscard]] Tokens slice(std::uint32_t literals_begin, std::uint32_t literals_end,
                               std::uint32_t sequences_begin,
                               std::uint32_t sequences_end) const noexcept {
        Tokens part;
        part.base_ = base_ + literals_begin;
        part.literal_end_ = base_ + literals_end;
        part.end_ = end_ - 4 * std::size_t{sequences_begin};
        part.sequence_begin_ = end_ - 4 * std::size_t{sequences_end};
        return part;
    }

    /// The word of sequence `index`, with those of the sequences before it at higher addresses.
    [[nodiscard]] const std::uint8_t* sequence_words(std::uint32_t index) const noexcept {
        return end_ - 4 * (std::size_t{index} + 1);
    }

    /// Input bytes that can be parsed without running out of room, whatever they are: the dearest are 3-byte
    /// matches, 4 bytes of memory for 3 of input.
    [[nodiscard]] std::size_t room_bytes() const noexcept {
        const auto left = static_cast<std::size_t>(sequence_begin_ - literal_end_);
        return left <= kCopyBytes + 64 ? 0 : (left - kCopyBytes - 64) / 4 * 3;
    }
    /// room_bytes() of an empty buffer of this size.
    [[nodiscard]] std::size_t capacity_bytes() const noexcept {
        return static_cast<std::size_t>(end_ - base_) / 4 * 3;
    }

    /// Appends `count` literals from `from`; reads and writes up to kCopyBytes - 1 bytes more.
    void add_literals(const std::uint8_t* from, std::uint32_t count) noexcept {
        std::uint8_t* to = literal_end_;
        literal_end_ += count;
        open_run_ += count;
        std::memcpy(to, from, kCopyBytes);
        for (std::uint32_t done = kCopyBytes; done < count; done += kCopyBytes) [[unlikely]] {
                std::memcpy(to + done, from + done, kCopyBytes);
            }
    }

    void add_match(std::uint32_t length, std::uint32_t distance) noexcept {
        if (open_run_ > Sequence::kMaxRun) [[unlikely]]
            shorten_open_run();
        push(Sequence::pack(open_run_, length, distance));
        open_run_ = 0;
    }

    /// Makes sequences of the open run as far as it fills them.
    void shorten_open_run() noexcept {
        while (open_run_ > Sequence::kMaxRun) {
            push(Sequence::kMaxRunOnly);
            open_run_ -= Sequence::kMaxRun;
        }
    }

  private:
    void push(std::uint32_t word) noexcept {
        sequence_begin_ -= sizeof word;
        std::memcpy(sequence_begin_, &word, sizeof word);
    }

    std::uint8_t* base_ = nullptr;
    std::uint8_t* end_ = nullptr;
    std::uint8_t* literal_end_ = nullptr;
    std::uint8_t* sequence_begin_ = nullptr;
    std::uint32_t open_run_ = 0;  ///< literals since the last sequence
};

}  // namespace warpz::deflate

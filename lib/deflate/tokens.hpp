// SPDX-License-Identifier: Zlib
// The symbols of the block being gathered: literals as bytes, growing upwards, and sequences (a run of literals, then
// a match) as 32-bit words, growing downwards from the other end of the same memory. A literal costs one byte and a
// match four, so that text, binaries and records all make good use of a small buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace warpz::deflate {

/// A run of literals followed by one match, packed as run:9, length-3:8, distance-1:15 from the low end.
class Sequence {
  public:
    static constexpr std::uint32_t kRunOnly = 511;  ///< as run: 511 literals and no match
    static constexpr std::uint32_t kMaxRun = kRunOnly - 1;

    static constexpr std::uint32_t pack(std::uint32_t run, std::uint32_t length,
                                        std::uint32_t distance) noexcept {
        return run | ((length - 3) << 9) | ((distance - 1) << 17);
    }

    explicit constexpr Sequence(std::uint32_t word) noexcept : word_(word) {}
    [[nodiscard]] constexpr std::uint32_t run() const noexcept { return word_ & 511; }
    [[nodiscard]] constexpr bool has_match() const noexcept { return run() != kRunOnly; }
    [[nodiscard]] constexpr std::uint32_t length_minus_3() const noexcept {
        return (word_ >> 9) & 255;
    }
    [[nodiscard]] constexpr std::uint32_t distance_minus_1() const noexcept { return word_ >> 17; }

  private:
    std::uint32_t word_;
};

class Tokens {
  public:
    /// Literals are copied 16 bytes at a time; this many bytes past the last one may be overwritten.
    static constexpr std::size_t kCopyBytes = 16;

    void attach(std::uint8_t* memory, std::size_t size_bytes) noexcept {
        base_ = memory;
        size_bytes_ = size_bytes & ~std::size_t{3};
    }
    void clear() noexcept {
        literal_count_ = 0;
        sequence_count_ = 0;
        open_run_ = 0;
    }

    [[nodiscard]] bool empty() const noexcept {
        return literal_count_ == 0 && sequence_count_ == 0;
    }
    [[nodiscard]] std::uint32_t literal_count() const noexcept { return literal_count_; }
    [[nodiscard]] std::uint32_t sequence_count() const noexcept { return sequence_count_; }
    [[nodiscard]] const std::uint8_t* literals() const noexcept { return base_; }
    /// Sequence `index` counted in order of appearance; memory order is the reverse.
    [[nodiscard]] Sequence sequence(std::uint32_t index) const noexcept {
        std::uint32_t word;
        std::memcpy(&word, base_ + size_bytes_ - 4 * (std::size_t{index} + 1), sizeof word);
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
        part.size_bytes_ = size_bytes_ - literals_begin - 4 * std::size_t{sequences_begin};
        part.literal_count_ = literals_end - literals_begin;
        part.sequence_count_ = sequences_end - sequences_begin;
        return part;
    }

    /// Input bytes that can be parsed without running out of room, whatever they are: the dearest are 3-byte
    /// matches, 4 bytes of memory for 3 of input.
    [[nodiscard]] std::size_t room_bytes() const noexcept {
        const std::size_t used =
            literal_count_ + 4 * std::size_t{sequence_count_} + kCopyBytes + 64;
        return used >= size_bytes_ ? 0 : (size_bytes_ - used) / 4 * 3;
    }
    /// room_bytes() of an empty buffer of this size.
    [[nodiscard]] std::size_t capacity_bytes() const noexcept { return size_bytes_ / 4 * 3; }

    /// Appends `count` literals from `from`; reads and writes up to kCopyBytes - 1 bytes more.
    void add_literals(const std::uint8_t* from, std::uint32_t count) noexcept {
        std::uint8_t* to = base_ + literal_count_;
        literal_count_ += count;
        open_run_ += count;
        for (std::uint32_t done = 0; done < count; done += kCopyBytes) {
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
            push(Sequence::kRunOnly);
            open_run_ -= Sequence::kRunOnly;
        }
    }

  private:
    void push(std::uint32_t word) noexcept {
        std::memcpy(base_ + size_bytes_ - 4 * (std::size_t{sequence_count_} + 1), &word,
                    sizeof word);
        ++sequence_count_;
    }

    std::uint8_t* base_ = nullptr;
    std::size_t size_bytes_ = 0;
    std::uint32_t literal_count_ = 0;
    std::uint32_t sequence_count_ = 0;
    std::uint32_t open_run_ = 0;  ///< literals since the last sequence
};

}  // namespace warpz::deflate

// SPDX-License-Identifier: Zlib
// The model device's LZ77_ZSTD operation: literals and sequences of one zstd block, without history. Which matches silicon
// finds is not public; what is fixed is how they are written down.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace warpz::device::model {

class Lz77Parser {
  public:
    static constexpr std::size_t kMaxInputBytes = std::size_t{128} << 10;
    static constexpr std::size_t kSequenceBytes = 8;

    struct Made {
        std::size_t sequences;
        std::size_t literals;
        std::uint32_t overflow;  ///< 1 << 24 | index of the sequence with 65536 literals more; 0
    };

    [[nodiscard]] static Lz77Parser* create() noexcept;
    static void destroy(Lz77Parser* parser) noexcept;

    /// Parses `in` of 1 to kMaxInputBytes.
    ///
    /// literals   room for in.size()
    /// sequences  receives kSequenceBytes for each: u32 offset + 3, u16 literals before it, u16 length less 3. Literals
    ///            after the last are in none
    /// returns    nothing when sequences do not fit
    [[nodiscard]] std::optional<Made> parse(std::span<const std::uint8_t> in,
                                            std::span<std::uint8_t> literals,
                                            std::span<std::uint8_t> sequences) noexcept;

  private:
    Lz77Parser() = default;
    static constexpr unsigned kHeadBits = 15;

    struct Match {
        std::uint32_t length;
        std::uint32_t offset;
    };
    void enter(const std::uint8_t* bytes, std::uint32_t at) noexcept;
    [[nodiscard]] Match longest(std::span<const std::uint8_t> in, std::uint32_t at) const noexcept;

    // Positions count from 1; 0 is none.
    std::array<std::uint32_t, std::size_t{1} << kHeadBits> heads_;
    std::array<std::uint32_t, kMaxInputBytes + 1> previous_;
};

}  // namespace warpz::device::model

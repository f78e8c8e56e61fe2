// SPDX-License-Identifier: Zlib
// Memory that ends where an unmapped page begins (and follows one): reading or writing one byte too
// far faults, in every build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace warpz::test {

/// `size` bytes whose end touches an unmapped page. Freshly mapped, filled with 0xA5. Not movable:
/// pointers into it stay valid for its life.
class GuardedBuffer {
  public:
    explicit GuardedBuffer(std::size_t size);
    explicit GuardedBuffer(std::span<const std::uint8_t> content);
    ~GuardedBuffer();
    GuardedBuffer(const GuardedBuffer&) = delete;
    GuardedBuffer& operator=(const GuardedBuffer&) = delete;

    [[nodiscard]] std::uint8_t* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<std::uint8_t> span() const noexcept { return {data_, size_}; }

    /// Makes the whole buffer read-only, for input that nobody may change.
    void protect() noexcept;

  private:
    std::size_t size_;
    std::size_t mapped_bytes_;  // with both unmapped pages
    std::uint8_t* mapping_;
    std::uint8_t* data_;
};

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// The accelerator's PCI configuration space (driver/SPEC.md, section 1): identity, BARs, Express capability with function
// level reset, MSI-X. Which bits can be written is a mask beside each byte.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace warpz::vfio_user {

inline constexpr unsigned kBarControl = 0;
inline constexpr unsigned kBarWindows = 2;
inline constexpr unsigned kBarMsix = 4;

class ConfigSpace {
  public:
    static constexpr std::size_t kBytes = 4096;

    /// The sizes of BARs are powers of two. The pending bits are `pending_offset` bytes into their BAR.
    struct Layout {
        std::uint64_t control_bytes;
        std::uint64_t windows_bytes;
        std::uint64_t msix_bytes;
        std::uint32_t pending_offset;
        unsigned vectors;
    };

    explicit ConfigSpace(const Layout& layout);

    /// Bytes that lie within the space.
    void read(std::size_t offset, std::span<std::uint8_t> bytes) const noexcept;
    /// Likewise. True: a function level reset is asked for; it is the caller's to do.
    [[nodiscard]] bool write(std::size_t offset, std::span<const std::uint8_t> bytes) noexcept;
    /// What a reset leaves.
    void reset() noexcept { bytes_ = initial_; }
    [[nodiscard]] bool is_master() const noexcept;

  private:
    void set(std::size_t offset, unsigned size, std::uint64_t value, std::uint64_t writable = 0);
    void set_bar(unsigned bar, std::uint64_t bytes);

    std::array<std::uint8_t, kBytes> initial_{};
    std::array<std::uint8_t, kBytes> writable_{};
    std::array<std::uint8_t, kBytes> bytes_{};
};

}  // namespace warpz::vfio_user

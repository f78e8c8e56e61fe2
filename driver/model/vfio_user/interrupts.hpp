// SPDX-License-Identifier: Zlib
// The device's MSI-X vectors: eventfds that the client listens to. It keeps the vectors' table and masks itself; what is
// kept here is the bits of those that were raised while nobody listened.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "channel.hpp"
#include "event_signal.hpp"
#include "wire.hpp"

namespace warpz::vfio_user {

class Interrupts {
  public:
    static constexpr std::uint32_t kTableEntryBytes = 16;

    explicit Interrupts(unsigned vectors)
        : triggers_(vectors), table_(vectors * kTableEntryBytes), pending_((vectors + 63) / 64) {}

    [[nodiscard]] unsigned vectors() const noexcept {
        return static_cast<unsigned>(triggers_.size());
    }

    /// data  what follows the structure
    /// Returns 0 or EINVAL; descriptors that are taken are moved from.
    [[nodiscard]] int set(const SetIrqs& request, std::span<const std::uint8_t> data,
                          std::span<Fd> fds);
    void raise(unsigned vector) noexcept;
    /// After a reset nothing is pending; who listens does so still.
    void reset() noexcept;

    /// Bytes of the table and of the pending bits, as far as there are any; others read as 0.
    void read_table(std::uint64_t offset, std::span<std::uint8_t> bytes) const noexcept;
    void write_table(std::uint64_t offset, std::span<const std::uint8_t> bytes) noexcept;
    void read_pending(std::uint64_t offset, std::span<std::uint8_t> bytes) const noexcept;

  private:
    EventSignal signal_;
    std::vector<Fd> triggers_;
    std::vector<std::uint8_t> table_;
    std::vector<std::uint64_t> pending_;
};

}  // namespace warpz::vfio_user

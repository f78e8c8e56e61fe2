// SPDX-License-Identifier: Zlib
// Four registers that tell of errors; the queue manager has such a block and so have the cores.
#pragma once

#include <cstdint>

#include "hisi/registers.hpp"

namespace warpz::hisi {

class ErrorBlock {
  public:
    [[nodiscard]] std::uint32_t status() const noexcept { return source_ & ~mask_; }
    [[nodiscard]] std::uint32_t read(std::uint32_t offset) const noexcept;

    /// True when an error shows that did not show before: the abnormal interrupt is due.
    [[nodiscard]] bool write(std::uint32_t offset, std::uint32_t value) noexcept;
    [[nodiscard]] bool set(std::uint32_t errors) noexcept { return write(kErrorSet, errors); }

  private:
    std::uint32_t source_ = 0;
    std::uint32_t mask_ = ~0U;
};

}  // namespace warpz::hisi

// SPDX-License-Identifier: Zlib
// The event queue and the asynchronous event queue: rings of words in bus memory that the device fills, each with an interrupt.
// The interrupt is raised once and again only after a doorbell that leaves entries unread, so none is lost to a reader who is
// just finishing. The front end's lock is held.
#pragma once

#include <cstdint>

#include "accelerator.h"
#include "hisi/registers.hpp"

namespace warpz::hisi {

class EventRing {
  public:
    EventRing(const warpz_host& host, unsigned vector) noexcept : host_(host), vector_(vector) {}

    /// Programs it, empty. False: a ring of less than two entries, or with a base that is not aligned to its words.
    [[nodiscard]] bool set(const Context& context) noexcept;
    /// The context as programmed, with the indexes as they are.
    [[nodiscard]] Context context() const noexcept;

    /// Appends `entry`, to which the phase is added. False: there is no ring, no room, or an error of the bus.
    [[nodiscard]] bool post(std::uint32_t entry) noexcept;

    /// The doorbell: software has read up to `head`. False when there is no such entry.
    [[nodiscard]] bool ring(std::uint32_t head) noexcept;

    [[nodiscard]] bool is_masked() const noexcept { return is_masked_; }
    void set_masked(bool is_masked) noexcept;
    void reset() noexcept { *this = EventRing(host_, vector_); }

  private:
    void raise() noexcept;

    warpz_host host_;
    unsigned vector_;
    Context context_{};
    std::uint32_t entries_ = 0;  ///< 0: not programmed
    std::uint32_t head_ = 0;
    std::uint32_t tail_ = 0;
    std::uint32_t phase_ = 0;
    bool is_masked_ = false;
    bool is_raised_ = false;
};

}  // namespace warpz::hisi

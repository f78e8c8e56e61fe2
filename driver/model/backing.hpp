// SPDX-License-Identifier: Zlib
// What executes an accelerator's packets where the library's own engine, on this machine's cores, is not the only one: for
// each worker an engine that takes what it can. What it leaves, fails or is not asked for the cores do.
#pragma once

#include <memory>

#include "device/model/packet_engine.hpp"

namespace warpz::accelerator {

/// Shared by the workers of all accelerators that have it; they may outlive their accelerator by the packet in hand.
class Backing {
  public:
    class Engine : public device::model::PacketEngine {
      public:
        virtual ~Engine() = default;
        /// Packets that it was given and failed since the last call.
        [[nodiscard]] virtual unsigned take_failures() noexcept = 0;
    };

    virtual ~Backing() = default;
    /// Any thread; the engine is its worker's alone and does not outlive the backing.
    [[nodiscard]] virtual std::unique_ptr<Engine> open() = 0;
};

}  // namespace warpz::accelerator

/// For accelerator.h.
struct warpz_backing {
    std::shared_ptr<warpz::accelerator::Backing> backing;
};

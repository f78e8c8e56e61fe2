// SPDX-License-Identifier: Zlib
// The memory in which a device keeps a stream from packet to packet, and the words that the submitter carries along. A
// context belongs to its stream, not to a queue: each packet may go through another queue of the same device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "device/sqe.hpp"

namespace warpz::device {

class StreamContext {
  public:
    /// A context whose next packet is its stream's first; null without memory. One thread at a time.
    [[nodiscard]] static StreamContext* create() noexcept;
    /// Not while a packet is in flight.
    static void destroy(StreamContext* context) noexcept;

    /// Makes the next packet the first of a new stream. Not while one is in flight.
    void restart() noexcept;

    /// WARPZ_ZIP_CTX_BYTES behind the object. With shared addresses the device works in them; with bounce they are copied.
    [[nodiscard]] std::span<std::uint8_t> bytes() noexcept;

    CarriedWords carried;
    bool is_first = true;  ///< the next packet is its stream's first
    bool is_in_flight = false;
    bool is_broken = false;  ///< a packet failed: nothing until a restart

  private:
    StreamContext() = default;
    ~StreamContext() = default;
};

/// Where the device reaches the context of a packet in flight.
struct ContextSlot {
    std::uint8_t* bytes = nullptr;  ///< WARPZ_ZIP_CTX_BYTES; shared with the device
    std::uint64_t address = 0;      ///< the device's, of bytes[0]
    ContextSlot* next = nullptr;    ///< in the list of those that are free
};

/// The slots of one queue pair. Shared addresses: memory of the process, mapped as needed and kept, for packets that bring
/// no context and need one. Bounce: as many as were set aside at the end of the window.
class ContextSlots {
  public:
    /// `window`: the part of the window for contexts, empty with shared addresses. `window_address`: the device's.
    void create(AddressMode mode, std::span<std::uint8_t> window,
                std::uint64_t window_address) noexcept;
    /// Unmaps what was mapped, slots in use included.
    void destroy() noexcept;

    /// A slot; its memory holds what an earlier packet left.
    /// returns the slot, kBusy (none is free), kNoMemory
    [[nodiscard]] Result<ContextSlot*> take() noexcept;
    void give_back(ContextSlot* slot) noexcept;

  private:
    struct Block;
    Status map_more() noexcept;

    AddressMode mode_ = AddressMode::kShared;
    std::span<std::uint8_t> window_;
    std::uint64_t window_address_ = 0;
    bool has_window_slots_ = false;  // the window has been made into slots
    ContextSlot* free_ = nullptr;
    Block* blocks_ = nullptr;
};

}  // namespace warpz::device

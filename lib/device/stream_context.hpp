// SPDX-License-Identifier: Zlib
// The memory in which a device keeps a stream from packet to packet, and the words that the submitter carries along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "device/sqe.hpp"

namespace warpz::device {

class StreamContext {
  public:
    std::uint8_t* bytes = nullptr;  ///< WARPZ_ZIP_CTX_BYTES; shared with the device
    std::uint64_t address = 0;      ///< the device's, of bytes[0]
    CarriedWords carried;
    bool is_first = true;  ///< the next packet is its stream's first
    bool is_in_flight = false;
    bool is_broken = false;         ///< a packet failed: nothing until a restart
    StreamContext* next = nullptr;  ///< in the list of those that are free

    [[nodiscard]] std::span<const std::uint8_t> view() const noexcept {
        return {bytes, WARPZ_ZIP_CTX_BYTES};
    }
};

/// The contexts of one queue pair. Shared addresses: memory of the process, mapped as needed and kept. Bounce: slots at
/// the end of the window, as many as were set aside.
class ContextStore {
  public:
    /// `slots`: the part of the window for contexts, empty with shared addresses. `slots_address`: the device's.
    void create(AddressMode mode, std::span<std::uint8_t> slots,
                std::uint64_t slots_address) noexcept;
    /// Unmaps what was mapped, contexts in use included.
    void destroy() noexcept;

    /// A context whose next packet is its stream's first; its memory holds what an earlier stream left.
    /// returns the context, kBusy (no slot is free), kNoMemory
    [[nodiscard]] Result<StreamContext*> take() noexcept;
    void give_back(StreamContext* context) noexcept;

  private:
    struct Block;
    Status map_more() noexcept;

    AddressMode mode_ = AddressMode::kShared;
    std::span<std::uint8_t> slots_;
    std::uint64_t slots_address_ = 0;
    bool has_slots_ = false;  // the slots have been made into contexts
    StreamContext* free_ = nullptr;
    Block* blocks_ = nullptr;
};

}  // namespace warpz::device

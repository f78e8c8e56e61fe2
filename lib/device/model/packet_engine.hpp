// SPDX-License-Identifier: Zlib
// An engine behind the executor that may take packets off its own codec: an accelerator behind the accelerator. What is
// said in a descriptor has been checked, and data is in memory of the executor's; only bytes are left to make. Whatever
// an engine declines or fails, the codec does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/model/packet_codec.hpp"
#include "device/sqe.hpp"

namespace warpz::device::model {

/// A packet of a stream to be decoded, and where its stream stands.
struct InflatePacket {
    std::span<const std::uint8_t> in;
    std::span<std::uint8_t> out;
    Format format;
    bool is_first;
    bool is_whole;  ///< the stream has no other packet, and no context
    /// kEngineContextBytes where the stream has more packets: read unless `is_first`, written with kDone. Anybody may have
    /// changed them in between
    std::span<std::uint8_t> context;
    CarriedWords
        words;  ///< with the context: as the last packet left them; they become what this one leaves
    RunningCheck check;  ///< before the packet; becomes what holds behind it
};

enum class EngineResult : std::uint8_t {
    kNotDone,    ///< declined or failed: nothing of the packet counts, and `out` holds anything
    kBadData,    ///< as kNotDone, and the engine says that the data is to blame
    kDone,       ///< counts, context, words and check hold
    kStreamEnd,  ///< as kDone, and the stream is complete, its trailer included
};

/// The functions have bodies, those of an engine that declines, for the reason that transport.hpp gives.
class PacketEngine {
  public:
    /// Encodes the packet as blocks that refer to nothing before it, up to a byte boundary; the last block of a last packet
    /// has BFINAL. No trailer.
    ///
    /// returns the bytes made, 0 when it was not done
    virtual std::size_t deflate(const DeflatePacket& packet) noexcept {
        static_cast<void>(packet);
        return 0;
    }

    struct Counts {
        EngineResult result = EngineResult::kNotDone;
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };
    virtual Counts inflate(InflatePacket& packet) noexcept {
        static_cast<void>(packet);
        return {};
    }

  protected:
    ~PacketEngine() = default;
};

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
// Executes one descriptor as the protocol says, rule by rule: what a queue manager hands to a ZIP core. It knows neither
// rings nor doorbells nor whose memory it works on, so the device in this process and a device behind a bus share it.
// Nothing in a descriptor, a list or a context is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "device/device_job.hpp"
#include "device/model/lz77_parser.hpp"
#include "device/model/packet_codec.hpp"
#include "device/model/packet_engine.hpp"
#include "device/model/seal.hpp"
#include "device/sqe.hpp"
#include "device/transport.hpp"

namespace warpz::device::model {

/// The memory that one queue's descriptors can name.
class DeviceMemory {
  public:
    /// `size` > 0 bytes at `address`, contiguous in this process; null when they are not, or out of reach.
    virtual std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept {
        static_cast<void>(address), static_cast<void>(size);
        return nullptr;
    }
    /// Whether a buffer that map() does not give may be there as far as is known before it is accessed; a device with
    /// bounds answers for all of the buffer, used or not.
    virtual bool admits(std::uint64_t address, std::size_t size) noexcept {
        static_cast<void>(address), static_cast<void>(size);
        return true;
    }
    /// Copies from and to it; false when any byte is out of reach. What map() gives need not work here.
    virtual bool read(std::uint64_t address, std::span<std::uint8_t> to) noexcept {
        return copy(address, to.data(), to.size(), false);
    }
    virtual bool write(std::uint64_t address, std::span<const std::uint8_t> from) noexcept {
        return copy(address, const_cast<std::uint8_t*>(from.data()), from.size(), true);
    }

  protected:
    ~DeviceMemory() = default;

  private:
    bool copy(std::uint64_t address, std::uint8_t* bytes, std::size_t size, bool writes) noexcept;
};

struct ExecutorOptions {
    Generation generation = Generation::kV3;
    int level = 1;  ///< of the own engine, 1..9: hardware has no levels
};

class DescriptorExecutor {
  public:
    void create(const ExecutorOptions& options, const SealKey& key) noexcept {
        options_ = options;
        key_ = key;
    }
    void destroy() noexcept;

    /// Packets of deflate data are offered to it first; it outlives the executor. A stream that it has begun to decode is its
    /// own to the end. lz77_zstd is never its.
    void use_engine(PacketEngine& engine) noexcept { engine_ = &engine; }
    /// Whether the engine did what the last execute() answered.
    [[nodiscard]] bool is_by_engine() const noexcept { return is_by_engine_; }

    /// Executes `sqe`, a private copy, for a queue of the given type, and writes the answer into it. False: the request is
    /// ignored, as hardware ignores too little output space; there is no completion then.
    [[nodiscard]] bool execute(Sqe& sqe, Operation operation, DeviceMemory& memory) noexcept;

  private:
    struct Request;
    struct Answer;

    [[nodiscard]] std::uint8_t check(const Sqe& sqe, Operation operation,
                                     Request& request) const noexcept;
    std::uint8_t run(Request& request, DeviceMemory& memory, Answer& answer) noexcept;
    std::uint8_t run_deflate(const Request& request, std::span<const std::uint8_t> in,
                             std::span<std::uint8_t> out, std::span<std::uint8_t> context,
                             Answer& answer) noexcept;
    std::uint8_t run_lz77(Request& request, DeviceMemory& memory, Answer& answer) noexcept;
    std::uint8_t run_inflate(const Request& request, std::span<const std::uint8_t> in,
                             std::span<std::uint8_t> out, std::span<std::uint8_t> context,
                             Answer& answer) noexcept;
    [[nodiscard]] std::optional<std::uint8_t> offer_inflate(const Request& request,
                                                            std::span<const std::uint8_t> in,
                                                            std::span<std::uint8_t> out,
                                                            std::span<std::uint8_t> context,
                                                            Answer& answer) noexcept;

    /// One side of a packet: mapped memory where it is contiguous, else a staging buffer.
    struct Side {
        std::uint64_t address = 0;
        std::size_t size = 0;
        std::size_t skip = 0;  ///< SGL: bytes to pass over first
        bool is_list = false;
        std::uint8_t* bytes = nullptr;
        bool is_staged = false;
    };
    bool open_side(Side& side, std::uint8_t*& staging, std::size_t staging_bytes, bool reads,
                   DeviceMemory& memory) noexcept;
    static bool copy_list(const Side& side, std::size_t size, bool writes,
                          DeviceMemory& memory) noexcept;

    ExecutorOptions options_;
    SealKey key_;
    PacketCodec* codec_ = nullptr;
    PacketEngine* engine_ = nullptr;
    bool is_by_engine_ = false;
    std::uint8_t* in_staging_ = nullptr;  // mapped when first needed
    std::uint8_t* out_staging_ = nullptr;
    std::uint8_t* context_staging_ = nullptr;
    std::uint8_t* literals_staging_ = nullptr;
    Lz77Parser* lz77_ = nullptr;
};

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
// An accelerator of the host behind the guest's: a pool of its queues, by the library's own transport, and what has become
// of jobs of late. It may be busy, hang, fail, lie or be taken away; whoever uses it goes on without it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backing.hpp"
#include "device/queue_pool.hpp"

namespace warpz::vfio_user {

/// What of the host's device is proven before the guest sees it. The check values of zlib and gzip data always are; raw data
/// has none, so that with kAll the cores decompress it.
enum class Proof : std::uint8_t {
    kAll,   ///< all that it has compressed is decoded and compared
    kSome,  ///< the first packets, and one in so many
    kNone,
};

struct HostOptions {
    Proof proof = Proof::kAll;
    unsigned queues = 32;  ///< kept open at most, 1..1024
    /// For one packet of the guest's, in all: what takes longer is lost
    std::uint32_t patience_us = 4'000'000;
    /// After a lost queue, a lie or several failures in a row; doubled each time, up to a minute
    std::uint32_t pause_us = 1'000'000;
};

/// Any thread.
class HostDevice final : public accelerator::Backing {
  public:
    /// name  of the device node, with or without "/dev/"; "device" is the nearest one
    /// returns null, and the reason in `problem`, when there is none that the library can use
    [[nodiscard]] static std::shared_ptr<HostDevice> find(std::string_view name,
                                                          const HostOptions& options,
                                                          std::string& problem);
    /// Throws std::bad_alloc.
    HostDevice(std::shared_ptr<device::Device> device, const HostOptions& options);
    ~HostDevice() override;

    [[nodiscard]] std::unique_ptr<Engine> open() override;
    [[nodiscard]] const char* name() const noexcept { return device_->info().name; }

    // For engines:
    [[nodiscard]] const HostOptions& options() const noexcept { return options_; }
    /// A queue, if one is to be had and the device is not left alone now. With `is_needed` nothing else will do: it is
    /// waited for, and the pause does not count.
    [[nodiscard]] device::QueueLease lease(device::Operation operation, bool is_needed) noexcept;
    /// Whether what was just compressed is to be decoded.
    [[nodiscard]] bool wants_proof() noexcept;

    enum class Fate : std::uint8_t {
        kDone,    ///< and proven, as far as it was to be
        kFailed,  ///< by its own word
        kLost,    ///< no answer in time, or nonsense
        kLie,     ///< the bytes are not what they should be
    };
    void report(Fate fate) noexcept;

  private:
    const std::shared_ptr<device::Device> device_;
    const HostOptions options_;
    device::Device* const devices_[1];
    device::QueuePool* pool_ = nullptr;
    std::atomic<std::uint32_t> failures_{0};  // in a row
    std::atomic<std::uint32_t> pauses_{0};    // since it last did something well
    std::atomic<std::uint32_t> unproven_{0};  // packets since a proof failed, or since the start
    std::atomic<std::uint64_t> paused_until_ns_{0};
};

}  // namespace warpz::vfio_user

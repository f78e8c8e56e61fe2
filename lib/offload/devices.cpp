// SPDX-License-Identifier: Zlib
// Discovery by configuration; see devices.hpp.
#include "offload/devices.hpp"

#include <pthread.h>

#include <cstring>
#include <new>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "device/model/model_device.hpp"
#include "device/uacce_device.hpp"
#include "engine/stats.hpp"
#include "offload/break_even.hpp"

namespace warpz::offload {
namespace {

using device::Device;
using device::Outcome;
using device::UacceDevice;
using device::UacceNode;

/// Failed jobs in a row after which a device is left alone, and for how long.
constexpr std::uint32_t kMostFailures = 3;
constexpr std::uint64_t kPauseNs = 1'000'000'000;
/// Packets that are decoded before a device is trusted, and then one in so many: at level 6 the decoding of a packet takes a
/// tenth of what encoding it would.
constexpr std::uint32_t kFirstProofs = 16;
constexpr std::uint32_t kProofInterval = 64;
/// How long the answer "all queues are taken" holds.
constexpr std::uint64_t kBusyNs = 1'000'000;

constinit Devices g_devices;
constinit std::atomic<bool> g_has_devices{false};
constinit pthread_once_t g_once = PTHREAD_ONCE_INIT;
alignas(UacceDevice) constinit std::byte g_uacce[Devices::kMaxDevices][sizeof(UacceDevice)];

// dlclose() leaves no descriptor behind. The pool itself stays: at exit() other threads may still hold leases.
[[gnu::destructor]] void close_idle_queues() {
    if (g_has_devices.load(std::memory_order_acquire)) g_devices.close_idle();
}

}  // namespace

void Devices::add(Device& device) noexcept {
    if (count_ == kMaxDevices) return;
    devices_[count_++] = &device;
    formats_ |= device.info().formats;
}

void Devices::open_pool(const device::PoolOptions& options) noexcept {
    if (count_ == 0) return;
    const auto pool = device::QueuePool::create({devices_, count_}, options);
    if (!pool) return;
    pool_ = *pool;
    log_once(Event::kDevice, LogLevel::kInfo,
             (Text<128>() << "devices: " << count_ << ", the first is " << devices_[0]->info().name)
                 .view());
    g_has_devices.store(true, std::memory_order_release);
}

void Devices::discover() noexcept {
    if (g_has_devices.load(std::memory_order_acquire)) return;  // installed
    const Config& chosen = config();
    if (chosen.device == DeviceChoice::kNone) return;
    if (chosen.device == DeviceChoice::kModel) {
        const auto model = device::model::ModelDevice::create({});
        if (model) g_devices.add(**model);
    } else {
        UacceNode nodes[kMaxDevices];
        const std::size_t found = device::find_uacce_nodes({}, nodes);
        for (std::size_t i = 0; i < found; ++i) {
            const bool is_named = std::strcmp(nodes[i].info.name, chosen.device_name) == 0;
            if (chosen.device == DeviceChoice::kUacce && !is_named) continue;
            g_devices.add(*::new (g_uacce[i]) UacceDevice(nodes[i], {}));
        }
    }
    g_devices.open_pool({});
}

Devices* Devices::of_process() noexcept {
    pthread_once(&g_once, discover);
    return g_has_devices.load(std::memory_order_acquire) ? &g_devices : nullptr;
}

void Devices::install(std::span<Device* const> devices,
                      const device::PoolOptions& options) noexcept {
    for (Device* device : devices) g_devices.add(*device);
    g_devices.open_pool(options);
}

Result<device::QueueLease> Devices::lease(device::Operation operation, const Device* only,
                                          std::uint32_t wait_us) noexcept {
    auto lease = pool_->lease(operation, only, wait_us);
    if (lease.status() == Status::kBusy) {
        log_once(Event::kBusy, LogLevel::kInfo, "all queues are taken; software goes on");
        busy_until_ns_.store(monotonic_ns() + kBusyNs, std::memory_order_relaxed);
    }
    return lease;
}

engine::DeviceState Devices::state() noexcept {
    const std::uint64_t paused = paused_until_ns_.load(std::memory_order_relaxed);
    const std::uint64_t busy = busy_until_ns_.load(std::memory_order_relaxed);
    if (paused == 0 && busy == 0) return engine::DeviceState::kReady;
    const std::uint64_t now = monotonic_ns();
    if (now < paused) return engine::DeviceState::kSick;
    return now < busy ? engine::DeviceState::kBusy : engine::DeviceState::kReady;
}

bool Devices::has_format(device::Format format) const noexcept {
    return (formats_ >> static_cast<unsigned>(format) & 1) != 0;
}

bool Devices::copies() const noexcept {
    for (const Device* device : std::span(devices_, count_)) {
        if (device->info().address_mode == device::AddressMode::kBounce) return true;
    }
    return false;
}

bool Devices::wants_proof() noexcept {
    if (config().verify != Verify::kSome) return config().verify == Verify::kAll;
    const std::uint32_t before = unproven_.fetch_add(1, std::memory_order_relaxed);
    return before < kFirstProofs || before % kProofInterval == 0;
}

void Devices::report_proof(bool is_good) noexcept {
    if (is_good) return;
    log_once(Event::kVerify, LogLevel::kError, "a device's output did not decode");
    engine::stats().verify_failures.add();
    unproven_.store(0, std::memory_order_relaxed);
    report(Outcome::kFailed);
}

void Devices::report(Outcome outcome) noexcept {
    if (outcome <= Outcome::kStreamEnd) {
        if (failures_.load(std::memory_order_relaxed) != 0) {
            failures_.store(0, std::memory_order_relaxed);
        }
        return;
    }
    if (outcome == Outcome::kLost) {
        log_once(Event::kFault, LogLevel::kWarning, "a queue was lost; software goes on");
    } else if (outcome == Outcome::kFailed) {
        log_once(Event::kFailedJob, LogLevel::kWarning, "a device failed a job; software does it");
    }
    const std::uint32_t failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (outcome == Outcome::kLost || failures >= kMostFailures) {
        paused_until_ns_.store(monotonic_ns() + kPauseNs, std::memory_order_relaxed);
    }
}

}  // namespace warpz::offload

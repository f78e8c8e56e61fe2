// SPDX-License-Identifier: Zlib
#include "host_device.hpp"

#include <algorithm>
#include <new>

#include "base/clock.hpp"
#include "device/uacce_device.hpp"
#include "host_engine.hpp"

namespace warpz::vfio_user {
namespace {

using device::NodeVerdict;
using device::UacceNode;

constexpr std::uint32_t kMostFailures = 3;
constexpr std::uint64_t kMaxPauseUs = 60'000'000;
/// For a queue that another engine has.
constexpr std::uint32_t kQueueWaitUs = 1'000'000;
// As the library's own streams have it (offload/devices.cpp).
constexpr std::uint32_t kFirstProofs = 16;
constexpr std::uint32_t kProofInterval = 64;

const char* reason_of(NodeVerdict verdict) noexcept {
    switch (verdict) {
        case NodeVerdict::kNoAlgorithm:
            return "it has none of zlib, gzip and deflate";
        case NodeVerdict::kNoRegions:
            return "its regions are missing or too small";
        case NodeVerdict::kIsolated:
            return "the kernel has isolated it after too many errors";
        default:
            return "no accelerator of that name";
    }
}

device::PoolOptions pool_options(const HostOptions& options) noexcept {
    device::PoolOptions pool;
    pool.queue.job_timeout_us = options.patience_us;
    // A worker has one packet at a time.
    pool.queue.max_in_flight = 2;
    pool.max_queues = static_cast<std::uint16_t>(std::clamp(options.queues, 1U, 1024U));
    return pool;
}

}  // namespace

std::shared_ptr<HostDevice> HostDevice::find(std::string_view name, const HostOptions& options,
                                             std::string& problem) {
    UacceNode node;
    if (name == "device") {
        if (device::find_uacce_nodes({}, {&node, 1}) == 0) {
            problem = "this machine has no accelerator";
            return nullptr;
        }
    } else {
        constexpr std::string_view kFolder = "/dev/";
        if (name.starts_with(kFolder)) name.remove_prefix(kFolder.size());
        const bool is_name = !name.empty() && name.front() != '.' && name.find('/') == name.npos;
        const NodeVerdict verdict =
            is_name ? device::read_uacce_node({}, std::string(name).c_str(), node)
                    : NodeVerdict::kNoApi;
        if (verdict != NodeVerdict::kUsable) {
            problem = reason_of(verdict);
            return nullptr;
        }
    }
    return std::make_shared<HostDevice>(
        std::make_shared<device::UacceDevice>(node, device::SystemRoots{}), options);
}

HostDevice::HostDevice(std::shared_ptr<device::Device> device, const HostOptions& options)
    : device_(std::move(device)), options_(options), devices_{device_.get()} {
    const auto pool = device::QueuePool::create(devices_, pool_options(options));
    if (!pool) throw std::bad_alloc();
    pool_ = *pool;
}

HostDevice::~HostDevice() { device::QueuePool::destroy(pool_); }

std::unique_ptr<HostDevice::Engine> HostDevice::open() {
    return std::make_unique<HostEngine>(*this);
}

device::QueueLease HostDevice::lease(device::Operation operation, bool is_needed) noexcept {
    const std::uint64_t paused = paused_until_ns_.load(std::memory_order_relaxed);
    if (!is_needed && paused != 0 && monotonic_ns() < paused) return {};
    auto lease = pool_->lease(operation, nullptr, is_needed ? kQueueWaitUs : 0);
    return lease ? std::move(*lease) : device::QueueLease{};
}

bool HostDevice::wants_proof() noexcept {
    if (options_.proof != Proof::kSome) return options_.proof == Proof::kAll;
    const std::uint32_t before = unproven_.fetch_add(1, std::memory_order_relaxed);
    return before < kFirstProofs || before % kProofInterval == 0;
}

void HostDevice::report(Fate fate) noexcept {
    if (fate == Fate::kDone) {
        if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0);
        if (pauses_.load(std::memory_order_relaxed) != 0) pauses_.store(0);
        return;
    }
    // What stopped one queue has often stopped all.
    if (fate == Fate::kLost) pool_->close_idle();
    if (fate == Fate::kLie) unproven_.store(0, std::memory_order_relaxed);
    const std::uint32_t failures = failures_.fetch_add(1) + 1;
    if (fate == Fate::kFailed && failures < kMostFailures) return;
    const std::uint32_t shift = std::min(pauses_.fetch_add(1), 16U);
    const std::uint64_t pause_us = std::min(std::uint64_t{options_.pause_us} << shift, kMaxPauseUs);
    paused_until_ns_.store(monotonic_ns() + pause_us * 1000, std::memory_order_relaxed);
}

}  // namespace warpz::vfio_user

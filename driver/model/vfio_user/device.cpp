// SPDX-License-Identifier: Zlib
#include "device.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <mutex>
#include <new>

#include "guarded_copy.hpp"
#include "registers.hpp"

namespace warpz::vfio_user {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

// The accelerator's one lock. Workers of a device that is gone take it once more, so it belongs to none.
constinit std::mutex bus_lock;
using Guard = std::lock_guard<std::mutex>;

ConfigSpace::Layout layout_for(unsigned queues) {
    const unsigned vectors = queues + 1;
    const std::uint64_t table =
        (vectors * Interrupts::kTableEntryBytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    return {.control_bytes = accelerator::kControlBytes,
            .windows_bytes = std::bit_ceil(queues * accelerator::kWindowBytes),
            .msix_bytes = std::bit_ceil(table + kPageBytes),
            .pending_offset = static_cast<std::uint32_t>(table),
            .vectors = vectors};
}

std::uint64_t value_of(std::span<const std::uint8_t> bytes) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
}

}  // namespace

struct Device::Host {
    static Device& device(void* front_end) { return *static_cast<Device*>(front_end); }
    static enum warpz_access copy(void* front_end, uint32_t pasid, uint64_t address, void* bytes,
                                  size_t size, bool writes) {
        if (pasid != WARPZ_NO_PASID) return WARPZ_ACCESS_ERROR;
        return device(front_end).copy(address, {static_cast<std::uint8_t*>(bytes), size}, writes);
    }
    static void raise(void* front_end, unsigned vector) {
        device(front_end).interrupts_.raise(vector);
    }
    static bool is_master(void* front_end) { return device(front_end).config_.is_master(); }
};

Device::Device(const DeviceOptions& options, RemoteMemory& remote)
    : layout_(layout_for(options.queues)),
      remote_(remote),
      config_(layout_),
      interrupts_(layout_.vectors) {
    const warpz_backing backing{options.backing};
    const warpz_accelerator_options accelerator{.queues = options.queues,
                                                .vectors = layout_.vectors,
                                                .level = options.level,
                                                .has_sva = false,
                                                .threads = options.threads,
                                                .bytes_per_second = options.bytes_per_second,
                                                .backing = &backing};
    const warpz_host host{.front_end = this,
                          .lock = [] { bus_lock.lock(); },
                          .unlock = [] { bus_lock.unlock(); },
                          .enter_thread = admit_copy_guard,
                          .leave_thread = nullptr,
                          .copy = Host::copy,
                          .request_page = nullptr,
                          .raise = Host::raise,
                          .is_master = Host::is_master,
                          .has_pasid = nullptr};
    accelerator_ = warpz_accelerator_create(&accelerator, &host);
    if (accelerator_ == nullptr) throw std::bad_alloc();
    if (!options.fault.empty()) {
        const Guard guard(bus_lock);
        warpz_accelerator_set_fault(accelerator_, options.fault.c_str());
    }
}

Device::~Device() {
    remote_.close();
    std::unique_lock guard(bus_lock);
    warpz_accelerator_destroy(accelerator_);
    nobody_asks_.wait(guard, [this] { return asking_ == 0; });
}

/// For a worker, with the lock.
enum warpz_access Device::copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes) {
    if (!config_.is_master()) return WARPZ_ACCESS_ERROR;
    while (!bytes.empty()) {
        std::size_t part = 0;
        const Access access = memory_.copy(address, bytes, writes, part);
        if (access == Access::kRefused) return WARPZ_ACCESS_ERROR;
        if (access == Access::kAsk) {
            ++asking_;
            bus_lock.unlock();
            const bool is_done = remote_.copy(address, bytes.first(part), writes);
            bus_lock.lock();
            if (--asking_ == 0) nobody_asks_.notify_all();
            if (!is_done) return WARPZ_ACCESS_ERROR;
        }
        bytes = bytes.subspan(part);
        address += part;
    }
    return WARPZ_ACCESS_OK;
}

std::uint64_t Device::region_bytes(std::uint32_t region) const noexcept {
    switch (region) {
        case kBarControl:
            return layout_.control_bytes;
        case kBarWindows:
            return layout_.windows_bytes;
        case kBarMsix:
            return layout_.msix_bytes;
        case kRegionConfig:
            return ConfigSpace::kBytes;
        default:
            return 0;
    }
}

std::uint32_t Device::irq_count(std::uint32_t index) const noexcept {
    return index == kIrqMsix ? interrupts_.vectors() : 0;
}

bool Device::holds(std::uint32_t region, std::uint64_t offset, std::size_t size) const noexcept {
    const std::uint64_t bytes = region_bytes(region);
    return size != 0 && offset <= bytes && size <= bytes - offset;
}

int Device::read(std::uint32_t region, std::uint64_t offset, std::span<std::uint8_t> bytes) {
    if (!holds(region, offset, bytes.size())) return EINVAL;
    const Guard guard(bus_lock);
    const auto size = static_cast<unsigned>(bytes.size());
    std::uint64_t value = 0;
    switch (region) {
        case kBarControl:
            value = warpz_accelerator_read_control(accelerator_, offset, size);
            break;
        case kBarWindows:
            value = warpz_accelerator_read_window(accelerator_, offset, size);
            break;
        case kBarMsix:
            if (offset < layout_.pending_offset) {
                interrupts_.read_table(offset, bytes);
            } else {
                interrupts_.read_pending(offset - layout_.pending_offset, bytes);
            }
            return 0;
        default:
            config_.read(offset, bytes);
            return 0;
    }
    std::ranges::fill(bytes, std::uint8_t{0});
    std::memcpy(bytes.data(), &value, std::min(bytes.size(), sizeof value));
    return 0;
}

int Device::write(std::uint32_t region, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    if (!holds(region, offset, bytes.size())) return EINVAL;
    const Guard guard(bus_lock);
    const auto size = static_cast<unsigned>(bytes.size());
    switch (region) {
        case kBarControl:
            warpz_accelerator_write_control(accelerator_, offset, value_of(bytes), size);
            break;
        case kBarWindows:
            warpz_accelerator_write_window(accelerator_, offset, value_of(bytes), size);
            break;
        case kBarMsix:
            interrupts_.write_table(offset, bytes);
            break;
        default:
            if (config_.write(offset, bytes)) reset_locked();
            break;
    }
    return 0;
}

int Device::map(const DmaMap& range, std::span<Fd> fds) {
    const Guard guard(bus_lock);
    return memory_.map(range, fds);
}

int Device::unmap(const DmaUnmap& range) {
    const Guard guard(bus_lock);
    if (range.flags == kUnmapAll && range.address == 0 && range.size == 0) {
        memory_.unmap_all();
        return 0;
    }
    if (range.flags != 0) return (range.flags & kUnmapDirtyBitmap) != 0 ? ENOTSUP : EINVAL;
    return memory_.unmap(range.address, range.size);
}

int Device::set_irqs(const SetIrqs& request, std::span<const std::uint8_t> data,
                     std::span<Fd> fds) {
    const Guard guard(bus_lock);
    return interrupts_.set(request, data, fds);
}

void Device::reset() {
    const Guard guard(bus_lock);
    reset_locked();
}

void Device::reset_locked() {
    warpz_accelerator_reset(accelerator_);
    config_.reset();
    interrupts_.reset();
}

std::string Device::describe() {
    std::string text(1024, '\0');
    const Guard guard(bus_lock);
    warpz_accelerator_describe(accelerator_, text.data(), text.size());
    text.resize(text.find('\0'));
    return text;
}

}  // namespace warpz::vfio_user

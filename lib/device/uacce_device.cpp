// SPDX-License-Identifier: Zlib
#include "device/uacce_device.hpp"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <memory>

#include "warpz/zip_sqe.h"

namespace warpz::device {
namespace {

static_assert(WARPZ_ZIP_LAYOUT_HOLDS);

Status status_of(int negative_errno) noexcept {
    switch (-negative_errno) {
        case EBUSY:
            return Status::kBusy;
        case ENOMEM:
        case EMFILE:
        case ENFILE:
            return Status::kNoMemory;
        default:
            return Status::kNoDevice;
    }
}

std::size_t page_bytes() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

class UacceChannel final : public Channel {
  public:
    explicit UacceChannel(const SystemCalls& calls, int descriptor) noexcept
        : calls_(calls), descriptor_(descriptor) {}
    ~UacceChannel() = default;

    Status set_up(const UacceNode& node, Operation operation) noexcept;

    void ring_doorbell(std::uint64_t value) noexcept override {
        if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
        *doorbell_ = value;
    }
    Status wait_event(std::uint32_t timeout_us) noexcept override {
        const int result = calls_.poll(descriptor_, timeout_us);
        if (result < 0) return Status::kNoDevice;
        return result == 0 ? Status::kBusy : Status::kOk;
    }
    void stop() noexcept override {
        if (is_started_) calls_.control(descriptor_, WARPZ_UACCE_CMD_PUT_Q, nullptr);
        is_started_ = false;
    }
    void close() noexcept override {
        stop();
        unmap();
        abandon();
    }
    void abandon() noexcept override {
        calls_.close(descriptor_);
        std::destroy_at(this);
        free(this);
    }

  private:
    void unmap() noexcept {
        if (regions_.dus != nullptr) calls_.unmap(regions_.dus, regions_.dus_bytes);
        if (mmio_ != nullptr) calls_.unmap(mmio_, mmio_bytes_);
    }
    Status find_window() noexcept;
    void protect_completions() noexcept;

    const SystemCalls& calls_;
    int descriptor_;
    bool is_started_ = false;
    std::uint8_t* mmio_ = nullptr;
    std::size_t mmio_bytes_ = 0;
    volatile std::uint64_t* doorbell_ = nullptr;
};

/// From a fresh descriptor to a started queue. What it fails to finish, close() undoes.
Status UacceChannel::set_up(const UacceNode& node, Operation operation) noexcept {
    // DUS first: a device whose shared region cannot be had is not worth its doorbell.
    void* dus = calls_.map(descriptor_, node.dus_bytes, WARPZ_ZIP_REGION_DUS * page_bytes());
    if (dus == nullptr) return Status::kNoDevice;
    regions_.dus = static_cast<std::uint8_t*>(dus);
    regions_.dus_bytes = node.dus_bytes;
    void* mmio = calls_.map(descriptor_, node.mmio_bytes, WARPZ_ZIP_REGION_MMIO * page_bytes());
    if (mmio == nullptr) return Status::kNoDevice;
    mmio_ = static_cast<std::uint8_t*>(mmio);
    mmio_bytes_ = node.mmio_bytes;
    doorbell_ = reinterpret_cast<volatile std::uint64_t*>(mmio_ + WARPZ_ZIP_DOORBELL_OFFSET);

    warpz_qp_ctx context{};
    context.qc_type =
        operation == Operation::kDeflate ? WARPZ_QC_TYPE_COMPRESS : WARPZ_QC_TYPE_DECOMPRESS;
    if (const int error = calls_.control(descriptor_, WARPZ_CMD_QP_CTX, &context); error < 0) {
        return status_of(error);
    }
    if (context.id > WARPZ_ZIP_DB_QUEUE_MASK) return Status::kNoDevice;
    regions_.queue_number = context.id;

    warpz_qp_info info{};
    if (calls_.control(descriptor_, WARPZ_CMD_QP_INFO, &info) < 0) {
        // Kernels before this call have rings of one size.
        info = {WARPZ_ZIP_SQE_BYTES, WARPZ_ZIP_DEFAULT_DEPTH, WARPZ_ZIP_DEFAULT_DEPTH, 0};
    }
    const std::size_t rings = std::size_t{WARPZ_ZIP_SQE_BYTES} * info.sq_depth +
                              std::size_t{WARPZ_ZIP_CQE_BYTES} * info.cq_depth;
    if (info.sqe_size != WARPZ_ZIP_SQE_BYTES || info.sq_depth < 2 || info.cq_depth < 2 ||
        rings > WARPZ_ZIP_DUS_RX_STATUS(node.dus_bytes)) {
        return Status::kNoDevice;
    }
    regions_.sq_entries = info.sq_depth;
    regions_.cq_entries = info.cq_depth;

    if (node.info.address_mode == AddressMode::kBounce) {
        if (const Status status = find_window(); status != Status::kOk) return status;
    } else {
        protect_completions();
    }
    if (const int error = calls_.control(descriptor_, WARPZ_UACCE_CMD_START_Q, nullptr);
        error < 0) {
        return status_of(error);
    }
    is_started_ = true;
    return Status::kOk;
}

/// Without shared addresses only a driver that offers a window is of use; hisi_zip does not.
Status UacceChannel::find_window() noexcept {
    warpz_qp_window window{};
    if (calls_.control(descriptor_, WARPZ_CMD_QP_WINDOW, &window) < 0) return Status::kNoDevice;
    const std::uint64_t begin = WARPZ_ZIP_DUS_CQ_OFFSET(std::uint64_t{regions_.sq_entries}) +
                                std::uint64_t{WARPZ_ZIP_CQE_BYTES} * regions_.cq_entries;
    const std::uint64_t end = WARPZ_ZIP_DUS_RX_STATUS(regions_.dus_bytes);
    if (window.offset < begin || window.offset > end || window.length > end - window.offset ||
        window.address + window.length < window.address) {
        return Status::kNoDevice;
    }
    regions_.window = {regions_.dus + window.offset, static_cast<std::size_t>(window.length)};
    regions_.window_address = window.address;
    return Status::kOk;
}

/// Nobody in the process writes from the completion ring on. A stray store should not look like a completion.
void UacceChannel::protect_completions() noexcept {
    const std::size_t page = page_bytes();
    const std::size_t begin =
        (WARPZ_ZIP_DUS_CQ_OFFSET(std::size_t{regions_.sq_entries}) + page - 1) / page * page;
    if (begin < regions_.dus_bytes) {
        mprotect(regions_.dus + begin, regions_.dus_bytes - begin, PROT_READ);
    }
}

}  // namespace

Result<Channel*> UacceDevice::open_channel(Operation operation) noexcept {
    if (is_isolated(roots_, node_.info.name)) return Status::kNoDevice;
    char path[kMaxPathBytes];
    const std::size_t root = std::strlen(roots_.dev);
    const std::size_t name = std::strlen(node_.info.name);
    if (root + 1 + name >= sizeof path) return Status::kNoDevice;
    std::memcpy(path, roots_.dev, root);
    path[root] = '/';
    std::memcpy(path + root + 1, node_.info.name, name + 1);

    const int descriptor = calls_.open(path);
    if (descriptor < 0) return status_of(descriptor);
    void* memory = malloc(sizeof(UacceChannel));
    if (memory == nullptr) {
        calls_.close(descriptor);
        return Status::kNoMemory;
    }
    auto* channel = ::new (memory) UacceChannel(calls_, descriptor);
    const Status status = channel->set_up(node_, operation);
    if (status != Status::kOk) {
        channel->close();
        return status;
    }
    return static_cast<Channel*>(channel);
}

}  // namespace warpz::device

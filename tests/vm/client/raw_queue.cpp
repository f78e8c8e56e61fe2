// SPDX-License-Identifier: Zlib
#include "raw_queue.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace warpz::vm {
namespace {

std::uint64_t read_number(const std::string& name, const char* key) {
    std::ifstream file("/sys/class/uacce/" + name + "/" + key);
    std::uint64_t value = 0;
    if (!(file >> value)) throw std::runtime_error(name + " has no attribute " + key);
    return value;
}

std::uint64_t milliseconds_now() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

void set_address(__le32 (&words)[2], std::uint64_t address) noexcept {
    words[0] = static_cast<std::uint32_t>(address);
    words[1] = static_cast<std::uint32_t>(address >> 32);
}

}  // namespace

Node Node::find(const std::string& name) {
    return {.path = "/dev/" + name,
            .mmio_bytes = read_number(name, "region_mmio_size"),
            .dus_bytes = read_number(name, "region_dus_size"),
            .is_sva = (read_number(name, "flags") & WARPZ_UACCE_FLAG_SVA) != 0};
}

RawQueue::RawQueue(const Node& node, std::uint16_t type) : node_(node) {
    const auto require = [this](bool holds, const char* what) {
        if (holds) return;
        const int error = errno;
        close();
        throw std::system_error(error, std::generic_category(), what);
    };
    descriptor_ = ::open(node.path.c_str(), O_RDWR | O_CLOEXEC);
    require(descriptor_ >= 0, "open");
    const auto map = [&](std::size_t bytes, int region) {
        void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_,
                             region * sysconf(_SC_PAGESIZE));
        require(address != MAP_FAILED, "mmap");
        return static_cast<std::uint8_t*>(address);
    };
    dus_ = map(node.dus_bytes, WARPZ_ZIP_REGION_DUS);
    mmio_ = map(node.mmio_bytes, WARPZ_ZIP_REGION_MMIO);
    warpz_qp_ctx context{.id = 0, .qc_type = type};
    require(ioctl(descriptor_, WARPZ_CMD_QP_CTX, &context) == 0, "QP_CTX");
    number_ = context.id;
    warpz_qp_info info{};
    require(ioctl(descriptor_, WARPZ_CMD_QP_INFO, &info) == 0, "QP_INFO");
    sq_entries_ = info.sq_depth;
    cq_entries_ = info.cq_depth;
    if (!node.is_sva) require(ioctl(descriptor_, WARPZ_CMD_QP_WINDOW, &window_) == 0, "QP_WINDOW");
}

RawQueue::~RawQueue() { close(); }

void RawQueue::close() noexcept {
    if (mmio_ != nullptr) munmap(mmio_, node_.mmio_bytes);
    if (dus_ != nullptr) munmap(dus_, node_.dus_bytes);
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint32_t RawQueue::status(unsigned word) const noexcept {
    auto* words = reinterpret_cast<std::uint32_t*>(dus_ + WARPZ_ZIP_DUS_RX_STATUS(node_.dus_bytes));
    return std::atomic_ref<std::uint32_t>(words[word]).load(std::memory_order_acquire);
}

int RawQueue::start() noexcept {
    sq_tail_ = cq_head_ = 0;
    phase_ = WARPZ_ZIP_CQE_PHASE;
    return ioctl(descriptor_, WARPZ_UACCE_CMD_START_Q) == 0 ? 0 : errno;
}

int RawQueue::stop() noexcept { return ioctl(descriptor_, WARPZ_UACCE_CMD_PUT_Q) == 0 ? 0 : errno; }

void RawQueue::ring(std::uint64_t value) noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    *reinterpret_cast<volatile std::uint64_t*>(mmio_ + WARPZ_ZIP_DOORBELL_OFFSET) = value;
}

void RawQueue::ring_sq(std::uint32_t tail) noexcept {
    ring(number_ | WARPZ_ZIP_DB_COMMAND_SQ << WARPZ_ZIP_DB_COMMAND_SHIFT |
         std::uint64_t{tail} << WARPZ_ZIP_DB_INDEX_SHIFT);
}

void RawQueue::ring_cq(std::uint32_t head, bool is_armed) noexcept {
    ring(number_ | WARPZ_ZIP_DB_COMMAND_CQ << WARPZ_ZIP_DB_COMMAND_SHIFT |
         std::uint64_t{head} << WARPZ_ZIP_DB_INDEX_SHIFT |
         std::uint64_t{is_armed} << WARPZ_ZIP_DB_FLAG_SHIFT);
}

void RawQueue::submit(const warpz_zip_sqe& sqe) noexcept {
    std::memcpy(sq() + sq_tail_, &sqe, sizeof sqe);
    sq_tail_ = (sq_tail_ + 1) % sq_entries_;
    ring_sq(sq_tail_);
}

bool RawQueue::take(warpz_zip_sqe& answer, unsigned milliseconds) noexcept {
    auto* cq = reinterpret_cast<warpz_zip_cqe*>(dus_ + WARPZ_ZIP_DUS_CQ_OFFSET(sq_entries_));
    const std::uint64_t end = milliseconds_now() + milliseconds;
    std::atomic_ref<std::uint16_t> phase(cq[cq_head_].phase);
    while ((phase.load(std::memory_order_acquire) & WARPZ_ZIP_CQE_PHASE) != phase_) {
        if (is_dead() || milliseconds_now() >= end) return false;
        usleep(100);
    }
    std::memcpy(&answer, sq() + cq[cq_head_].sq_head % sq_entries_, sizeof answer);
    if (++cq_head_ == cq_entries_) {
        cq_head_ = 0;
        phase_ ^= WARPZ_ZIP_CQE_PHASE;
    }
    ring_cq(cq_head_, false);
    return true;
}

warpz_zip_sqe RawQueue::good_request(std::uint32_t in_bytes) noexcept {
    warpz_zip_sqe sqe{};
    sqe.dw7 = WARPZ_ZIP_SQE_TYPE_3 << WARPZ_ZIP_DW7_SQE_TYPE_SHIFT | WARPZ_ZIP_DW7_FINISH |
              WARPZ_ZIP_DW7_STREAM_NEW;
    sqe.dw9 = WARPZ_ZIP_REQUEST_DEFLATE | WARPZ_ZIP_WINDOW_32K << WARPZ_ZIP_DW9_WINDOW_SHIFT;
    sqe.input_length = in_bytes;
    sqe.output_length = in_bytes + in_bytes / 8 + 256;
    set_address(sqe.source_addr, window_.address);
    set_address(sqe.dest_addr, window_.address + (in_bytes + 63) / 64 * 64);
    return sqe;
}

}  // namespace warpz::vm

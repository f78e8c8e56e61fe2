// SPDX-License-Identifier: Zlib
// A queue of the kernel driver without the library: what any program may do with the device node, right or wrong. Used by
// the checks of bounds (edges.cpp), of a device that goes away (lifecycle.cpp) and by the hostile client (hostile.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "warpz/zip_sqe.h"

namespace warpz::vm {

/// What sysfs says about the device.
struct Node {
    std::string path;  ///< of the character device
    std::size_t mmio_bytes = 0;
    std::size_t dus_bytes = 0;
    bool is_sva = false;

    /// `name` as in /sys/class/uacce. Throws std::runtime_error.
    static Node find(const std::string& name);
};

class RawQueue {
  public:
    /// Opens, maps and asks; does not start. Throws std::system_error.
    RawQueue(const Node& node, std::uint16_t type);
    ~RawQueue();
    RawQueue(const RawQueue&) = delete;
    RawQueue& operator=(const RawQueue&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] const Node& node() const noexcept { return node_; }
    [[nodiscard]] std::span<std::uint8_t> dus() const noexcept { return {dus_, node_.dus_bytes}; }
    [[nodiscard]] std::span<std::uint8_t> mmio() const noexcept {
        return {mmio_, node_.mmio_bytes};
    }
    [[nodiscard]] std::uint16_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint32_t sq_entries() const noexcept { return sq_entries_; }
    [[nodiscard]] std::uint32_t cq_entries() const noexcept { return cq_entries_; }
    [[nodiscard]] const warpz_qp_window& window() const noexcept { return window_; }
    [[nodiscard]] warpz_zip_sqe* sq() const noexcept {
        return reinterpret_cast<warpz_zip_sqe*>(dus_);
    }
    [[nodiscard]] bool is_dead() const noexcept { return status(0) != 0 || status(1) != 0; }

    /// 0 or an errno.
    [[nodiscard]] int start() noexcept;
    [[nodiscard]] int stop() noexcept;

    void ring(std::uint64_t value) noexcept;
    void ring_sq(std::uint32_t tail) noexcept;
    void ring_cq(std::uint32_t head, bool is_armed) noexcept;
    /// Asks for an interrupt with the next completion.
    void arm() noexcept { ring_cq(cq_head_, true); }

    /// Writes the descriptor and rings.
    void submit(const warpz_zip_sqe& sqe) noexcept;
    /// The oldest answer, or false when there is none in time or the queue is dead.
    [[nodiscard]] bool take(warpz_zip_sqe& answer, unsigned milliseconds) noexcept;

    /// A raw deflate request on data at the front of the window, output behind it.
    [[nodiscard]] warpz_zip_sqe good_request(std::uint32_t in_bytes) noexcept;

  private:
    [[nodiscard]] std::uint32_t status(unsigned word) const noexcept;
    void close() noexcept;

    Node node_;
    int descriptor_ = -1;
    std::uint8_t* dus_ = nullptr;
    std::uint8_t* mmio_ = nullptr;
    std::uint16_t number_ = 0;
    std::uint32_t sq_entries_ = 0;
    std::uint32_t cq_entries_ = 0;
    warpz_qp_window window_{};
    std::uint32_t sq_tail_ = 0;
    std::uint32_t cq_head_ = 0;
    std::uint16_t phase_ = WARPZ_ZIP_CQE_PHASE;
};

/// The modes of the program. Each prints what it finds and returns its exit status.
int check_edges(const Node& node);
int hold_queues(const Node& node, unsigned count, unsigned seconds);
int outlive_device(const Node& node, unsigned seconds);
int work(const Node& node, unsigned seconds);
int kill_clients(const Node& node, unsigned clients);
int be_hostile(const Node& node, std::uint64_t rounds, std::uint64_t seed);

}  // namespace warpz::vm

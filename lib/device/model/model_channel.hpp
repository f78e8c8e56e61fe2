// SPDX-License-Identifier: Zlib
// One queue of the model device: both sides' view of the rings, and the step that executes one descriptor.
#pragma once

#include "device/model/model_device.hpp"

namespace warpz::device::model {

class ModelChannel final : public Channel, private DeviceMemory {
  public:
    /// Maps rings, window and status words. Null when there is no memory.
    [[nodiscard]] static ModelChannel* create(ModelDevice& device, Operation operation,
                                              std::uint16_t number) noexcept;

    void ring_doorbell(std::uint64_t value) noexcept override;
    void advance() noexcept override;
    Status wait_event(std::uint32_t timeout_us) noexcept override;
    void stop() noexcept override;
    void close() noexcept override;
    void abandon() noexcept override;

    /// Sets the status words: no more submissions, no more completions. The device's mutex is held.
    void go_dead() noexcept;

    /// Wakes who waits for an event or for the thread to leave.
    void signal() noexcept;

    enum class Step : std::uint8_t {
        kDone,     ///< a descriptor was dealt with
        kNothing,  ///< there is none, or the channel is stuck or stopped
        kNotYet,   ///< the next one's time is ready_ns()
    };
    /// Executes one descriptor, if one is due. One thread at a time.
    Step step(std::uint64_t now_ns) noexcept;
    [[nodiscard]] std::uint64_t ready_ns() const noexcept { return ready_ns_[sq_head_]; }

    ModelChannel* next = nullptr;  // in the device's list
    // Under the device's mutex:
    bool is_served = false;   // the device's thread is in step()
    bool is_leaving = false;  // the device's thread has to stay away

  private:
    explicit ModelChannel(ModelDevice& device) noexcept : device_(device) {}
    ~ModelChannel() = default;

    std::uint8_t* map(std::uint64_t address, std::size_t size) noexcept override;
    void destroy() noexcept;
    void plan(std::uint32_t tail) noexcept;
    bool run(Sqe& sqe, const ModelFault& fault) noexcept;
    void run_null(Sqe& sqe) const noexcept;
    void answer(const Sqe& sqe, const ModelFault& fault) noexcept;
    [[nodiscard]] Sqe* sq() const noexcept { return reinterpret_cast<Sqe*>(regions_.dus); }
    [[nodiscard]] Cqe* cq() const noexcept {
        return reinterpret_cast<Cqe*>(regions_.dus + WARPZ_ZIP_DUS_CQ_OFFSET(regions_.sq_entries));
    }

    ModelDevice& device_;
    Operation operation_ = Operation::kDeflate;
    DescriptorExecutor executor_;
    std::size_t mapped_bytes_ = 0;       // of this object and ready_ns_
    std::uint64_t* ready_ns_ = nullptr;  // by ring index, simulated time
    std::uint64_t last_ready_ns_ = 0;

    // What doorbells have said; written by the user, read by whoever executes.
    std::atomic<std::uint32_t> sq_tail_{0};
    std::atomic<std::uint32_t> cq_head_{0};
    std::atomic<bool> is_stopped_{false};

    std::uint32_t sq_head_ = 0;
    std::uint32_t cq_tail_ = 0;
    std::uint16_t phase_ = WARPZ_ZIP_CQE_PHASE;
    bool is_stuck_ = false;
    bool is_late_ = false;  // the descriptor at sq_head_ waits because of a kLate fault
    std::atomic<std::uint32_t> events_{0};  // answers and stops so far: users sleep on it
    std::uint32_t armed_events_ = 0;        // what it was when the user asked for an event
};

}  // namespace warpz::device::model

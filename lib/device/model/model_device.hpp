// SPDX-License-Identifier: Zlib
// An accelerator inside the process: rings, doorbells and status words as the protocol has them, executed by the own
// engine. For tests, for machines without silicon, and, with simulated time, for finding out what a pipeline would do
// with N engines of a given speed.
//
// Without `has_thread` the device works when its user looks (Channel::advance() and wait_event()), one descriptor at a
// time, so that runs are repeatable and nothing happens behind a test's back. With it a thread works whenever there are
// descriptors, as hardware would.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/futex.hpp"
#include "base/mutex.hpp"
#include "base/process_stamp.hpp"
#include "device/model/descriptor_executor.hpp"
#include "device/model/fault_plan.hpp"
#include "device/model/seal.hpp"
#include "device/transport.hpp"

namespace warpz::device::model {

class ModelChannel;

/// A clock for simulated time that is not the machine's. Calls come from the threads that use the device.
class ModelClock {
  public:
    [[nodiscard]] virtual std::uint64_t now_ns() noexcept = 0;
    /// Returns when now_ns() is at least `time_ns`.
    virtual void sleep_until(std::uint64_t time_ns) noexcept = 0;

  protected:
    ~ModelClock() = default;
};

struct ModelOptions {
    Generation generation = Generation::kV3;
    AddressMode address_mode = AddressMode::kShared;
    std::uint16_t queues = 16;                        ///< at most 1024
    std::uint16_t ring_entries = 1024;                ///< of both rings, at least 2
    std::size_t window_bytes = std::size_t{2} << 20;  ///< kBounce: per queue
    int level = 1;                                    ///< of the own engine, 1..9
    bool has_thread = false;

    /// No codec: packets are answered as done, deflate with a quarter of its input, inflate with all of its space, and no
    /// byte is touched. For measuring what descriptors cost, and for the simulation.
    bool is_null = false;
    /// Simulated time: a packet occupies one of `engines` for its larger side / bytes_per_second and is answered
    /// latency_us after that. 0 bytes per second and 0 us: no simulation, packets are answered at once.
    std::uint16_t engines = 1;  ///< at most kMaxEngines
    std::uint64_t bytes_per_second = 0;
    std::uint32_t latency_us = 0;
    ModelClock* clock =
        nullptr;  ///< of simulated time, without `has_thread`. Null: CLOCK_MONOTONIC

    FaultPlan faults{};

    static constexpr std::size_t kMaxEngines = 64;
    [[nodiscard]] constexpr bool is_simulated() const noexcept {
        return bytes_per_second != 0 || latency_us != 0;
    }
};

class ModelDevice final : public Device {
  public:
    [[nodiscard]] static Result<ModelDevice*> create(const ModelOptions& options) noexcept;
    /// Ends the thread. All channels have been closed.
    static void destroy(ModelDevice* device) noexcept;

    Result<Channel*> open_channel(Operation operation) noexcept override;
    unsigned available_queues() noexcept override;

    struct Stats {
        std::uint64_t descriptors;    ///< taken from rings
        std::uint64_t faults;         ///< of the plan, that struck
        std::uint64_t bad_doorbells;  ///< refused
        std::uint64_t busy_ns;  ///< simulated time that all engines together have worked until now
    };
    [[nodiscard]] Stats stats() noexcept;

  private:
    friend class ModelChannel;
    explicit ModelDevice(const ModelOptions& options) noexcept;
    ~ModelDevice() = default;

    [[nodiscard]] std::uint64_t now_ns() const noexcept;
    void adopt_process() noexcept;
    bool start_thread() noexcept;
    static void* thread_main(void* device) noexcept;
    void serve() noexcept;
    void notify_thread() noexcept;
    void stop_all(bool is_removal) noexcept;
    void forget(ModelChannel* channel) noexcept;
    std::uint64_t schedule(std::uint64_t bytes, std::uint64_t now_ns) noexcept;

    ModelOptions options_;
    SealKey key_;
    ProcessOwner owner_;
    std::atomic<std::uint64_t> next_descriptor_{0};
    std::atomic<std::uint64_t> faults_{0};
    std::atomic<std::uint64_t> bad_doorbells_{0};
    std::atomic<bool> is_removed_{false};

    std::atomic<std::uint32_t> work_{0};  // counts doorbells, and the end: the thread sleeps on it

    Mutex mutex_;  // of all below, and of the channels' shared part
    ModelChannel* channels_ = nullptr;
    std::uint16_t next_number_ = 0;
    std::uint16_t open_channels_ = 0;
    std::uint64_t list_changes_ = 0;
    bool has_thread_ = false;
    bool is_ending_ = false;
    pthread_t thread_{};
    std::uint64_t planned_ns_ = 0;  // of engines, simulated: past and to come
    std::uint64_t engine_free_ns_[ModelOptions::kMaxEngines] = {};
};

}  // namespace warpz::device::model

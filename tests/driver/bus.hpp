// SPDX-License-Identifier: Zlib
// The accelerator on a bus made of plain memory: what a kernel driver and a submitter do, register by register and entry
// by entry.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "accelerator.h"
#include "registers.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::test {

class SharedPages;

class Bus {
  public:
    static constexpr std::uint64_t kBase = 0x40000;     ///< of queue 0's region
    static constexpr std::uint32_t kLength = 0x100000;  ///< of a region
    static constexpr std::uint32_t kDepth = 16;         ///< of both rings
    static constexpr std::uint32_t kWindow = 0x10000;   ///< the bounce window's offset in a region
    static constexpr std::uint32_t kWindowBytes = 0x80000;
    static constexpr std::uint32_t kIn =
        kWindow;  ///< where descriptor() has its input, and its output
    static constexpr std::uint32_t kOut = kWindow + 0x40000;

    explicit Bus(unsigned queues = 4, unsigned threads = 0, std::uint64_t bytes_per_second = 0);
    /// With SVA, whose pages these are; they outlive the bus. `has_pasid`: whether PASID, ATS and PRI are enabled.
    Bus(SharedPages& pages, bool has_pasid);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);
    std::uint64_t counter(accelerator::Counter counter);
    void ring(unsigned queue, std::uint64_t value, unsigned size = 8);
    bool set_fault(const char* text);
    /// How many descriptors faults have struck.
    unsigned struck();
    void reset();

    static constexpr std::uint32_t context(unsigned queue, std::uint32_t offset) {
        return accelerator::kContexts + accelerator::kContextBytes * queue + offset;
    }
    /// Writes a good context for the queue and enables the device; START is the caller's.
    void program(unsigned queue, std::uint32_t type = WARPZ_QC_TYPE_COMPRESS);
    void start(unsigned queue);
    accelerator::QueueState state(unsigned queue);
    /// True once `done` is; false after ten seconds. The bus is unlocked in between.
    bool wait_for(const std::function<bool()>& done);

    /// The region of a queue.
    std::uint8_t* region(unsigned queue) { return memory_.data() + base_of(queue); }
    static std::uint64_t base_of(unsigned queue) { return kBase + queue * std::uint64_t{kLength}; }
    /// A zlib descriptor for `size` bytes at kIn, all in one packet.
    static warpz_zip_sqe descriptor(std::uint32_t size);
    /// Puts it at the tail and rings.
    void submit(unsigned queue, const warpz_zip_sqe& sqe);
    /// Completions there are, by their phase.
    unsigned completions(unsigned queue);
    warpz_zip_sqe answer(unsigned queue, unsigned index);

    std::vector<unsigned> raised;  ///< vectors, in order
    bool is_master = true;
    bool is_broken = false;  ///< every access gets an error response
    SharedPages* const shared = nullptr;
    const bool has_pasid = false;

  private:
    void create(const warpz_accelerator_options& options);

    std::vector<std::uint8_t> memory_;
    std::vector<unsigned> tails_;
    warpz_accelerator* accelerator_ = nullptr;
};

/// The lock of the front end; there is one for all.
std::mutex& bus_lock();

}  // namespace warpz::test

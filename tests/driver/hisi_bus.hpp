// SPDX-License-Identifier: Zlib
// The HiSilicon front end on a bus made of plain memory, and what mainline's driver does with it, step by step: the memory
// reset, the function table, the mailbox with a context buffer, queues, the event queues' readers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "hisi/hisi_zip.h"
#include "hisi/registers.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::test {

class HisiBus {
  public:
    static constexpr std::uint32_t kQueues = 4;
    static constexpr std::uint32_t kDepth = 16;       ///< of a queue's rings
    static constexpr std::uint32_t kEventDepth = 4;   ///< of both event queues
    static constexpr std::uint64_t kBase = 0x100000;  ///< where memory begins
    static constexpr std::uint64_t kContext = kBase;  ///< the mailbox's buffer
    static constexpr std::uint64_t kEvents = kBase + 0x1000;
    static constexpr std::uint64_t kAsyncEvents = kBase + 0x2000;
    static constexpr std::uint64_t kList = kBase + 0x8000;
    static constexpr std::uint64_t kIn = kBase + 0x100000;
    static constexpr std::uint64_t kOut = kBase + 0x200000;
    static constexpr std::uint64_t kStream = kBase + 0x300000;  ///< a stream's context
    static constexpr std::uint64_t kBytes = 0x400000;
    static constexpr std::uint32_t kPasid = 7;
    /// With kPasid memory is seen from here, page by page once it was asked for; beyond its end requests are refused.
    static constexpr std::uint64_t kShared = 0x7f0000000000;

    static constexpr std::uint64_t sq_of(unsigned queue) {
        return kBase + 0x10000 + queue * 0x4000;
    }
    static constexpr std::uint64_t cq_of(unsigned queue) { return sq_of(queue) + 0x2000; }

    explicit HisiBus(unsigned revision = WARPZ_HISI_REVISION_V3);
    ~HisiBus();
    HisiBus(const HisiBus&) = delete;
    HisiBus& operator=(const HisiBus&) = delete;

    std::uint32_t read(std::uint64_t offset);
    void write(std::uint64_t offset, std::uint64_t value, unsigned size = 4);
    void write_window(unsigned queue, std::uint64_t value, unsigned size = 8);
    bool set_fault(const char* text);
    /// How many descriptors faults have struck.
    unsigned struck();
    void reset();
    [[nodiscard]] bool is_v3() const { return revision_ == WARPZ_HISI_REVISION_V3; }
    /// True once `done` is; false after ten seconds. The bus is unlocked in between.
    static bool wait_for(const std::function<bool()>& done);

    /// Bus memory.
    std::uint8_t* at(std::uint64_t address) { return memory_.data() + (address - kBase); }
    void copy_from(std::uint64_t address, void* to, std::size_t size);
    void copy_to(std::uint64_t address, const void* from, std::size_t size);
    template <class T>
    T load(std::uint64_t address) {
        T value;
        copy_from(address, &value, sizeof value);
        return value;
    }

    // As the driver has them.
    void set_vft(std::uint32_t queues);
    /// Returns the status that the mailbox has when it is not busy any more; nothing if it stays busy.
    std::optional<std::uint32_t> mailbox(std::uint32_t command, std::uint32_t number = 0,
                                         bool reads = false, std::uint64_t address = kContext);
    std::uint32_t set_context(std::uint32_t command, std::uint32_t number,
                              const hisi::Context& context);
    std::optional<hisi::Context> get_context(std::uint32_t command, std::uint32_t number = 0);
    static hisi::Context sq_context(unsigned queue, std::uint32_t type, bool has_pasid = false);
    static hisi::Context cq_context(unsigned queue);
    /// From power-on to a device that takes queues.
    void start();
    void start_queue(unsigned queue, std::uint32_t type = WARPZ_QC_TYPE_COMPRESS,
                     bool has_pasid = false);
    void ring(unsigned queue, std::uint64_t command, std::uint64_t index, std::uint64_t flag = 0);
    void ring_events(std::uint64_t command, std::uint64_t index);
    /// Reads an event queue from where it was read to, and rings.
    std::vector<std::uint32_t> take_events(std::uint64_t command);

    /// A descriptor for all of `size` bytes at kIn in one packet, zlib format, output at kOut.
    [[nodiscard]] warpz_zip_sqe descriptor(std::uint32_t size) const;
    void submit(unsigned queue, const warpz_zip_sqe& sqe);
    /// The next completion's descriptor; nothing when there is none in time. Rings the CQ, armed or not.
    std::optional<warpz_zip_sqe> take(unsigned queue, bool arms = false);
    /// Both; with a status that no device has when nothing came.
    warpz_zip_sqe run(unsigned queue, const warpz_zip_sqe& sqe);
    unsigned status(unsigned queue, const warpz_zip_sqe& sqe) {
        return run(queue, sqe).dw3 & WARPZ_ZIP_DW3_STATUS_MASK;
    }
    [[nodiscard]] unsigned raised(unsigned vector) const { return raised_.at(vector); }

    std::atomic<bool> is_broken{false};  ///< every access gets an error response
    std::atomic<unsigned> pages_asked{0};

  private:
    struct Rings {
        unsigned tail = 0;
        unsigned head = 0;
        unsigned phase = 1;
    };
    struct Reader {
        unsigned head = 0;
        unsigned phase = 1;
    };
    friend struct HisiAccess;

    const unsigned revision_;
    std::vector<std::uint8_t> memory_;
    std::array<std::atomic<bool>, kBytes / 4096> has_page_{};
    std::array<std::atomic<unsigned>, WARPZ_HISI_VECTORS> raised_{};
    std::array<Rings, kQueues> rings_{};
    std::array<Reader, 2> readers_{};
    warpz_hisi_zip* zip_ = nullptr;
};

}  // namespace warpz::test

// SPDX-License-Identifier: Zlib
// The register front end of a HiSilicon ZIP accelerator, of which drivers make queues by mailbox. Below it is what the
// accelerator of driver/SPEC.md has, too: the workers of queues and the engine. No SR-IOV: the physical function is the only one.
// The bus's lock is held in every function.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hisi/error_block.hpp"
#include "hisi/event_ring.hpp"
#include "hisi/registers.hpp"
#include "queue_device.hpp"

namespace warpz::hisi {

class QueueManager final : public accelerator::QueueDevice {
  public:
    QueueManager(device::Generation version, unsigned queues, unsigned level,
                 const warpz_host& host);

    /// BAR 2.
    std::uint64_t read(std::uint64_t offset, unsigned size);
    void write(std::uint64_t offset, std::uint64_t value, unsigned size);
    /// BAR 4: the doorbell windows of version 3.
    void write_window(std::uint64_t offset, std::uint64_t value, unsigned size);
    /// Function level, bus and power-on reset.
    void reset();

    // For workers:
    [[nodiscard]] bool is_enabled() const noexcept override { return !has_failed_; }
    void stop_queue_with(unsigned number, accelerator::QueueCause cause) override;
    void fail() override;
    void report_bus_error() override;
    void on_full_ring(unsigned number) override;
    void notify(accelerator::Queue& queue) override;
    void on_answer(const accelerator::Queue& queue, std::uint32_t consumed, std::uint32_t produced,
                   bool is_success) override;

  private:
    /// What software gave us of a queue; it starts when both are there.
    struct Contexts {
        std::optional<Context> sq;
        std::optional<Context> cq;
    };
    /// Counters as software reads them.
    using Core = std::array<std::uint32_t, kCoreCounterEnd / 4>;

    [[nodiscard]] bool is_v3() const noexcept { return generation_ >= device::Generation::kV3; }
    [[nodiscard]] std::uint32_t& word(std::uint32_t offset) { return words_[offset / 4]; }
    [[nodiscard]] std::uint32_t read_word(std::uint32_t offset);
    void write_word(std::uint32_t offset, std::uint32_t value);
    [[nodiscard]] std::uint32_t read_core(Core& core, std::uint32_t offset);
    void reset_memory();
    void access_vft();
    [[nodiscard]] std::uint32_t queue_count() const noexcept;
    void ring_queue(unsigned number, std::uint64_t value);
    void ring_events(std::uint64_t value);
    void report_bad_doorbell();
    void raise_abnormal();
    void post_async(AsyncEvent type, unsigned number);
    void end_queue(unsigned number, accelerator::QueueCause cause);

    // The mailbox; queue_contexts.cpp.
    void take_mailbox();
    [[nodiscard]] bool is_mailbox_busy() const;
    [[nodiscard]] MailboxStatus carry_out(std::uint32_t command, std::uint32_t number, bool reads);
    [[nodiscard]] MailboxStatus access_context(std::uint32_t command, std::uint32_t number,
                                               bool reads);
    [[nodiscard]] bool set_context(std::uint32_t command, std::uint32_t number,
                                   const Context& context);
    [[nodiscard]] Context context(std::uint32_t command, std::uint32_t number);
    [[nodiscard]] bool copy(std::uint64_t address, Context& context, bool writes);
    void forget_queue(unsigned number);
    [[nodiscard]] bool start_queue(unsigned number);
    void stop_queue(unsigned number);

    std::vector<std::uint32_t> words_;  // BAR 2, where it is plain memory
    std::vector<Contexts> contexts_;
    EventRing events_;
    EventRing async_events_;
    ErrorBlock qm_errors_;
    ErrorBlock core_errors_;
    std::array<Core, 2> cores_{};  // by the queue's type
    std::array<std::uint32_t, 4> mailbox_{};
    std::optional<std::uint32_t> stopping_;  // which queue the mailbox waits for; kMaxQueues: all
    std::uint64_t vft_ = 0;
    bool has_failed_ = false;
};

}  // namespace warpz::hisi

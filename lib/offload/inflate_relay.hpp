// SPDX-License-Identifier: Zlib
// An inflating stream that may run on a device. Software reads the header; where the data begins, the device may take over
// and keep the stream to its end. Each call is a packet or some, on a queue that is leased for the time of the call. The
// software stream stays where it was then, and what the device takes from there on goes into a journal. So software can
// be brought up to date at any moment by decoding the journal again and dropping the output that the caller has: when the
// device fails or calls the data bad, when something is asked that only software knows, or when the journal is full.
//
// What a caller sees is what software shows, with these liberties while a device has the stream. Where it stands inside of
// a block is its own secret: z_stream::data_type is 0, and a wrong trailer shows when all of it is there. When a call
// leaves less output space than devices need, more input may have been taken than the output delivered so far stands
// for; the last byte of that is left with the caller until the output is delivered, as there are programs that take used-up
// input for a sign that no output is waiting (libpng).
//
// Small calls know no liberties: software follows, decoding again what each of them brought, and takes the stream back where
// it differs, until a call brings more than kFollowedBytes. A stream that begins with less goes to a device only where
// the configuration's threshold puts it there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "device/queue_pool.hpp"
#include "engine/codec.hpp"
#include "engine/inflate_stream.hpp"
#include "engine/route.hpp"
#include "offload/journal.hpp"

namespace warpz::offload {

class InflateRelay {
  public:
    /// Input of a call with which software follows. A longer one ends the following of its stream.
    static constexpr std::size_t kFollowedBytes = 12288;

    /// A relay for one stream; null when this process has no device, or no memory.
    ///
    /// has_foreign_allocator  the program wants to know what streams allocate
    [[nodiscard]] static InflateRelay* create(bool has_foreign_allocator) noexcept;
    static void destroy(InflateRelay* relay) noexcept;
    /// A relay for a copy of a stream that settle() has brought into software. False without memory.
    [[nodiscard]] static bool copy_settled(const InflateRelay* from, InflateRelay*& to) noexcept;

    /// As InflateStream::step(), here or there.
    [[nodiscard]] Status step(InflateStream& software, InflateIo& io, inflate::StopAt stop,
                              bool finishes) noexcept;

    /// Brings the software stream up to date. Afterwards it is the stream, until restart().
    void settle(InflateStream& software, const WindowSource& source) noexcept;
    /// The software stream was reset: the device may have the next stream.
    void restart() noexcept;

    /// As InflateStream::sync(), of a stream that settle() has brought into software.
    [[nodiscard]] std::size_t sync(InflateStream& software, const std::uint8_t* in,
                                   std::size_t size, bool& found) noexcept;
    /// Input that was taken from the caller and that software has yet to see.
    [[nodiscard]] std::size_t backlog_bytes() const noexcept {
        return place_ == Place::kSoftware ? journal_.size() - backlog_begin_ : 0;
    }

    [[nodiscard]] int data_type(const InflateStream& software) const noexcept;

  private:
    enum class Place : std::uint8_t {
        kHeader,    ///< software, before the data
        kStart,     ///< software, right before the first block
        kSoftware,  ///< software, for good
        kDevice,
        kEnded,  ///< on the device, complete
    };

    explicit InflateRelay(bool has_foreign_allocator) noexcept
        : has_foreign_allocator_(has_foreign_allocator) {}
    ~InflateRelay() = default;

    Status step_at_start(InflateStream& software, InflateIo& io, inflate::StopAt stop,
                         bool finishes) noexcept;
    Status step_on_device(InflateStream& software, InflateIo& io, bool finishes) noexcept;
    Status run_packets(InflateStream& software, InflateIo& io, bool finishes) noexcept;
    Status follow(InflateStream& software, InflateIo& io, Status status,
                  bool leaves_no_window) noexcept;
    Status replay(InflateStream& software, const WindowSource& source) noexcept;
    Status step_in_software(InflateStream& software, InflateIo& io, inflate::StopAt stop,
                            bool finishes) noexcept;
    [[nodiscard]] bool board(InflateStream& software, const WindowSource& source) noexcept;
    [[nodiscard]] bool take_queue(std::uint32_t wait_us) noexcept;
    void leave_queue() noexcept;

    enum class Packet : std::uint8_t { kGood, kEnd, kFailed, kCalledBad };
    Packet run_packet(InflateIo& io) noexcept;
    [[nodiscard]] engine::Route route(const InflateIo& io, inflate::StopAt stop) const noexcept;
    bool deliver_spill(InflateIo& io) noexcept;
    void take_output(InflateIo& io, const std::uint8_t* data, std::size_t size) noexcept;

    /// Output for calls that bring less space than a device needs.
    static constexpr std::size_t kSpillBytes = 4096;
    /// Up to here a journal is decoded again rather than used with a spill: software keeps exact account of input.
    static constexpr std::size_t kCheapJournalBytes = 16384;

    Place place_ = Place::kHeader;
    bool has_foreign_allocator_;
    bool has_more_ = false;          // output waits in the device
    bool is_finished_ = false;       // the device has seen the end; the spill may hold output yet
    bool leaves_no_window_ = false;  // all was done by one call, which came with Z_FINISH
    device::Format format_ = device::Format::kZlib;
    device::QueueLease lease_;                  // within a call only
    device::StreamContext* context_ = nullptr;  // owned
    const device::Device* home_ = nullptr;      // whose context it is; null before there is one
    engine::Check check_;                       // of all output of the device
    bool is_followed_ = false;           // software is where the device is, at the end of each call
    std::uint64_t delivered_bytes_ = 0;  // output of the device that software has not decoded yet
    Journal journal_;                    // input of the device that software has not decoded yet
    std::size_t backlog_begin_ = 0;      // in software: where its input in the journal goes on

    FormatError replay_error_ = FormatError::kNone;  // found in the journal, for the next call

    bool has_lent_byte_ = false;  // the journal's last byte is the caller's next one, too

    std::size_t spill_begin_ = 0;
    std::size_t spill_end_ = 0;
    std::uint8_t spill_[kSpillBytes];
};

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// One packet's worth of compression or decompression by the own engine, from memory to memory: what the silicon of a ZIP
// core does between reading a descriptor and writing it back. Knows nothing of descriptors or queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "deflate/deflater.hpp"
#include "device/device_job.hpp"
#include "device/model/stream_state.hpp"
#include "inflate/inflater.hpp"

namespace warpz::device::model {

/// The running check value and length of a stream, in ordinary numbers.
struct RunningCheck {
    std::uint32_t value = 0;  ///< Adler-32 or CRC-32; kRaw: 0
    std::uint32_t isize = 0;  ///< uncompressed bytes, modulo 2^32

    bool operator==(const RunningCheck&) const = default;
    void update(Format format, std::span<const std::uint8_t> plain) noexcept;
    [[nodiscard]] static RunningCheck start(Format format) noexcept;
};

[[nodiscard]] std::size_t trailer_bytes(Format format) noexcept;
/// The trailer as a number whose lowest byte comes first in the stream (RFC 1950 2.2, RFC 1952 2.3.1).
[[nodiscard]] std::uint64_t trailer_of(Format format, const RunningCheck& check) noexcept;

struct DeflatePacket {
    std::span<const std::uint8_t> in;  ///< not empty
    std::span<std::uint8_t> out;
    std::span<const std::uint8_t> history;  ///< input before the packet, at most kWindowBytes
    Format format;
    bool is_last;
    int level;
    unsigned window_bits;  ///< 12..15
};

enum class PacketResult : std::uint8_t {
    kDone,
    kStreamEnd,  ///< inflate: trailer and all
    kNeedSpace,  ///< deflate: the output does not fit
    kBadData,
    kBadTrailer,  ///< inflate: the check value or the length differs
};

class PacketCodec {
  public:
    /// On memory of its own, about 350 KB; null when there is none.
    [[nodiscard]] static PacketCodec* create() noexcept;
    static void destroy(PacketCodec* codec) noexcept;

    struct Counts {
        PacketResult result;
        std::size_t consumed;
        std::size_t produced;
    };

    /// Encodes all of the packet: up to a sync flush's marker, or to the end of the stream and its trailer.
    Counts deflate(const DeflatePacket& packet, RunningCheck& check) noexcept;

    /// As deflate(), for a packet whose blocks, `made` bytes, somebody else has put into its output.
    Counts adopt(const DeflatePacket& packet, std::size_t made, RunningCheck& check) noexcept;

    /// Begins the inflater's stream; or goes on with one whose state is in inflater() and whose window is given.
    void start_inflate() noexcept;
    void resume_inflate(std::span<const std::uint8_t> window) noexcept;

    /// Decodes as much as input or output space allow. `state` is updated but for the words of kind and ctx_dw1.
    Counts inflate(std::span<const std::uint8_t> in, std::span<std::uint8_t> out, Format format,
                   StreamState& state, RunningCheck& check) noexcept;

    [[nodiscard]] inflate::Inflater& inflater() noexcept { return inflater_; }
    /// Memory for store_state() and load_state().
    [[nodiscard]] SealedState& scratch() noexcept { return scratch_; }
    /// The inflater's window, oldest byte first; valid until the next call.
    [[nodiscard]] std::span<const std::uint8_t> inflate_window() noexcept;
    /// The last bytes of history and packet, at most kWindowBytes; valid until the next call.
    [[nodiscard]] std::span<const std::uint8_t> deflate_window(
        const DeflatePacket& packet) noexcept;

  private:
    PacketCodec() = default;
    ~PacketCodec() = default;

    static Counts finish(const DeflatePacket& packet, std::size_t made,
                         RunningCheck& check) noexcept;

    inflate::Inflater inflater_;
    deflate::Deflater deflater_;
    SealedState scratch_;
    std::uint8_t window_[kWindowBytes + inflate::kWindowSlackBytes];
    std::uint8_t linear_window_[kWindowBytes];
    alignas(8) std::uint8_t deflate_memory_[deflate::MemoryLayout::of(15, 8).total_bytes];
};

}  // namespace warpz::device::model

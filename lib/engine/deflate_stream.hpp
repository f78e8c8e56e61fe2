// SPDX-License-Identifier: Zlib
// One compressed stream: wrapper (none, RFC 1950, RFC 1952) around a raw deflate encoder, and zlib's rules about what a
// call may do next. Speaks spans and Status; compat/abi_deflate.cpp translates from and to z_stream.
#pragma once

#include <cstdint>

#include "deflate/deflater.hpp"
#include "engine/codec.hpp"
#include "engine/route.hpp"

namespace warpz::engine {

enum class Wrap : std::uint8_t { kRaw, kZlib, kGzip };

/// The optional fields of a gzip member header (RFC 1952 2.3). Null pointers are absent fields; `name` and `comment`
/// end with a zero byte.
struct GzipFields {
    bool is_text = false;
    bool has_header_crc = false;
    std::uint32_t mtime = 0;
    std::uint8_t os = 3;
    const std::uint8_t* extra = nullptr;
    std::uint16_t extra_bytes = 0;
    const std::uint8_t* name = nullptr;
    const std::uint8_t* comment = nullptr;
};

struct DeflateSettings;

/// Where streams find the executors of lib/offload, which is above this folder.
struct DeflateOffload {
    /// An encoder for streams of these settings; null without memory.
    ChunkEncoder* (*create)(const DeflateSettings& settings) noexcept;
    /// What the process has at this moment for this level.
    Executors (*executors)(int level) noexcept;
    /// The configuration names a device or threads, so memory that a program's allocator does not see is wanted, too.
    bool is_asked_for;
};

struct DeflateSettings {
    int level;  ///< 0..12; above 9 the memory for it is fixed at creation
    deflate::Strategy strategy;
    unsigned window_bits;  ///< 9..15
    unsigned mem_level;    ///< 1..9
    Wrap wrap;
    bool may_allocate;              ///< memory beyond what create() is given may come from malloc()
    const DeflateOffload* offload;  ///< null when there is none
    /// Level 1 is for speed: ISA-L's, where it is installed and the configuration leaves the choice, if it is faster than
    /// the own engine, though its ratio is lower.
    bool prefers_speed = false;

    [[nodiscard]] deflate::MemoryLayout memory_layout() const noexcept {
        return deflate::MemoryLayout::of(window_bits, mem_level, deflate::has_sections(level));
    }
};

class DeflateStream {
  public:
    /// Prepares a stream on `memory` of settings.memory_layout().total_bytes.
    void create(const DeflateSettings& settings, std::uint8_t* memory) noexcept;
    /// Gives back what the stream allocated by itself.
    void destroy() noexcept;
    /// Makes a bytewise copy of another stream, on `memory` copied along, a stream of its own. False when it lacks
    /// memory; it must not be used or destroyed then.
    [[nodiscard]] bool adopt_copy(std::uint8_t* memory) noexcept;

    void reset() noexcept;
    /// Starts a new stream that may refer to the history of the last one.
    void reset_keep() noexcept;

    /// Where the stream stands: before its header, inside it or the data, or with its last block begun.
    enum class State : std::uint8_t { kStart, kHeader, kBusy, kFinish };
    [[nodiscard]] State state() const noexcept { return state_; }
    /// True between the header's last byte being made and the last block: ending the stream then loses data.
    [[nodiscard]] bool is_unfinished() const noexcept {
        const bool is_header_made =
            settings_.wrap == Wrap::kZlib || header_part_ == HeaderPart::kDrain;
        return state_ == State::kBusy || (state_ == State::kHeader && is_header_made);
    }
    /// True while gzip header fields can be set.
    [[nodiscard]] bool takes_gzip_fields() const noexcept {
        return settings_.wrap == Wrap::kGzip && !is_trailer_staged_;
    }
    [[nodiscard]] const DeflateSettings& settings() const noexcept { return settings_; }

    /// Applies from here on; the caller has flushed if that is needed.
    void set_params(int level, deflate::Strategy strategy) noexcept;
    void set_limits(const deflate::SearchLimits& limits) noexcept;

    /// False when a dictionary is not possible now.
    bool set_dictionary(const std::uint8_t* data, std::size_t size) noexcept;
    [[nodiscard]] Bytes dictionary() const noexcept;
    [[nodiscard]] bool has_history() const noexcept {
        return runner_ == Runner::kHelper || helper_has_rest_ || encoder_.has_history();
    }
    [[nodiscard]] bool has_open_input() const noexcept;

    [[nodiscard]] deflate::Deflater::Pending pending() const noexcept;
    [[nodiscard]] unsigned used_bits() const noexcept { return encoder_.used_bits(); }
    bool prime(unsigned count, unsigned value) noexcept;

    /// The running check value: Adler-32 or CRC-32 of the input, of a preset dictionary, or of the gzip header.
    [[nodiscard]] std::uint32_t check() const noexcept { return check_.value; }
    [[nodiscard]] deflate::Deflater::DataType data_type() const noexcept;

    /// Delivers output made by earlier calls.
    void deliver_pending(Space& out) noexcept;

    /// Encodes from `in` to `out`, advancing both.
    ///
    /// fields    gzip header fields, read while the header is written; null for the default header
    /// total_in  input bytes of the stream before this call, for the gzip trailer
    /// returns   kStreamEnd when all of a finished stream is delivered, else kOk
    Status step(Bytes& in, Space& out, Flush flush, const GzipFields* fields,
                std::uint64_t total_in) noexcept;

    /// A place for the next step()'s input, from its front on, from which it is not copied again. Empty when there is none;
    /// valid until the next call.
    [[nodiscard]] Space input_space() noexcept {
        return runner_ == Runner::kHelper ? helper_->input_space() : Space{};
    }

  private:
    bool put_zlib_header(Space& out) noexcept;
    bool put_gzip_header(Space& out, const GzipFields* fields) noexcept;
    bool put_header_bytes(Space& out, const std::uint8_t* data, std::size_t size,
                          bool has_crc) noexcept;
    void stage_trailer(std::uint64_t total_in) noexcept;
    [[nodiscard]] CheckKind check_kind() const noexcept;

    Status encode(Bytes& in, Space& out, Flush flush) noexcept;
    Status encode_behind_helper(Bytes& in, Space& out, Flush flush) noexcept;
    void choose_encoder(std::size_t offered, Flush flush) noexcept;
    [[nodiscard]] ChunkEncoder* choose_helper(std::size_t offered, Flush flush) noexcept;
    void hand_over(bool is_flush) noexcept;

    enum class HeaderPart : std::uint8_t { kFixed, kExtra, kName, kComment, kCrc, kDrain };

    DeflateSettings settings_;
    State state_;
    bool is_trailer_staged_;
    HeaderPart header_part_;
    std::uint32_t header_index_;  // bytes of the part that are staged
    Check check_;

    // At a hand-over point the stream may go from the own encoder to a helper, with the next input: to ISA-L at its start,
    // to an executor of lib/offload also after each flush. It comes back when something is asked that the helper cannot
    // do, at the latest the end or a flush. Then the own encoder goes on from the helper's history, first with what the
    // helper took and did not encode, once the helper's output is delivered.
    enum class Runner : std::uint8_t { kUndecided, kHelper, kOwn };
    Runner runner_;
    bool has_tuned_limits_;
    bool has_dictionary_;     // a preset one, and nothing encoded after it yet
    bool helper_is_lasting_;  // it may get the stream again
    // it was given the stream back and has output, or input that is not encoded
    bool helper_has_rest_;
    ChunkEncoder* helper_;  // owned
    deflate::Deflater encoder_;
};

}  // namespace warpz::engine

// SPDX-License-Identifier: Zlib
// One compressed stream: wrapper (none, RFC 1950, RFC 1952) around a raw deflate encoder, and zlib's rules about what a
// call may do next. Speaks spans and Status; compat/abi_deflate.cpp translates from and to z_stream.
#pragma once

#include <cstdint>

#include "deflate/deflater.hpp"
#include "engine/codec.hpp"

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

struct DeflateSettings {
    int level;  ///< 0..9
    deflate::Strategy strategy;
    unsigned window_bits;  ///< 9..15
    unsigned mem_level;    ///< 1..9
    Wrap wrap;

    [[nodiscard]] deflate::MemoryLayout memory_layout() const noexcept {
        return deflate::MemoryLayout::of(window_bits, mem_level);
    }
};

class DeflateStream {
  public:
    /// Prepares a stream on `memory` of settings.memory_layout().total_bytes.
    void create(const DeflateSettings& settings, std::uint8_t* memory) noexcept;
    void relocate(std::uint8_t* memory) noexcept { encoder_.relocate(memory); }

    void reset() noexcept;
    /// Starts a new stream that may refer to the history of the last one.
    void reset_keep() noexcept;

    /// Where the stream stands: before its header, inside it or the data, or with its last block begun.
    enum class State : std::uint8_t { kStart, kHeader, kBusy, kFinish };
    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const DeflateSettings& settings() const noexcept { return settings_; }

    /// Applies from here on; the caller has flushed if that is needed.
    void set_params(int level, deflate::Strategy strategy) noexcept;
    void set_limits(const deflate::SearchLimits& limits) noexcept { encoder_.set_limits(limits); }

    /// False when a dictionary is not possible now.
    bool set_dictionary(const std::uint8_t* data, std::size_t size) noexcept;
    [[nodiscard]] Bytes dictionary() const noexcept { return encoder_.dictionary(); }
    [[nodiscard]] bool has_history() const noexcept { return encoder_.has_history(); }
    [[nodiscard]] bool has_open_input() const noexcept { return encoder_.has_open_input(); }

    [[nodiscard]] deflate::Deflater::Pending pending() const noexcept { return encoder_.pending(); }
    [[nodiscard]] unsigned used_bits() const noexcept { return encoder_.used_bits(); }
    bool prime(unsigned count, unsigned value) noexcept { return encoder_.prime(count, value); }

    /// The running check value: Adler-32 or CRC-32 of the input, of a preset dictionary, or of the gzip header.
    [[nodiscard]] std::uint32_t check() const noexcept { return check_.value; }
    [[nodiscard]] deflate::Deflater::DataType data_type() const noexcept {
        return encoder_.data_type();
    }

    /// Delivers output made by earlier calls.
    void deliver_pending(Space& out) noexcept { encoder_.write(out); }

    /// Encodes from `in` to `out`, advancing both.
    ///
    /// fields    gzip header fields, read while the header is written; null for the default header
    /// total_in  input bytes of the stream before this call, for the gzip trailer
    /// returns   kStreamEnd when all of a finished stream is delivered, else kOk
    Status step(Bytes& in, Space& out, Flush flush, const GzipFields* fields,
                std::uint64_t total_in) noexcept;

  private:
    bool put_zlib_header(Space& out) noexcept;
    bool put_gzip_header(Space& out, const GzipFields* fields) noexcept;
    bool put_header_bytes(Space& out, const std::uint8_t* data, std::size_t size,
                          bool has_crc) noexcept;
    void stage_trailer(std::uint64_t total_in) noexcept;
    [[nodiscard]] CheckKind check_kind() const noexcept;

    enum class HeaderPart : std::uint8_t { kFixed, kExtra, kName, kComment, kCrc, kDrain };

    DeflateSettings settings_;
    State state_;
    bool is_trailer_staged_;
    HeaderPart header_part_;
    std::uint32_t header_index_;  // bytes of the part that are staged
    Check check_;
    deflate::Deflater encoder_;
};

}  // namespace warpz::engine

// SPDX-License-Identifier: Zlib
// Raw deflate by ISA-L, one chunk of input at a time. Each chunk is a complete unit: it is given the 32 KiB before it
// as a dictionary and ends on a byte boundary without the final bit, so nothing of ISA-L's own state outlives a call,
// the stream can go over to another encoder between any two chunks, and the bytes made depend on neither the caller's
// call sizes nor on what the caller asks for later. The last bytes of a stream are always left to the other encoder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/codec.hpp"
#include "format/text_rule.hpp"

namespace warpz::isal {

class IsalDeflater {
  public:
    /// Two stored blocks of the largest size. Smaller chunks cost speed (485 MB/s at one, 534 at two, 549 at four; the
    /// ratio falls from 3.180 to 3.175).
    static constexpr std::size_t kChunkBytes = 2 * 65535;

    /// Whether ISA-L should encode plain streams of this level (0..9): by the configuration, by what is measured to
    /// win, and by whether it is installed (asked last, as that may load it).
    [[nodiscard]] static bool serves(int level) noexcept;

    /// A deflater for a stream at its start, on memory from malloc(), about half a megabyte; null when that fails.
    [[nodiscard]] static IsalDeflater* create(int level) noexcept;
    /// Another one in the same state.
    [[nodiscard]] IsalDeflater* clone() const noexcept;
    static void destroy(IsalDeflater* deflater) noexcept;

    /// Takes input and encodes each full chunk that more input follows, so up to kChunkBytes stay unencoded.
    ///
    /// returns  kNeedInput   all input was taken and all output delivered
    ///          kNeedOutput  no output space is left
    ///          kUnsupported ISA-L failed: the other encoder has to go on with unencoded()
    [[nodiscard]] Status step(engine::Bytes& in, engine::Space& out, engine::Check& check) noexcept;

    /// Output that is made and not delivered.
    [[nodiscard]] std::size_t pending_bytes() const noexcept { return out_end_ - out_begin_; }
    /// Delivers such output; true when none is left.
    bool deliver(engine::Space& out) noexcept;

    void discard_output() noexcept { out_begin_ = out_end_; }

    /// Input that is taken and not encoded; skip() says that the other encoder has taken some of it.
    [[nodiscard]] engine::Bytes unencoded() const noexcept {
        return {buffer_ + kHistoryBytes + skipped_, taken_ - skipped_};
    }
    void skip(std::size_t count) noexcept { skipped_ += count; }
    /// Encoded input before unencoded(), at most 32 KiB.
    [[nodiscard]] engine::Bytes history() const noexcept {
        return {buffer_ + kHistoryBytes - history_bytes_, history_bytes_};
    }
    /// The last 32 KiB of input taken.
    [[nodiscard]] engine::Bytes dictionary() const noexcept;

    /// The byte values in the stream's first 32 KiB; empty before anything is encoded.
    [[nodiscard]] const ByteSet& first_bytes() const noexcept { return first_bytes_; }

  private:
    static constexpr std::size_t kHistoryBytes = 32768;
    static constexpr std::size_t kStoredBytes = kChunkBytes + 2 * 5;  // RFC 1951 3.2.4

    bool encode(const std::uint8_t* chunk) noexcept;
    void store(const std::uint8_t* chunk) noexcept;

    [[maybe_unused]] unsigned isal_level_;  // not in a build without ISA-L
    std::size_t history_bytes_;
    std::size_t taken_;    // bytes of the chunk that is being gathered
    std::size_t skipped_;  // those of them that the other encoder has
    std::size_t out_begin_;
    std::size_t out_end_;
    ByteSet first_bytes_;
    std::uint8_t buffer_[kHistoryBytes + kChunkBytes];  // history, then the chunk at kHistoryBytes
    std::uint8_t out_[kStoredBytes];
    // behind the object: the workspace that ISA-L has during encode()
};

}  // namespace warpz::isal

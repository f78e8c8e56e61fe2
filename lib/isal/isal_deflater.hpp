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

class IsalDeflater final : public engine::ChunkEncoder {
  public:
    /// Two stored blocks of the largest size. Smaller chunks cost speed (485 MB/s at one, 534 at two, 549 at four; the
    /// ratio falls from 3.180 to 3.175).
    static constexpr std::size_t kChunkBytes = 2 * 65535;

    /// A deflater for a stream at its start, of a level that serves() has said to be ISA-L's, on memory from malloc(), about half a megabyte; null when that fails.
    [[nodiscard]] static IsalDeflater* create(int level) noexcept;
    [[nodiscard]] engine::ChunkEncoder* clone() noexcept override;
    void destroy() noexcept override;

    /// For streams at their start only: there is no state yet.
    void begin(const engine::HandOver&) noexcept override {}
    /// Up to kChunkBytes stay unencoded.
    [[nodiscard]] Status step(engine::Bytes& in, engine::Space& out,
                              engine::Check& check) noexcept override;
    void give_back(bool) noexcept override {}
    bool set_params(int, int) noexcept override { return false; }

    [[nodiscard]] std::size_t pending_bytes() const noexcept override {
        return out_end_ - out_begin_;
    }
    bool deliver(engine::Space& out) noexcept override;
    void discard_output() noexcept override { out_begin_ = out_end_; }

    [[nodiscard]] engine::Bytes unencoded() const noexcept override {
        return {buffer_ + kHistoryBytes + skipped_, taken_ - skipped_};
    }
    void skip(std::size_t count) noexcept override { skipped_ += count; }
    [[nodiscard]] bool has_encoded() const noexcept override { return history_bytes_ != 0; }
    [[nodiscard]] engine::Bytes history() const noexcept override {
        return {buffer_ + kHistoryBytes - history_bytes_, history_bytes_};
    }
    [[nodiscard]] engine::Bytes dictionary() const noexcept override;
    [[nodiscard]] const ByteSet& first_bytes() const noexcept override { return first_bytes_; }

  private:
    IsalDeflater() noexcept = default;

    static constexpr std::size_t kHistoryBytes = 32768;
    static constexpr std::size_t kStoredBytes = kChunkBytes + 2 * 5;  // RFC 1951 3.2.4

    void encode(const std::uint8_t* chunk) noexcept;
    void store(const std::uint8_t* chunk) noexcept;

    int level_;
    std::size_t history_bytes_;
    std::size_t taken_;    // bytes of the chunk that is being gathered
    std::size_t skipped_;  // those of them that the other encoder has
    std::size_t out_begin_;
    std::size_t out_end_;
    ByteSet first_bytes_;
    std::uint8_t buffer_[kHistoryBytes + kChunkBytes];  // history, then the chunk at kHistoryBytes
    std::uint8_t out_[kStoredBytes];
    // behind the object: ISA-L's workspace
};

}  // namespace warpz::isal

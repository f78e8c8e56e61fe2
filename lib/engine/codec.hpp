// SPDX-License-Identifier: Zlib
// Words that every encoder and decoder of the library shares: flush values, byte spans that are consumed from the front,
// the running check value, and the interface of encoders that take a stream for a while.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "checksum/adler32.hpp"
#include "checksum/crc32.hpp"
#include "format/text_rule.hpp"

namespace warpz::engine {

/// zlib's flush values, in zlib's numbering.
enum class Flush : std::uint8_t { kNone, kPartial, kSync, kFull, kFinish, kBlock, kTrees };

/// zlib's order of flushes: a flush that follows another without new input does something only when it ranks higher.
[[nodiscard]] constexpr int flush_rank(int flush) noexcept {
    return flush * 2 - (flush > 4 ? 9 : 0);
}

/// Input that is consumed from the front.
struct Bytes {
    const std::uint8_t* next = nullptr;
    std::size_t avail = 0;

    void advance(std::size_t count) noexcept {
        next += count;
        avail -= count;
    }
};

/// Output space that is filled from the front.
struct Space {
    std::uint8_t* next = nullptr;
    std::size_t avail = 0;

    void advance(std::size_t count) noexcept {
        next += count;
        avail -= count;
    }
};

/// Which check value a wrapper carries over the uncompressed bytes.
enum class CheckKind : std::uint8_t { kNone, kAdler32, kCrc32 };

struct Check {
    CheckKind kind = CheckKind::kNone;
    std::uint32_t value = 0;

    void update(const std::uint8_t* data, std::size_t size) noexcept {
        if (kind == CheckKind::kAdler32) value = checksum::adler32_in_stream(value, data, size);
        if (kind == CheckKind::kCrc32) value = checksum::crc32(value, data, size);
    }
};

/// What an encoder leaves to the one after it at a hand-over point, between blocks.
struct HandOver {
    Bytes history;           ///< the last input encoded, at most one window; valid for the call
    unsigned bits = 0;       ///< output bits that fill no byte yet
    unsigned bit_count = 0;  ///< 0..7
    /// The history is a preset dictionary, which what comes next should refer to
    bool has_dictionary = false;
};

/// An encoder that takes a stream from the own one and gives it back: ISA-L, or a device or pool of lib/offload. It
/// encodes in chunks that end on byte boundaries, so the stream can be given back after each of them. Input that it has
/// taken and not encoded by then is given back, too.
class ChunkEncoder {
  public:
    /// Takes the stream at a hand-over point. Once, or whenever it has been given back and drained.
    virtual void begin(const HandOver& state) noexcept = 0;

    /// Takes input and encodes chunks of it; a chunk is encoded only when more input follows it.
    ///
    /// returns  kNeedInput   all input was taken; output that is ready was delivered
    ///          kNeedOutput  no output space is left
    ///          kUnsupported it cannot go on: the other encoder has to, with unencoded()
    virtual Status step(Bytes& in, Space& out, Check& check) noexcept = 0;

    /// Where step() would copy its input to: what is put there and given to the next step() is not copied. Empty where
    /// there is no such place.
    virtual Space input_space() noexcept { return {}; }

    /// The stream goes back: step() is not called until the next begin(). With `is_flush` because all input taken shall
    /// appear in the output, so that what is worth it may be encoded yet.
    virtual void give_back(bool is_flush) noexcept = 0;

    /// New parameters for what is encoded from now on. False when the stream has to be given back for that.
    virtual bool set_params(int level, int strategy) noexcept = 0;

    /// Delivers output. Between step()s what is ready; after give_back() it waits. True when none is left.
    virtual bool deliver(Space& out) noexcept = 0;
    /// Output bytes that are known to be ready and did not fit where they were last delivered.
    [[nodiscard]] virtual std::size_t pending_bytes() const noexcept = 0;
    virtual void discard_output() noexcept = 0;

    /// Input taken and not encoded; skip() says that the other encoder has taken some of it.
    [[nodiscard]] virtual Bytes unencoded() const noexcept = 0;
    virtual void skip(std::size_t count) noexcept = 0;
    /// True when anything was encoded since begin(): then the other encoder goes on behind history(), on a byte boundary.
    [[nodiscard]] virtual bool has_encoded() const noexcept = 0;
    /// Encoded input before unencoded(), at most one window.
    [[nodiscard]] virtual Bytes history() const noexcept = 0;
    /// The last input taken, at most one window.
    [[nodiscard]] virtual Bytes dictionary() const noexcept = 0;
    /// Byte values at the start of what was encoded since begin().
    [[nodiscard]] virtual const ByteSet& first_bytes() const noexcept = 0;

    /// Another one in the same state; null without memory.
    [[nodiscard]] virtual ChunkEncoder* clone() noexcept = 0;
    virtual void destroy() noexcept = 0;

  protected:
    ~ChunkEncoder() = default;
};

}  // namespace warpz::engine

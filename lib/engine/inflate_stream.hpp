// SPDX-License-Identifier: Zlib
// A decompressing stream: raw deflate, zlib or gzip around the raw inflater, with header, check values, dictionary,
// window, reset and resynchronisation. It relies on lib/format for headers and on lib/inflate for blocks; its
// behaviour after every call is zlib's inflate.c.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "format/bit_reader.hpp"
#include "format/format_error.hpp"
#include "format/gzip_header.hpp"
#include "inflate/inflater.hpp"

namespace warpz {

/// Which wrappers a stream accepts.
struct InflateFormat {
    /// log2 of the largest window, 8-15; 0 takes it from the zlib header
    unsigned window_bits = 15;
    bool zlib = true;   ///< RFC 1950
    bool gzip = false;  ///< RFC 1952; both: told apart by the first bytes; none: raw
};

/// Where a stream gets its window from. Like zlib, it asks when the window is first needed: a stream that is decoded in
/// one call never does.
struct WindowSource {
    /// Storage of `size_bytes`, null when there is none.
    std::uint8_t* (*take)(void* owner, std::size_t size_bytes) noexcept;
    void* owner;
};

/// What one step reads, writes and reports. The buffers are the caller's; nothing is kept of them.
struct InflateIo {
    const std::uint8_t* in = nullptr;  ///< advanced over what was consumed
    const std::uint8_t* in_end = nullptr;
    std::uint8_t* out = nullptr;  ///< advanced over what was produced
    std::uint8_t* out_end = nullptr;
    GzipHeaderFields* header = nullptr;    ///< where a gzip header goes, may be null
    const WindowSource* source = nullptr;  ///< asked for a window when one is needed first

    bool sets_check = false;  ///< `check` is new (z_stream::adler)
    std::uint32_t check = 0;
    FormatError error = FormatError::kNone;  ///< the error, in the step that finds it
};

class InflateStream {
  public:
    using StopAt = inflate::StopAt;

    InflateStream() noexcept {}  // reset() makes it a stream

    /// Bytes of storage that the window takes. sync() can lead past a header that was to tell the window's size: such a
    /// stream decodes with a window of one byte, but a reset keeps the storage, and the next header may ask for all of it.
    [[nodiscard]] std::size_t window_storage_bytes() const noexcept {
        const unsigned bits = window_bits_ != 0 ? window_bits_ : kMaxWindowBits;
        return (std::size_t{1} << bits) + inflate::kWindowSlackBytes;
    }
    /// Takes storage for the window now, so that no later step can lack it. False when there is none; nothing changes.
    [[nodiscard]] bool reserve_window(const WindowSource& source) noexcept {
        std::uint8_t*& bytes = inflater_.window.bytes;
        if (bytes == nullptr) bytes = source.take(source.owner, window_storage_bytes());
        return bytes != nullptr;
    }
    /// As if a call that came with Z_FINISH and reached the data's end had done all since the window was last unused.
    void forget_window_of_last_call() noexcept {
        if (sequence_ >= Sequence::kDataCheck) inflater_.window.forget();
    }
    /// Tells the stream where its window lives, null for nowhere yet; also after the stream was copied.
    void bind_window(std::uint8_t* storage) noexcept { inflater_.window.bytes = storage; }
    [[nodiscard]] std::uint8_t* window_storage() const noexcept { return inflater_.window.bytes; }
    [[nodiscard]] unsigned window_bits() const noexcept { return window_bits_; }

    /// Begins a new stream of `format`; the window is forgotten.
    void reset(const InflateFormat& format) noexcept;
    /// Begins a new stream of the same format, wrapper and checking as they are now; the window is forgotten.
    void reset() noexcept;
    /// The same, with the window kept.
    void reset_keeping_window() noexcept;

    /// Decodes until input or output runs out, or a stop, the end or an error is reached.
    ///
    /// finishes  the caller expects the end of the stream in this step (Z_FINISH); decides whether output is kept
    ///           as a window for steps that are not to come
    /// returns   kOk, kStreamEnd, kNeedDict, kBadData, kUnsupported while sync() has not found its point, or
    ///           kNoMemory for good once there was no window to be had
    [[nodiscard]] Status step(InflateIo& io, StopAt stop, bool finishes) noexcept;

    /// After kNeedDict: the dictionary asked for; kBadData when its Adler-32 is another. Raw: any time. kNoMemory as for
    /// step().
    [[nodiscard]] Status set_dictionary(const std::uint8_t* bytes, std::size_t size,
                                        const WindowSource& source) noexcept;
    [[nodiscard]] bool accepts_dictionary() const noexcept {
        return wrap_ == 0 || sequence_ == Sequence::kDictionary;
    }
    /// The window: what a stream that goes on from here could refer to.
    [[nodiscard]] const inflate::Window& window() const noexcept { return inflater_.window; }

    /// Looks for an empty stored block's 00 00 FF FF, from the bits held and then in `in`. Returns the bytes of `in`
    /// passed. True `found`: the next step goes on at the block after it, without checking.
    [[nodiscard]] std::size_t sync(const std::uint8_t* in, std::size_t size, bool& found) noexcept;

    /// Inserts bits before the input. False when they do not fit (more than 16, or 32 in all).
    [[nodiscard]] bool prime(unsigned count, unsigned value) noexcept;
    void drop_held_bits() noexcept { reader_.clear(); }
    [[nodiscard]] unsigned held_bits() const noexcept { return reader_.bits; }

    /// Turns the checking of check values on or off. Raw streams have none.
    void set_verifies(bool verifies) noexcept;
    [[nodiscard]] bool verifies() const noexcept { return (wrap_ & kVerify) != 0; }
    [[nodiscard]] bool accepts_gzip() const noexcept { return (wrap_ & kWrapGzip) != 0; }
    /// The header has not been left behind yet.
    [[nodiscard]] bool in_header() const noexcept { return sequence_ <= Sequence::kGzipHeader; }
    /// What z_stream::adler begins with; only with a wrapper.
    [[nodiscard]] bool has_wrapper() const noexcept { return wrap_ != 0; }
    [[nodiscard]] std::uint32_t initial_check() const noexcept { return wrap_ & kWrapZlib; }

    /// Which wrapper the data has, once its header is read.
    enum class WrapperKind : std::uint8_t { kNone, kZlib, kGzip };
    [[nodiscard]] WrapperKind wrapper() const noexcept {
        if (wrap_ == 0) return WrapperKind::kNone;
        return wrapper_ == Wrapper::kGzip ? WrapperKind::kGzip : WrapperKind::kZlib;
    }
    /// The header was read and nothing after it; only in the step that a stop at block boundaries ended.
    [[nodiscard]] bool at_first_block() const noexcept {
        return sequence_ == Sequence::kBlocks && inflater_.at_boundary() && total_out_ == 0;
    }
    /// Something that a decoder starting at the next byte would not know: held bits, a window, a small window size, or that
    /// check values do not count.
    [[nodiscard]] bool holds_state() const noexcept {
        return reader_.bits != 0 || inflater_.window.have_bytes != 0 || has_dictionary_ ||
               (window_bits_ != 0 && window_bits_ != 15) || (has_wrapper() && !verifies());
    }

    /// z_stream::data_type: held bits, + 64 in the last block, + 128 at a block boundary, + 256 after a block header.
    [[nodiscard]] int data_type() const noexcept;
    [[nodiscard]] bool at_sync_point() const noexcept;
    /// inflateMark(): bits of the symbol in progress in the upper half, its bytes in the lower.
    [[nodiscard]] long mark() const noexcept;
    [[nodiscard]] unsigned long codes_used() const noexcept { return inflater_.codes_used(); }

  private:
    enum class Sequence : std::uint8_t {
        kHeader,
        kGzipHeader,
        kDictionaryId,
        kDictionary,
        kBlocks,
        kDataCheck,
        kLengthCheck,
        kEnd,
        kBad,
        kNoMemory,
        kSync,
    };
    enum class Wrapper : std::uint8_t { kUnknown, kZlib, kGzip };
    enum class Next : std::uint8_t { kOn, kLeave, kLeaveAtOnce };

    static constexpr unsigned kMaxWindowBits = 15;
    static constexpr std::uint8_t kWrapZlib = 1;
    static constexpr std::uint8_t kWrapGzip = 2;
    static constexpr std::uint8_t kVerify = 4;

    Next advance(InflateIo& io, inflate::Output& out, StopAt stop) noexcept;
    Next read_header(InflateIo& io) noexcept;
    Next read_gzip_header(InflateIo& io) noexcept;
    Next read_dictionary_id(InflateIo& io) noexcept;
    Next decode_blocks(InflateIo& io, inflate::Output& out, StopAt stop) noexcept;
    Next verify_data(InflateIo& io, inflate::Output& out) noexcept;
    Next verify_length(InflateIo& io) noexcept;
    Next fail(InflateIo& io, FormatError error) noexcept;
    [[nodiscard]] bool activate_window(const WindowSource& source) noexcept;
    void start_blocks(InflateIo& io, std::uint32_t check) noexcept;
    void set_check(InflateIo& io, std::uint32_t check) noexcept;
    void add_to_check(InflateIo& io, const std::uint8_t* end) noexcept;

    Sequence sequence_;
    Wrapper wrapper_;
    Status status_;
    std::uint8_t wrap_;
    std::uint8_t window_bits_;
    std::uint8_t synced_bytes_;  // bytes of the sync pattern found so far
    bool has_dictionary_;
    std::uint32_t check_;
    std::uint64_t total_out_;
    const std::uint8_t* checked_;  // within a step: output up to here is in check_
    // within a step: output up to here is counted and not wanted in the window
    const std::uint8_t* settled_;
    BitReader reader_;
    GzipHeaderReader gzip_header_;
    inflate::Inflater inflater_;
};

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// The state behind a gzFile: what reading and writing share (File), the decompressing reader and
// the compressing writer. The gz* functions of zlib.h in this folder are thin callers of the
// operations declared here, which use the public deflate and inflate functions only. Behaviour is
// zlib.h's (1.3.2); where upstream's 1.3.2 breaks a promise of its own header, the promise wins and
// the place says so.
//
// Failures travel as in zlib: an operation returns false after set_error() has recorded code and
// text.
#pragma once

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "zlib.h"

namespace warpz::compat::gz {

/// Says what a gzFile is; doubles as a check against pointers that are no gzFile (or no longer
/// one).
enum class Kind : std::uint32_t { kNone = 0, kReader = 0x727a'6721, kWriter = 0x777a'6721 };

inline constexpr unsigned kDefaultBufferBytes = 8192;  // documented at gzbuffer()
inline constexpr unsigned kMinBufferBytes = 8;  // deflate needs this much room to finish a flush
inline constexpr unsigned kMaxTransferBytes = 1U << 30;  // per read() or write(); fits an int

/// Common head of Reader and Writer. The inherited fields are public through zlib.h, where the
/// gzgetc() macro uses them: `have` decoded bytes at `next`, `pos` the position in the uncompressed
/// data.
struct File : gzFile_s {
    Kind kind;
    int fd;
    const char* path;       // for messages; "<fd:N>" after gzdopen; behind the object, same block
    unsigned want_bytes;    // buffer size asked for; used by the first transfer
    unsigned buffer_bytes;  // buffer size in use; 0 until the first transfer allocates
    std::uint8_t* in;       // bytes that wait for inflate or deflate; its block holds `out` too
    std::uint8_t* out;      // bytes that came from inflate or deflate
    z_off64_t skip;         // pending forward seek in uncompressed bytes, run by the next transfer
    bool is_stalled;        // the last read() or write() would have blocked (EAGAIN)
    int error;              // Z_OK or the code that gzerror() reports
    char* message;          // "path: text" from malloc, or null
    z_stream strm;

    /// Records `code`, with `text` ("path: text") unless null. A fatal code empties the read
    /// buffer, so the gzgetc() macro notices. Keeps errno. Falls back to Z_MEM_ERROR when the text
    /// finds no memory.
    void set_error(int code, const char* text) noexcept;
    /// Every transfer begins with this; without an error there is no message to free either.
    void clear_error() noexcept {
        if (error != Z_OK) set_error(Z_OK, nullptr);
    }
};

/// Reading: bytes come from `fd` into `in` (buffer_bytes), through inflate into `out` (twice that),
/// or straight into `out` or the caller's memory when the file is not gzip.
struct Reader : File {
    enum class Source : std::uint8_t {
        kUnknown,  // the next bytes decide: gzip, plain, or nothing more
        kPlain,    // not a gzip file: bytes are passed on unchanged
        kGzip,     // inside a gzip member
    };
    enum class Member : std::uint8_t {
        kFirst,      // nothing of the file has been looked at
        kCandidate,  // behind a complete member; garbage here ends the file quietly
        kGenuine,  // real: from here on only errors end it early; when kUnknown, another may follow
    };
    enum class Format : std::uint8_t { kGzip, kPlain, kGzipOnly };

    Source source;
    Member member;
    Format format;     // what gzdirect() reports; kGzipOnly is mode "G" until the first look
    bool at_eof;       // read() has reported the end of the file
    bool is_past_end;  // a request asked for more than there was: gzeof()
    z_off64_t start;   // file offset at opening, where gzrewind() returns to

    /// Back to the state after opening, at the file's current offset. Buffers stay.
    void reset() noexcept;
    /// Decides `source` from the file's next bytes when it is unknown. It stays kUnknown at the end
    /// of the file and while a stalled descriptor has delivered fewer than the four bytes that
    /// tell. Allocates on the first call.
    [[nodiscard]] bool look() noexcept;
    /// Puts decoded bytes into `out`; `have` must be 0 and stays 0 only at the end or on a stall.
    /// After false, `have` may count bytes decoded before the error.
    [[nodiscard]] bool fetch() noexcept;
    /// Discards `skip` bytes, or fewer when the file ends first. A stall leaves the rest in `skip`.
    [[nodiscard]] bool run_skip() noexcept;
    /// Delivers up to `len` bytes and advances `pos`. Fewer: end of file, stall or error (see
    /// `error`).
    std::size_t read(std::uint8_t* to, std::size_t len) noexcept;

    /// Errors that keep the reader from going on; truncation and a stall do not.
    [[nodiscard]] bool is_failed() const noexcept {
        const bool is_stall = is_stalled && error == Z_ERRNO;
        return error != Z_OK && error != Z_BUF_ERROR && !is_stall;
    }
    [[nodiscard]] bool is_exhausted() const noexcept { return at_eof && strm.avail_in == 0; }
    [[nodiscard]] unsigned out_bytes() const noexcept { return buffer_bytes * 2; }
    /// Moves `n` <= have bytes from the buffer to the consumed side.
    void consume(unsigned n) noexcept;

  private:
    bool allocate() noexcept;
    bool load(std::uint8_t* to, unsigned len, unsigned& got) noexcept;
    bool refill() noexcept;
    bool decode() noexcept;
    void drop_trailing_garbage() noexcept;
};

/// Writing: small requests collect in `in` (buffer_bytes are used, the other half is room for
/// gzprintf()), deflate fills `out` (buffer_bytes), full buffers go to `fd`. Transparent files have
/// no deflate and no `out`.
struct Writer : File {
    bool is_transparent;
    bool is_between_members;  // Z_FINISH ended a member; the next data begins another
    int level;
    int strategy;
    bool is_incomplete;  // a failed write left out bytes that the caller gave; gzclose() says so
    const std::uint8_t* unwritten;  // start of what `fd` has not taken of [out, strm.next_out)

    /// Allocates buffers and the deflate state at the first use.
    [[nodiscard]] bool start() noexcept;
    /// Compresses strm's input with `flush` (a valid deflate flush value) and writes full buffers,
    /// all of it when flushing. On a stall unconsumed input stays in strm.
    [[nodiscard]] bool drain(int flush) noexcept;
    /// Ends the open member, or begins and ends an empty one when there is none yet, and writes
    /// everything.
    [[nodiscard]] bool finish() noexcept;
    /// Writes `skip` zeros, counting down `skip` as they are consumed.
    [[nodiscard]] bool run_skip() noexcept;
    /// Returns `len`, or on a stall the bytes taken so far, or 0 after an error.
    std::size_t write(const std::uint8_t* from, std::size_t len) noexcept;
    /// Bytes of `in` up to the end of the input that waits there; rewinds an empty buffer.
    [[nodiscard]] std::size_t used_bytes() noexcept;

    /// Errors that keep the writer from going on; a stall does not.
    [[nodiscard]] bool is_failed() const noexcept {
        const bool is_stall = is_stalled && (error == Z_ERRNO || error == Z_BUF_ERROR);
        return error != Z_OK && !is_stall;
    }

  private:
    std::size_t left_out(std::size_t done) noexcept;
    bool write_out(const std::uint8_t*& from, const std::uint8_t* end) noexcept;
};

/// The state behind `file` when it is open for any, reading, or writing; else null.
[[nodiscard]] inline File* any_file(gzFile file) noexcept {
    auto* state = static_cast<File*>(file);
    if (state == nullptr) return nullptr;
    return state->kind == Kind::kReader || state->kind == Kind::kWriter ? state : nullptr;
}
[[nodiscard]] inline Reader* reader(gzFile file) noexcept {
    File* state = any_file(file);
    return state != nullptr && state->kind == Kind::kReader ? static_cast<Reader*>(state) : nullptr;
}
[[nodiscard]] inline Writer* writer(gzFile file) noexcept {
    File* state = any_file(file);
    return state != nullptr && state->kind == Kind::kWriter ? static_cast<Writer*>(state) : nullptr;
}

/// The reader behind `file` when a transfer may go on: it has not failed, or bytes decoded before the failure wait
/// to be delivered first (zlib.h, gzread; zlib 1.3.2 keeps them back). Forgets an earlier stall. Z_BUF_ERROR stays
/// until gzclearerr() or a seek, because gzclose() reports an input that ended inside a member; zlib 1.3.2 forgets
/// it at the read that returns 0.
[[nodiscard]] inline Reader* ready_reader(gzFile file) noexcept {
    Reader* state = reader(file);
    if (state == nullptr) return nullptr;
    if (state->is_failed()) return state->have != 0 ? state : nullptr;
    if (state->error != Z_BUF_ERROR) state->clear_error();
    return state;
}
/// The writer behind `file` when it has not failed, with an earlier stall forgotten; else null.
[[nodiscard]] inline Writer* ready_writer(gzFile file) noexcept {
    Writer* state = writer(file);
    if (state == nullptr || state->is_failed()) return nullptr;
    state->clear_error();
    return state;
}

/// True for the errno of a non-blocking descriptor that has nothing to read or no room to write.
[[nodiscard]] inline bool is_would_block(int error_number) noexcept {
    return error_number == EAGAIN || error_number == EWOULDBLOCK;
}

/// size * count, or nothing when it exceeds z_size_t.
[[nodiscard]] inline std::optional<z_size_t> item_bytes(z_size_t size, z_size_t count) noexcept {
    z_size_t bytes = 0;
    if (__builtin_mul_overflow(size, count, &bytes)) return std::nullopt;
    return bytes;
}

}  // namespace warpz::compat::gz

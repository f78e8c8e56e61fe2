// SPDX-License-Identifier: Zlib
// The writing side below the public functions: buffers and deflate state at the first use,
// compressing what is collected, writing it to the descriptor, and zeros for a pending seek.
// Non-blocking descriptors may stop any of these part-way; what was taken is then accounted for
// exactly, so the caller's next call goes on from there.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemLevel = 8;

}  // namespace

/// `in` has twice the buffer size, which is where gzprintf() formats behind what waits; `out`
/// follows it.
bool Writer::start() noexcept {
    std::size_t block_bytes = 0;
    if (!__builtin_mul_overflow(std::size_t{want_bytes}, is_transparent ? 2 : 3, &block_bytes)) {
        in = static_cast<std::uint8_t*>(std::malloc(block_bytes));
    }
    if (in == nullptr) {
        set_error(Z_MEM_ERROR, nullptr);
        return false;
    }
    strm = z_stream{};
    if (!is_transparent) {
        if (deflateInit2(&strm, level, Z_DEFLATED, kGzipWindowBits, kMemLevel, strategy) != Z_OK) {
            std::free(in);
            in = nullptr;
            set_error(Z_MEM_ERROR, nullptr);
            return false;
        }
        out = in + std::size_t{want_bytes} * 2;
        strm.next_out = out;
        strm.avail_out = want_bytes;
        unwritten = out;
    }
    buffer_bytes = want_bytes;
    return true;
}

/// Writes [from, end) and advances `from` past what the descriptor took.
bool Writer::write_out(const std::uint8_t*& from, const std::uint8_t* end) noexcept {
    while (from != end) {
        errno = 0;
        is_stalled = false;
        const std::size_t n =
            std::min<std::size_t>(static_cast<std::size_t>(end - from), kMaxTransferBytes);
        const ssize_t count = ::write(fd, from, n);
        if (count < 0) {
            is_stalled = is_would_block(errno);
            set_error(Z_ERRNO, std::strerror(errno));
            return false;
        }
        from += count;
    }
    return true;
}

bool Writer::drain(int flush) noexcept {
    if (buffer_bytes == 0 && !start()) return false;

    if (is_transparent) {
        const std::uint8_t* from = strm.next_in;
        const std::uint8_t* const end = from + strm.avail_in;
        const bool is_good = write_out(from, end);
        strm.avail_in = static_cast<uInt>(end - from);
        strm.next_in = const_cast<z_const Bytef*>(from);
        return is_good;
    }

    if (is_between_members && strm.avail_in == 0) {
        if (flush == Z_NO_FLUSH) return true;
        // A stall may have kept back the end of the member; that is all there is to flush then.
        if (unwritten != strm.next_out) return write_out(unwritten, strm.next_out);
    }
    if (is_between_members) {
        deflateReset(&strm);
        is_between_members = false;
    }

    unsigned produced = 0;
    do {
        if (strm.avail_out == 0) {
            if (!write_out(unwritten, strm.next_out)) return false;
            strm.avail_out = buffer_bytes;
            strm.next_out = out;
            unwritten = out;
        }
        const unsigned room = strm.avail_out;
        const int ret = deflate(&strm, flush);
        if (ret == Z_STREAM_ERROR) {
            set_error(Z_STREAM_ERROR, "internal error: deflate stream corrupt");
            return false;
        }
        is_between_members = ret == Z_STREAM_END;
        produced = room - strm.avail_out;
    } while (produced != 0);
    return flush == Z_NO_FLUSH || write_out(unwritten, strm.next_out);
}

bool Writer::finish() noexcept {
    if (!is_between_members || strm.avail_in != 0) return drain(Z_FINISH);
    // gzflush(file, Z_FINISH) has ended the last member; an empty one behind it is nobody's wish.
    return write_out(unwritten, strm.next_out);
}

bool Writer::run_skip() noexcept {
    if (strm.avail_in != 0 && !drain(Z_NO_FLUSH)) return false;
    if (buffer_bytes == 0 && !start()) return false;
    std::memset(in, 0, static_cast<std::size_t>(std::min<z_off64_t>(buffer_bytes, skip)));
    do {
        const auto offered = static_cast<unsigned>(std::min<z_off64_t>(buffer_bytes, skip));
        strm.next_in = in;
        strm.avail_in = offered;
        const bool is_good = drain(Z_NO_FLUSH);
        const unsigned taken = offered - strm.avail_in;
        strm.avail_in = 0;  // zeros that were not taken are still counted in `skip`
        pos += taken;
        skip -= taken;
        if (!is_good) return false;
    } while (skip != 0);
    return true;
}

std::size_t Writer::used_bytes() noexcept {
    if (strm.avail_in == 0) strm.next_in = in;
    return static_cast<std::size_t>(strm.next_in + strm.avail_in - in);
}

/// The result of a write() that took `done` bytes only: on a stall the caller goes on from there.
std::size_t Writer::left_out(std::size_t done) noexcept {
    if (!is_failed()) return done;
    is_incomplete = true;
    return 0;
}

std::size_t Writer::write(const std::uint8_t* from, std::size_t len) noexcept {
    if (len == 0) return 0;
    if (buffer_bytes == 0 && !start()) return 0;
    if (skip != 0 && !run_skip()) return left_out(0);

    std::size_t done = 0;
    if (len < buffer_bytes) {
        for (;;) {
            // A stalled gzprintf() can leave more than buffer_bytes in use.
            const std::size_t used = used_bytes();
            const std::size_t room = used < buffer_bytes ? buffer_bytes - used : 0;
            const auto n = static_cast<unsigned>(std::min(room, len - done));
            std::memcpy(in + used, from + done, n);
            strm.avail_in += n;
            pos += n;
            done += n;
            if (done == len) return len;
            if (!drain(Z_NO_FLUSH)) return left_out(done);
        }
    }

    // Large requests are compressed in place, behind what was collected.
    if (strm.avail_in != 0 && !drain(Z_NO_FLUSH)) return left_out(0);
    do {
        const auto offered = static_cast<unsigned>(std::min<std::size_t>(len - done, UINT_MAX));
        strm.next_in = const_cast<z_const Bytef*>(from + done);
        strm.avail_in = offered;
        const bool is_good = drain(Z_NO_FLUSH);
        const unsigned taken = offered - strm.avail_in;
        strm.avail_in = 0;  // the caller keeps what was not taken, and its memory may go away
        pos += taken;
        done += taken;
        if (!is_good) return left_out(done);
    } while (done != len);
    return len;
}

}  // namespace warpz::compat::gz

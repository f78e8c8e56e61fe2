// SPDX-License-Identifier: Zlib
// The reading side below the public functions: filling the buffers from the descriptor, telling
// gzip from plain files, decoding members one after another (RFC 1952 2.2), skipping, and
// delivering bytes.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

constexpr std::uint8_t kId1 = 0x1f;  // RFC 1952 2.3.1
constexpr std::uint8_t kId2 = 0x8b;
constexpr std::uint8_t kDeflateMethod = 8;
constexpr std::uint8_t kReservedFlags = 0xe0;
constexpr unsigned kTellingBytes = 4;  // ID1, ID2, CM, FLG: what decides between gzip and plain
constexpr int kGzipWindowBits = 15 + 16;

bool is_gzip_start(const std::uint8_t* bytes) noexcept {
    return bytes[0] == kId1 && bytes[1] == kId2 && bytes[2] == kDeflateMethod &&
           (bytes[3] & kReservedFlags) == 0;
}

}  // namespace

void Reader::reset() noexcept {
    have = 0;
    at_eof = false;
    is_past_end = false;
    source = Source::kUnknown;
    member = Member::kFirst;
    is_stalled = false;
    skip = 0;
    clear_error();
    pos = 0;
    strm.avail_in = 0;
}

void Reader::consume(unsigned n) noexcept {
    have -= n;
    next += n;
    pos += n;
}

/// One block holds both buffers: `in`, then `out` of twice the size, so that plain input that was
/// read for look() fits into `out` and leaves as much room for gzungetc().
bool Reader::allocate() noexcept {
    std::size_t block_bytes = 0;
    if (!__builtin_mul_overflow(std::size_t{want_bytes}, 3, &block_bytes)) {
        in = static_cast<std::uint8_t*>(std::malloc(block_bytes));
    }
    if (in != nullptr) {
        strm = z_stream{};
        if (inflateInit2(&strm, kGzipWindowBits) == Z_OK) {
            out = in + want_bytes;
            buffer_bytes = want_bytes;
            return true;
        }
        std::free(in);
        in = nullptr;
    }
    set_error(Z_MEM_ERROR, nullptr);
    return false;
}

/// Reads until `len` bytes (> 0) are there, the file ends, or the descriptor stalls; `got` counts
/// them. False on an error, and on a stall before the first byte. errno is 0 unless read() failed.
bool Reader::load(std::uint8_t* to, unsigned len, unsigned& got) noexcept {
    is_stalled = false;
    errno = 0;
    got = 0;
    ssize_t count = 0;
    do {
        count = ::read(fd, to + got, std::min(len - got, kMaxTransferBytes));
        if (count <= 0) break;
        got += static_cast<unsigned>(count);
    } while (got < len);
    if (count == 0) at_eof = true;
    if (count >= 0) return true;
    is_stalled = is_would_block(errno);
    if (is_stalled && got != 0) return true;
    set_error(Z_ERRNO, std::strerror(errno));
    return false;
}

/// Adds input behind what is left in `in`. At the end of the file that may be nothing.
bool Reader::refill() noexcept {
    if (is_failed()) return false;
    if (at_eof) return true;
    if (strm.avail_in != 0) std::memmove(in, strm.next_in, strm.avail_in);
    unsigned got = 0;
    if (!load(in + strm.avail_in, buffer_bytes - strm.avail_in, got)) return false;
    strm.avail_in += got;
    strm.next_in = in;
    return true;
}

bool Reader::look() noexcept {
    if (buffer_bytes == 0 && !allocate()) return false;

    if (format == Format::kGzipOnly || member == Member::kGenuine) {
        // Either only gzip will do, or a member is complete and what follows is another, garbage,
        // or nothing.
        inflateReset(&strm);
        source = Source::kGzip;
        member = format == Format::kGzipOnly ? Member::kGenuine : Member::kCandidate;
        format = Format::kGzip;
        return true;
    }

    if (!refill()) return false;
    if (strm.avail_in == 0) return true;
    if (is_stalled && strm.avail_in < kTellingBytes) return true;

    if (strm.avail_in >= kTellingBytes && is_gzip_start(strm.next_in)) {
        inflateReset(&strm);
        source = Source::kGzip;
        // Damage in the first member is an error. (zlib 1.3.2 takes a first member that breaks
        // before its first byte for trailing garbage and reports an empty file.)
        member = Member::kGenuine;
        format = Format::kGzip;
        return true;
    }

    std::memcpy(out, strm.next_in, strm.avail_in);
    next = out;
    have = strm.avail_in;
    strm.avail_in = 0;
    source = Source::kPlain;
    return true;
}

/// What follows the last member is not gzip: it is ignored, like the end of the file.
void Reader::drop_trailing_garbage() noexcept {
    strm.avail_in = 0;
    at_eof = true;
    is_stalled = false;  // whatever the descriptor still has is not waited for
    source = Source::kUnknown;
    member = Member::kGenuine;  // a file that grows may still gain a member, but never becomes a
                                // plain one
}

/// Inflates into strm's output until that is full or the member, the file or the data's validity
/// ends. `next` and `have` describe the output also after a failure: what came before the damage is
/// good.
bool Reader::decode() noexcept {
    const unsigned room = strm.avail_out;
    int ret = Z_OK;
    do {
        if (strm.avail_in == 0 && !refill()) {
            ret = error;
            break;
        }
        const bool is_untouched = member == Member::kCandidate && strm.total_in == 0;
        if (strm.avail_in == 0) {
            if (is_stalled) break;
            if (is_untouched) {
                // The file ends between members, on a buffer's last byte. (zlib 1.3.2 calls such a
                // file truncated.)
                source = Source::kUnknown;
                member = Member::kGenuine;
            } else {
                set_error(Z_BUF_ERROR, "unexpected end of file");
            }
            break;
        }
        if (is_untouched && strm.next_in[0] != kId1) {
            // Decided here because inflate would wait for ID2, which may never come.
            drop_trailing_garbage();
            break;
        }

        ret = inflate(&strm, Z_NO_FLUSH);
        if (strm.avail_out < room) member = Member::kGenuine;
        if (ret == Z_STREAM_ERROR || ret == Z_NEED_DICT) {
            set_error(Z_STREAM_ERROR, "internal error: inflate stream corrupt");
            break;
        }
        if (ret == Z_MEM_ERROR) {
            set_error(Z_MEM_ERROR, nullptr);
            break;
        }
        if (ret == Z_DATA_ERROR) {
            if (member == Member::kCandidate) {
                drop_trailing_garbage();
                ret = Z_OK;
                break;
            }
            set_error(Z_DATA_ERROR, strm.msg == nullptr ? "compressed data error" : strm.msg);
            break;
        }
    } while (strm.avail_out != 0 && ret != Z_STREAM_END);

    have = room - strm.avail_out;
    next = strm.next_out - have;
    if (ret == Z_STREAM_END) {
        member = Member::kGenuine;
        source = Source::kUnknown;
        return true;
    }
    return ret == Z_OK;
}

bool Reader::fetch() noexcept {
    do {
        switch (source) {
            case Source::kUnknown:
                if (!look()) return false;
                if (source == Source::kUnknown) return true;
                break;
            case Source::kPlain: {
                unsigned got = 0;
                const bool is_loaded = load(out, out_bytes(), got);
                have = got;
                next = out;
                return is_loaded;
            }
            case Source::kGzip:
                strm.next_out = out;
                strm.avail_out = out_bytes();
                if (!decode()) return false;
                break;
        }
    } while (have == 0 && !is_exhausted());
    return true;
}

bool Reader::run_skip() noexcept {
    do {
        if (have != 0) {
            const z_off64_t n = std::min<z_off64_t>(have, skip);
            consume(static_cast<unsigned>(n));
            skip -= n;
        } else if (is_exhausted()) {
            skip = 0;  // the end is where a seek beyond it leads; gztell() then says where that is
        } else if (!fetch()) {
            return false;
        }
    } while (skip != 0);
    return true;
}

std::size_t Reader::read(std::uint8_t* to, std::size_t len) noexcept {
    if (len == 0) return 0;
    if (skip != 0 && !run_skip()) return 0;

    std::size_t done = 0;
    bool is_good = true;
    do {
        unsigned n = static_cast<unsigned>(std::min<std::size_t>(len - done, UINT_MAX));
        if (have != 0) {
            n = std::min(n, have);
            std::memcpy(to + done, next, n);
            next += n;
            have -= n;
            // An error behind the delivered bytes waits for the next call.
            is_good = error == Z_OK;
        } else if (is_exhausted()) {
            break;
        } else if (source == Source::kUnknown || n < out_bytes()) {
            // Through the buffer, so that gzgetc() finds bytes there and gzungetc() finds room.
            if (!fetch() && have == 0) is_good = false;
            continue;
        } else if (source == Source::kPlain) {
            is_good = load(to + done, n, n);
        } else {
            strm.next_out = to + done;
            strm.avail_out = n;
            is_good = decode();
            n = have;
            have = 0;
        }
        done += n;
        pos += n;
    } while (done < len && is_good);

    if (done < len && at_eof) is_past_end = true;
    return done;
}

}  // namespace warpz::compat::gz

// SPDX-License-Identifier: Zlib
// Positions: gzrewind, gzseek, gztell, gzoffset, gzeof and their 64-bit forms. A forward seek is
// only noted; the next transfer reads over or writes the bytes in between (zlib.h, gzseek).
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

/// Moves within a plain file, where uncompressed and file offsets advance together. `offset` is
/// relative.
z_off64_t seek_plain(Reader& state, z_off64_t offset) noexcept {
    if (::lseek64(state.fd, offset - z_off64_t{state.have}, SEEK_CUR) == -1) return -1;
    state.have = 0;
    state.at_eof = false;
    state.is_past_end = false;
    state.skip = 0;
    state.clear_error();
    state.strm.avail_in = 0;
    state.pos += offset;
    return state.pos;
}

bool rewind_to_start(Reader& state) noexcept {
    if (state.error != Z_OK && state.error != Z_BUF_ERROR) return false;
    if (::lseek64(state.fd, state.start, SEEK_SET) == -1) return false;
    state.reset();
    return true;
}

/// The part of a seek that waits for the next transfer. A seek that was asked for past the end
/// counts until a read has shown that the end comes first.
z_off64_t pending_skip(gzFile file, const File& state) noexcept {
    const Reader* input = reader(file);
    return input != nullptr && input->is_past_end ? 0 : state.skip;
}

/// Whether a 64-bit position fits z_off_t, which has 32 bits in some builds.
z_off_t narrow(z_off64_t position) noexcept {
    const auto narrowed = static_cast<z_off_t>(position);
    return narrowed == position ? narrowed : -1;
}

z_off64_t seek(gzFile file, z_off64_t offset, int whence) noexcept {
    File* state = any_file(file);
    if (state == nullptr) return -1;
    if (state->error != Z_OK && state->error != Z_BUF_ERROR) return -1;
    if (whence != SEEK_SET && whence != SEEK_CUR) return -1;

    // From here on `offset` is relative to pos, and a seek that was pending is superseded.
    z_off64_t target = 0;
    if (whence == SEEK_SET) {
        if (__builtin_sub_overflow(offset, state->pos, &offset)) return -1;
    } else {
        if (__builtin_add_overflow(offset, pending_skip(file, *state), &offset)) return -1;
        state->skip = 0;
    }
    if (__builtin_add_overflow(state->pos, offset, &target)) return -1;

    Reader* input = reader(file);
    if (input != nullptr && input->source == Reader::Source::kPlain && target >= 0) {
        return seek_plain(*input, offset);
    }
    if (offset < 0) {
        if (input == nullptr || target < 0 || !rewind_to_start(*input)) return -1;
        offset = target;
    }
    if (input != nullptr) {
        const auto n = static_cast<unsigned>(std::min<z_off64_t>(input->have, offset));
        input->consume(n);
        offset -= n;
    }
    state->skip = offset;
    return target;
}

}  // namespace
}  // namespace warpz::compat::gz

using namespace warpz::compat::gz;

extern "C" int ZEXPORT gzrewind(gzFile file) {
    Reader* state = reader(file);
    return state != nullptr && rewind_to_start(*state) ? 0 : -1;
}

extern "C" z_off64_t ZEXPORT gzseek64(gzFile file, z_off64_t offset, int whence) {
    return seek(file, offset, whence);
}

extern "C" z_off_t ZEXPORT gzseek(gzFile file, z_off_t offset, int whence) {
    return narrow(seek(file, offset, whence));
}

extern "C" z_off64_t ZEXPORT gztell64(gzFile file) {
    const File* state = any_file(file);
    return state == nullptr ? -1 : state->pos + pending_skip(file, *state);
}

extern "C" z_off_t ZEXPORT gztell(gzFile file) { return narrow(gztell64(file)); }

extern "C" z_off64_t ZEXPORT gzoffset64(gzFile file) {
    const File* state = any_file(file);
    if (state == nullptr) return -1;
    const z_off64_t offset = ::lseek64(state->fd, 0, SEEK_CUR);
    if (offset == -1) return -1;
    const bool is_reading = state->kind == Kind::kReader;
    return is_reading ? offset - z_off64_t{state->strm.avail_in} : offset;
}

extern "C" z_off_t ZEXPORT gzoffset(gzFile file) { return narrow(gzoffset64(file)); }

extern "C" int ZEXPORT gzeof(gzFile file) {
    const Reader* state = reader(file);
    return state != nullptr && state->is_past_end ? 1 : 0;
}

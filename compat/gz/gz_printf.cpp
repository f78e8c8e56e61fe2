// SPDX-License-Identifier: Zlib
// gzprintf and gzvprintf. The text is formatted in place, into the second half of the writer's
// input buffer, so its length is limited to one byte less than the buffer size (zlib.h, gzprintf).
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

/// Makes sure that a whole buffer size is free behind the waiting input, compressing that when it
/// reaches into the second half. False when a stall leaves too much; an error shows in state.error.
bool make_room(Writer& state) noexcept {
    if (state.used_bytes() <= state.buffer_bytes) return true;
    (void)state.drain(Z_NO_FLUSH);
    if (state.strm.avail_in != 0) {
        std::memmove(state.in, state.strm.next_in, state.strm.avail_in);
    }
    state.strm.next_in = state.in;
    return state.strm.avail_in <= state.buffer_bytes;
}

}  // namespace
}  // namespace warpz::compat::gz

using namespace warpz::compat::gz;

extern "C" int ZEXPORTVA gzvprintf(gzFile file, const char* format, va_list va) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (state->buffer_bytes == 0 && !state->start()) return state->error;
    if (state->skip != 0 && !state->run_skip()) return state->error;

    if (!make_room(*state) && state->is_stalled) {
        state->set_error(Z_BUF_ERROR, "stalled write on gzprintf");
        return state->error;
    }
    if (state->is_failed()) return state->error;

    char* const text = reinterpret_cast<char*>(state->in + state->used_bytes());
    const int len = std::vsnprintf(text, state->buffer_bytes, format, va);
    if (len <= 0 || static_cast<unsigned>(len) >= state->buffer_bytes) return 0;

    state->strm.avail_in += static_cast<unsigned>(len);
    state->pos += len;
    (void)make_room(*state);
    return state->is_failed() ? state->error : len;
}

extern "C" int ZEXPORTVA gzprintf(gzFile file, const char* format, ...) {
    va_list va;
    va_start(va, format);
    const int len = gzvprintf(file, format, va);
    va_end(va);
    return len;
}

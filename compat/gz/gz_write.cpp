// SPDX-License-Identifier: Zlib
// The public writing functions: gzwrite, gzfwrite, gzputc, gzputs, gzflush, gzsetparams. Each
// starts by finding a writer without an error (a stall is none) and forgets the error of the call
// before.
#include <cstring>

#include "gz_file.hpp"

using namespace warpz::compat::gz;

extern "C" int ZEXPORT gzwrite(gzFile file, voidpc buf, unsigned len) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return 0;
    if (len > INT_MAX) {
        state->set_error(Z_DATA_ERROR, "requested length does not fit in int");
        return 0;
    }
    return static_cast<int>(state->write(static_cast<const std::uint8_t*>(buf), len));
}

extern "C" z_size_t ZEXPORT gzfwrite(voidpc buf, z_size_t size, z_size_t nitems, gzFile file) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return 0;
    const std::optional<z_size_t> len = item_bytes(size, nitems);
    if (!len) {
        state->set_error(Z_STREAM_ERROR, "request does not fit in a size_t");
        return 0;
    }
    if (*len == 0) return 0;
    return state->write(static_cast<const std::uint8_t*>(buf), *len) / size;
}

extern "C" int ZEXPORT gzputc(gzFile file, int c) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return -1;
    if (state->skip != 0 && !state->run_skip()) return -1;

    const auto byte = static_cast<std::uint8_t>(c);
    if (state->buffer_bytes != 0) {
        if (const std::size_t used = state->used_bytes(); used < state->buffer_bytes) {
            state->in[used] = byte;
            state->strm.avail_in++;
            state->pos++;
            return byte;
        }
    }
    return state->write(&byte, 1) == 1 ? byte : -1;
}

extern "C" int ZEXPORT gzputs(gzFile file, const char* s) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return -1;
    const std::size_t len = std::strlen(s);
    if (len > INT_MAX) {
        state->set_error(Z_STREAM_ERROR, "string length does not fit in int");
        return -1;
    }
    const std::size_t done = state->write(reinterpret_cast<const std::uint8_t*>(s), len);
    return len != 0 && done == 0 ? -1 : static_cast<int>(done);
}

extern "C" int ZEXPORT gzflush(gzFile file, int flush) {
    Writer* state = ready_writer(file);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (flush < Z_NO_FLUSH || flush > Z_FINISH) return Z_STREAM_ERROR;
    if (state->skip != 0 && !state->run_skip()) return state->error;
    (void)state->drain(flush);  // its failure is state->error
    return state->error;
}

extern "C" int ZEXPORT gzsetparams(gzFile file, int level, int strategy) {
    Writer* state = writer(file);
    if (state == nullptr || state->is_failed() || state->is_transparent) return Z_STREAM_ERROR;
    state->clear_error();
    if (level == state->level && strategy == state->strategy) return Z_OK;
    if (state->skip != 0 && !state->run_skip()) return state->error;

    if (state->buffer_bytes != 0) {
        // What was given so far keeps the old parameters.
        if (state->strm.avail_in != 0 && !state->drain(Z_BLOCK)) return state->error;
        // A finished member takes new parameters only once it is reset, which drain() repeats
        // harmlessly.
        if (state->is_between_members) deflateReset(&state->strm);
        // Z_BUF_ERROR: deflate holds more old data than the output has room for. Values that
        // deflate does not know are ignored as zlib does.
        if (deflateParams(&state->strm, level, strategy) == Z_BUF_ERROR) {
            if (!state->drain(Z_BLOCK)) return state->error;
            deflateParams(&state->strm, level, strategy);
        }
    }
    state->level = level;
    state->strategy = strategy;
    return Z_OK;
}

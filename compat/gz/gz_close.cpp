// SPDX-License-Identifier: Zlib
// gzclose, gzclose_r, gzclose_w: the last flush, then everything is released whatever happened
// before. The result is the first thing the caller must know: a truncated input, a failed flush, a
// failed close().
#include <unistd.h>

#include <cstdlib>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

/// Frees the state, closes the descriptor and passes on close()'s result.
int release(File& state) noexcept {
    std::free(state.in);
    std::free(state.message);
    const int fd = state.fd;
    state.kind = Kind::kNone;
    std::free(&state);
    return ::close(fd);
}

}  // namespace
}  // namespace warpz::compat::gz

using namespace warpz::compat::gz;

extern "C" int ZEXPORT gzclose_r(gzFile file) {
    Reader* state = reader(file);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (state->buffer_bytes != 0) inflateEnd(&state->strm);
    const int result = state->error == Z_BUF_ERROR ? Z_BUF_ERROR : Z_OK;
    return release(*state) == -1 ? Z_ERRNO : result;
}

extern "C" int ZEXPORT gzclose_w(gzFile file) {
    Writer* state = writer(file);
    if (state == nullptr) return Z_STREAM_ERROR;
    int result = Z_OK;
    if (state->skip != 0 && !state->run_skip()) result = state->error;
    if (!state->finish()) result = state->error;
    if (state->is_incomplete && result == Z_OK) result = Z_ERRNO;
    if (state->buffer_bytes != 0 && !state->is_transparent) deflateEnd(&state->strm);
    return release(*state) == -1 ? Z_ERRNO : result;
}

extern "C" int ZEXPORT gzclose(gzFile file) {
    return reader(file) != nullptr ? gzclose_r(file) : gzclose_w(file);
}

// SPDX-License-Identifier: Zlib
// Error state of a gzFile and its two public functions, gzerror and gzclearerr. Texts have the form
// "path: text", as gzerror() has always given them.
#include "gz_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace warpz::compat::gz {

void File::set_error(int code, const char* text) noexcept {
    const int saved_errno = errno;
    std::free(message);
    message = nullptr;
    if (code != Z_OK && code != Z_BUF_ERROR && !is_stalled) have = 0;
    error = code;
    // Running out of memory has a constant text, which gzerror() knows.
    if (text != nullptr && code != Z_MEM_ERROR) {
        const std::size_t path_bytes = std::strlen(path);
        const std::size_t text_bytes = std::strlen(text) + 1;
        message = static_cast<char*>(std::malloc(path_bytes + 2 + text_bytes));
        if (message == nullptr) {
            error = Z_MEM_ERROR;
        } else {
            std::memcpy(message, path, path_bytes);
            std::memcpy(message + path_bytes, ": ", 2);
            std::memcpy(message + path_bytes + 2, text, text_bytes);
        }
    }
    errno = saved_errno;
}

}  // namespace warpz::compat::gz

using namespace warpz::compat::gz;

extern "C" const char* ZEXPORT gzerror(gzFile file, int* errnum) {
    const File* state = any_file(file);
    if (state == nullptr) return nullptr;
    if (errnum != nullptr) *errnum = state->error;
    if (state->error == Z_MEM_ERROR) return "out of memory";
    return state->message == nullptr ? "" : state->message;
}

extern "C" void ZEXPORT gzclearerr(gzFile file) {
    File* state = any_file(file);
    if (state == nullptr) return;
    if (Reader* input = reader(file); input != nullptr) {
        input->at_eof = false;
        input->is_past_end = false;
    }
    // Who clears a write error knows about it and goes on.
    if (Writer* output = writer(file); output != nullptr) output->is_incomplete = false;
    state->clear_error();
}

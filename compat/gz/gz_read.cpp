// SPDX-License-Identifier: Zlib
// The public reading functions: gzread, gzfread, gzgetc, gzgets, gzungetc, gzdirect. Each starts by finding a
// reader that may go on. An error behind decoded bytes shows once those are delivered.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gz_file.hpp"

using namespace warpz::compat::gz;

extern "C" int ZEXPORT gzread(gzFile file, voidp buf, unsigned len) {
    Reader* state = ready_reader(file);
    if (state == nullptr) return -1;
    if (len > INT_MAX) {
        state->set_error(Z_STREAM_ERROR, "request does not fit in an int");
        return -1;
    }
    const std::size_t done = state->read(static_cast<std::uint8_t*>(buf), len);
    if (done != 0) return static_cast<int>(done);

    if (state->error != Z_OK && state->error != Z_BUF_ERROR) return -1;
    if (state->is_stalled) {
        // Input arrived, but too little to decode a byte from: not the end of the file.
        errno = EAGAIN;
        state->set_error(Z_ERRNO, std::strerror(errno));
        return -1;
    }
    return 0;
}

extern "C" z_size_t ZEXPORT gzfread(voidp buf, z_size_t size, z_size_t nitems, gzFile file) {
    Reader* state = ready_reader(file);
    if (state == nullptr) return 0;
    const std::optional<z_size_t> len = item_bytes(size, nitems);
    if (!len) {
        state->set_error(Z_STREAM_ERROR, "request does not fit in a size_t");
        return 0;
    }
    if (*len == 0) return 0;
    return state->read(static_cast<std::uint8_t*>(buf), *len) / size;
}

// zlib.h covers this function with a macro that reads the buffer and calls here when that is empty.
#ifdef Z_PREFIX_SET
#undef z_gzgetc
#else
#undef gzgetc
#endif
extern "C" int ZEXPORT gzgetc(gzFile file) {
    Reader* state = ready_reader(file);
    if (state == nullptr) return -1;
    if (state->have != 0) {  // then no skip is pending: gzseek() takes it from the buffer first
        const std::uint8_t byte = *state->next;
        state->consume(1);
        return byte;
    }
    std::uint8_t byte = 0;
    return state->read(&byte, 1) == 1 ? byte : -1;
}

/// What the gzgetc of programs built against zlib 1.2.5.2 refers to.
extern "C" int ZEXPORT gzgetc_(gzFile file) { return gzgetc(file); }

extern "C" char* ZEXPORT gzgets(gzFile file, char* buf, int len) {
    if (buf == nullptr || len < 1) return nullptr;
    Reader* state = ready_reader(file);
    if (state == nullptr) return nullptr;
    if (state->skip != 0 && !state->run_skip()) return nullptr;

    char* to = buf;
    unsigned room = static_cast<unsigned>(len) - 1;
    bool is_line_complete = false;
    while (room != 0 && !is_line_complete) {
        if (state->have == 0 && (state->is_failed() || !state->fetch())) break;
        if (state->have == 0) {
            // Too few bytes to tell gzip from plain: the next fetch() brings more or the stall's
            // error.
            if (state->is_stalled) continue;
            state->is_past_end = true;
            break;
        }
        unsigned n = std::min(room, state->have);
        if (const void* newline = std::memchr(state->next, '\n', n); newline != nullptr) {
            n = static_cast<unsigned>(static_cast<const std::uint8_t*>(newline) - state->next) + 1;
            is_line_complete = true;
        }
        std::memcpy(to, state->next, n);
        state->consume(n);
        to += n;
        room -= n;
    }
    if (to == buf) return nullptr;
    *to = '\0';
    return buf;
}

extern "C" int ZEXPORT gzungetc(int c, gzFile file) {
    Reader* state = reader(file);
    if (state == nullptr) return -1;
    // Right after opening there is no buffer to push into; a failure shows in `error`.
    if (state->source == Reader::Source::kUnknown && state->have == 0) (void)state->look();
    if (state->is_failed() || ready_reader(file) == nullptr) return -1;
    if (state->skip != 0 && !state->run_skip()) return -1;
    if (c < 0) return -1;  // gzungetc(-1, file) is the documented way to run a pending seek

    std::uint8_t* const begin = state->out;
    std::uint8_t* const end = begin + state->out_bytes();
    if (state->have == 0) {
        state->next = end;
    } else if (state->have == state->out_bytes()) {
        state->set_error(Z_DATA_ERROR, "out of room to push characters");
        return -1;
    } else if (state->next == begin) {
        // Everything moves to the far end, so the next pushes are cheap.
        state->next = end - state->have;
        std::memmove(state->next, begin, state->have);
    }
    *--state->next = static_cast<std::uint8_t>(c);
    state->have++;
    state->pos--;
    state->is_past_end = false;
    return c;
}

extern "C" int ZEXPORT gzdirect(gzFile file) {
    if (Reader* input = reader(file); input != nullptr) {
        if (input->source == Reader::Source::kUnknown && input->have == 0) (void)input->look();
        return input->format == Reader::Format::kPlain ? 1 : 0;
    }
    const Writer* output = writer(file);
    return output != nullptr && output->is_transparent ? 1 : 0;
}

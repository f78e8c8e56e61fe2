// SPDX-License-Identifier: Zlib
// gzopen, gzopen64, gzdopen and gzbuffer: the mode letters, the descriptor, and the object behind
// the gzFile. Nothing is read or written here, and buffers wait for the first transfer, so
// gzbuffer() can still change them.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "gz_file.hpp"

namespace warpz::compat::gz {
namespace {

/// What a mode string asks for; the letters are listed at gzopen() in zlib.h.
struct OpenMode {
    enum class Access : std::uint8_t { kNone, kRead, kWrite, kAppend };
    enum class Wrapper : std::uint8_t { kAuto, kTransparent, kGzipOnly };  // none, "T", "G"

    Access access = Access::kNone;
    Wrapper wrapper = Wrapper::kAuto;
    bool is_exclusive = false;
    bool closes_on_exec = false;
    bool is_non_blocking = false;
    int level = Z_DEFAULT_COMPRESSION;
    int strategy = Z_DEFAULT_STRATEGY;
};

/// Later letters override earlier ones, unknown letters are ignored. Nothing when no access is
/// named, on "+", and on the wrappers that have no meaning: forced transparent reading, "G" in
/// writing.
std::optional<OpenMode> parse_mode(const char* text) noexcept {
    using Access = OpenMode::Access;
    using Wrapper = OpenMode::Wrapper;
    OpenMode mode;
    for (; *text != '\0'; ++text) {
        if (*text >= '0' && *text <= '9') {
            mode.level = *text - '0';
            continue;
        }
        switch (*text) {
            case 'r':
                mode.access = Access::kRead;
                break;
            case 'w':
                mode.access = Access::kWrite;
                break;
            case 'a':
                mode.access = Access::kAppend;
                break;
            case '+':
                return std::nullopt;
            case 'x':
                mode.is_exclusive = true;
                break;
            case 'e':
                mode.closes_on_exec = true;
                break;
            case 'N':
                mode.is_non_blocking = true;
                break;
            case 'f':
                mode.strategy = Z_FILTERED;
                break;
            case 'h':
                mode.strategy = Z_HUFFMAN_ONLY;
                break;
            case 'R':
                mode.strategy = Z_RLE;
                break;
            case 'F':
                mode.strategy = Z_FIXED;
                break;
            case 'T':
                mode.wrapper = Wrapper::kTransparent;
                break;
            case 'G':
                mode.wrapper = Wrapper::kGzipOnly;
                break;
            default:
                break;
        }
    }
    if (mode.access == Access::kNone) return std::nullopt;
    const Wrapper meaningless =
        mode.access == Access::kRead ? Wrapper::kTransparent : Wrapper::kGzipOnly;
    if (mode.wrapper == meaningless) return std::nullopt;
    return mode;
}

int open_flags(const OpenMode& mode) noexcept {
    int flags = O_LARGEFILE;
    if (mode.closes_on_exec) flags |= O_CLOEXEC;
    if (mode.is_non_blocking) flags |= O_NONBLOCK;
    if (mode.access == OpenMode::Access::kRead) return flags | O_RDONLY;
    if (mode.is_exclusive) flags |= O_EXCL;
    return flags | O_WRONLY | O_CREAT |
           (mode.access == OpenMode::Access::kWrite ? O_TRUNC : O_APPEND);
}

/// Applies "N" and "e" to a descriptor that the caller opened. A bad descriptor shows at its first
/// use.
void adjust_descriptor(int fd, const OpenMode& mode) noexcept {
    if (mode.is_non_blocking) {
        const int flags = ::fcntl(fd, F_GETFL);
        if (flags != -1) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    if (mode.closes_on_exec) {
        // FD_CLOEXEC as gzdopen() promises; zlib 1.3.2 passes O_CLOEXEC here, which sets nothing.
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags != -1) ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

/// Makes a Reader or Writer in memory from malloc, with its copy of `path` behind it. Null without
/// memory.
template <class T>
T* make_file(Kind kind, const char* path) noexcept {
    const std::size_t path_bytes = std::strlen(path) + 1;
    void* block = std::malloc(sizeof(T) + path_bytes);
    if (block == nullptr) return nullptr;
    T* state = ::new (block) T{};
    char* copy = static_cast<char*>(block) + sizeof(T);
    std::memcpy(copy, path, path_bytes);
    state->path = copy;
    state->kind = kind;
    state->want_bytes = kDefaultBufferBytes;
    return state;
}

File* make_file(const OpenMode& mode, const char* path) noexcept {
    if (mode.access == OpenMode::Access::kRead) {
        auto* input = make_file<Reader>(Kind::kReader, path);
        // Plain until a gzip header is seen, so an empty file is a plain one.
        if (input != nullptr) {
            input->format = mode.wrapper == OpenMode::Wrapper::kGzipOnly ? Reader::Format::kGzipOnly
                                                                         : Reader::Format::kPlain;
        }
        return input;
    }
    auto* output = make_file<Writer>(Kind::kWriter, path);
    if (output != nullptr) {
        output->is_transparent = mode.wrapper == OpenMode::Wrapper::kTransparent;
        output->level = mode.level;
        output->strategy = mode.strategy;
    }
    return output;
}

/// Opens `path`, or takes over `given_fd` when there is one; `path` then only names it in messages.
gzFile open_file(const char* path, std::optional<int> given_fd, const char* mode_text) noexcept {
    if (path == nullptr || mode_text == nullptr) return nullptr;
    const std::optional<OpenMode> mode = parse_mode(mode_text);
    if (!mode) return nullptr;
    File* state = make_file(*mode, path);
    if (state == nullptr) return nullptr;

    if (given_fd) {
        adjust_descriptor(*given_fd, *mode);
        state->fd = *given_fd;
    } else {
        state->fd = ::open(path, open_flags(*mode), 0666);
        if (state->fd == -1) {
            const int saved_errno = errno;
            std::free(state);
            errno = saved_errno;
            return nullptr;
        }
    }
    if (mode->access == OpenMode::Access::kAppend) {
        ::lseek64(state->fd, 0, SEEK_END);  // gzoffset() counts from the file's start
    }
    if (Reader* input = reader(state); input != nullptr) {
        // Not every file can seek; such a file fails at gzrewind(), not here.
        const off64_t offset = ::lseek64(state->fd, 0, SEEK_CUR);
        input->start = offset == -1 ? 0 : offset;
        input->reset();
    }
    return state;
}

}  // namespace
}  // namespace warpz::compat::gz

using namespace warpz::compat::gz;

extern "C" gzFile ZEXPORT gzopen(const char* path, const char* mode) {
    return open_file(path, std::nullopt, mode);
}

extern "C" gzFile ZEXPORT gzopen64(const char* path, const char* mode) {
    return open_file(path, std::nullopt, mode);
}

extern "C" gzFile ZEXPORT gzdopen(int fd, const char* mode) {
    if (fd == -1) return nullptr;
    char name[24] = "<fd:";  // longest: <fd:-2147483648>
    char* end = std::to_chars(name + 4, name + sizeof name - 2, fd).ptr;
    *end++ = '>';
    *end = '\0';
    return open_file(name, fd, mode);
}

extern "C" int ZEXPORT gzbuffer(gzFile file, unsigned size) {
    File* state = any_file(file);
    if (state == nullptr || state->buffer_bytes != 0) return -1;
    if (size > UINT_MAX / 2) return -1;  // one of the two buffers has twice this size
    state->want_bytes = size < kMinBufferBytes ? kMinBufferBytes : size;
    return 0;
}

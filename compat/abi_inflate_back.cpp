// SPDX-License-Identifier: Zlib
// inflateBack() and its relatives over inflate/inflate_back.hpp. The caller's window is not freed and not kept
// beyond inflateBackEnd().
#include <new>

#include "boundary.hpp"
#include "inflate/inflate_back.hpp"

namespace warpz::compat {
namespace {

struct BackState {
    StateHeader header;
    inflate::BackInflater inflater;

    [[nodiscard]] std::uint8_t* history() noexcept {
        return reinterpret_cast<std::uint8_t*>(this + 1);
    }

    /// Unlike the other states this one works for a copied z_stream too, as zlib's does.
    static BackState* from(z_streamp strm) noexcept {
        if (strm == nullptr || strm->state == nullptr || strm->zfree == nullptr) return nullptr;
        auto* state = reinterpret_cast<BackState*>(strm->state);
        return state->header.tag == kInflateBackTag ? state : nullptr;
    }
};
static_assert(sizeof(BackState) + inflate::kWindowSlackBytes <= 24 * 1024);

/// A callback of the caller with its descriptor.
struct InCallback {
    in_func function;
    void* descriptor;
};
struct OutCallback {
    out_func function;
    void* descriptor;
};

std::size_t pull(void* context, const std::uint8_t** bytes) {
    const auto* in = static_cast<const InCallback*>(context);
    z_const unsigned char* next = const_cast<z_const unsigned char*>(*bytes);
    const unsigned size = in->function(in->descriptor, &next);
    *bytes = next;
    return size;
}

bool push(void* context, std::uint8_t* bytes, std::size_t size) {
    const auto* out = static_cast<const OutCallback*>(context);
    return out->function(out->descriptor, bytes, static_cast<unsigned>(size)) == 0;
}

}  // namespace
}  // namespace warpz::compat

using namespace warpz;
using namespace warpz::compat;

extern "C" {

int ZEXPORT inflateBackInit_(z_streamp strm, int windowBits, unsigned char* window,
                             const char* version, int stream_size) {
    if (version == nullptr || version[0] != ZLIB_VERSION[0] ||
        stream_size != static_cast<int>(sizeof(z_stream))) {
        return Z_VERSION_ERROR;
    }
    if (strm == nullptr || window == nullptr || windowBits < 8 || windowBits > 15) {
        return Z_STREAM_ERROR;
    }
    strm->msg = nullptr;
    use_default_allocators(strm);
    const std::size_t history_bytes = (std::size_t{1} << windowBits) + inflate::kWindowSlackBytes;
    void* block = allocate(strm, sizeof(BackState) + history_bytes);
    if (block == nullptr) return Z_MEM_ERROR;
    auto* state = ::new (block) BackState;
    state->header = {strm, kInflateBackTag};
    state->inflater.bind(window, static_cast<unsigned>(windowBits), state->history());
    strm->state = reinterpret_cast<internal_state*>(state);
    return Z_OK;
}

int ZEXPORT inflateBack(z_streamp strm, in_func in, void* in_desc, out_func out, void* out_desc) {
    BackState* state = BackState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    strm->msg = nullptr;
    InCallback in_callback{in, in_desc};
    OutCallback out_callback{out, out_desc};
    const inflate::BackCallbacks callbacks{pull, push, &in_callback, &out_callback};

    const std::uint8_t* next = strm->next_in;
    std::size_t size = next != nullptr ? strm->avail_in : 0;
    FormatError error = FormatError::kNone;
    const Status status = state->inflater.run(next, size, callbacks, error);
    strm->next_in = const_cast<z_const Bytef*>(next);
    strm->avail_in = static_cast<uInt>(size);
    switch (status) {
        case Status::kStreamEnd:
            return Z_STREAM_END;
        case Status::kBadData:
            strm->msg = const_cast<char*>(describe(error));
            return Z_DATA_ERROR;
        default:
            return Z_BUF_ERROR;
    }
}

int ZEXPORT inflateBackEnd(z_streamp strm) {
    BackState* state = BackState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    deallocate(strm, state);
    strm->state = nullptr;
    return Z_OK;
}

}  // extern "C"

// SPDX-License-Identifier: Zlib
// inflate() and its relatives: each function checks its stream, translates, and leaves the work to
// engine/inflate_stream.hpp. The state is one zalloc block; the window is another, taken when it is first needed.
#include <cstring>
#include <new>

#include "boundary.hpp"
#include "engine/inflate_stream.hpp"
#include "offload/inflate_relay.hpp"

namespace warpz::compat {
namespace {

struct InflateState {
    StateHeader header;
    gz_headerp gzip_header;        // where inflateGetHeader() wants the fields
    offload::InflateRelay* relay;  // null without devices; owned
    InflateStream stream;

    static InflateState* from(z_streamp strm) noexcept {
        return reinterpret_cast<InflateState*>(checked_state(strm, kInflateTag));
    }
};

// zlib.h promises at most (1 << windowBits) and a few KB; programs with arenas count on this figure.
static_assert(sizeof(InflateState) + inflate::kWindowSlackBytes <= 24 * 1024);

/// The format that a windowBits argument asks for; false when it is none.
bool parse_window_bits(int window_bits, InflateFormat& format) noexcept {
    if (window_bits < 0) {
        if (window_bits < -15) return false;
        format.zlib = format.gzip = false;
        format.window_bits = static_cast<unsigned>(-window_bits);
    } else {
        if (window_bits >= 48) return false;
        format.zlib = (window_bits & 16) == 0;
        format.gzip = window_bits >= 16;
        format.window_bits = static_cast<unsigned>(window_bits) & 15;
    }
    return format.window_bits == 0 || format.window_bits >= 8;
}

std::uint8_t* take_window(void* strm, std::size_t size_bytes) noexcept {
    return static_cast<std::uint8_t*>(allocate(static_cast<z_streamp>(strm), size_bytes));
}

void free_window(z_streamp strm, InflateState& state) noexcept {
    if (state.stream.window_storage() != nullptr)
        strm->zfree(strm->opaque, state.stream.window_storage());
    state.stream.bind_window(nullptr);
}

/// The stream itself, for what only software can tell or do.
InflateStream& settled(z_streamp strm, InflateState& state) noexcept {
    if (state.relay != nullptr) {
        const WindowSource source{take_window, strm};
        state.relay->settle(state.stream, source);
    }
    return state.stream;
}

/// What every reset does to the caller's structure.
void reset_visible(z_streamp strm, InflateState& state) noexcept {
    state.gzip_header = nullptr;
    strm->total_in = strm->total_out = 0;
    strm->msg = nullptr;
    strm->data_type = 0;
    if (state.stream.has_wrapper()) strm->adler = state.stream.initial_check();
}

GzipHeaderFields load_fields(const gz_header& from) noexcept {
    return {.is_text = from.text != 0,
            .mtime = from.time,
            .xfl = static_cast<std::uint8_t>(from.xflags),
            .os = static_cast<std::uint32_t>(from.os),
            .extra = from.extra,
            .extra_len_bytes = from.extra_len,
            .extra_capacity_bytes = from.extra_max,
            .name = from.name,
            .name_capacity_bytes = from.name_max,
            .comment = from.comment,
            .comment_capacity_bytes = from.comm_max,
            .has_header_crc = from.hcrc != 0,
            .done = from.done};
}

void store_fields(const GzipHeaderFields& fields, gz_header& to) noexcept {
    to.text = fields.is_text ? 1 : 0;
    to.time = static_cast<uLong>(fields.mtime);
    to.xflags = fields.xfl;
    to.os = static_cast<int>(fields.os);
    to.extra = fields.extra;
    to.extra_len = fields.extra_len_bytes;
    to.name = fields.name;
    to.comment = fields.comment;
    to.hcrc = fields.has_header_crc ? 1 : 0;
    to.done = fields.done;
}

InflateStream::StopAt stop_of(int flush) noexcept {
    switch (flush) {
        case Z_BLOCK:
            return InflateStream::StopAt::kBlockBoundary;
        case Z_TREES:
            return InflateStream::StopAt::kBlockHeaderEnd;
        default:
            return InflateStream::StopAt::kNowhere;
    }
}

bool has_wrong_version(const char* version, int stream_size) noexcept {
    return version == nullptr || version[0] != ZLIB_VERSION[0] ||
           stream_size != static_cast<int>(sizeof(z_stream));
}

}  // namespace
}  // namespace warpz::compat

using namespace warpz;
using namespace warpz::compat;

extern "C" {

int ZEXPORT inflateInit2_(z_streamp strm, int windowBits, const char* version, int stream_size) {
    if (has_wrong_version(version, stream_size)) return Z_VERSION_ERROR;
    if (strm == nullptr) return Z_STREAM_ERROR;
    strm->msg = nullptr;
    use_default_allocators(strm);
    InflateFormat format;
    if (!parse_window_bits(windowBits, format)) {
        strm->state = nullptr;
        return Z_STREAM_ERROR;
    }
    void* block = allocate(strm, sizeof(InflateState));
    if (block == nullptr) return Z_MEM_ERROR;
    auto* state = ::new (block) InflateState;
    state->header = {strm, kInflateTag};
    state->relay = offload::InflateRelay::create(!has_default_allocator(*strm));
    state->stream.bind_window(nullptr);
    strm->state = reinterpret_cast<internal_state*>(state);
    state->stream.reset(format);
    reset_visible(strm, *state);
    return Z_OK;
}

int ZEXPORT inflateInit_(z_streamp strm, const char* version, int stream_size) {
    return inflateInit2_(strm, MAX_WBITS, version, stream_size);
}

int ZEXPORT inflateEnd(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    offload::InflateRelay::destroy(state->relay);
    free_window(strm, *state);
    deallocate(strm, state);
    strm->state = nullptr;
    return Z_OK;
}

int ZEXPORT inflateResetKeep(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    settled(strm, *state).reset_keeping_window();
    if (state->relay != nullptr) state->relay->restart();
    reset_visible(strm, *state);
    return Z_OK;
}

int ZEXPORT inflateReset(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (state->relay != nullptr) state->relay->restart();
    state->stream.reset();
    reset_visible(strm, *state);
    return Z_OK;
}

int ZEXPORT inflateReset2(z_streamp strm, int windowBits) {
    InflateState* state = InflateState::from(strm);
    InflateFormat format;
    if (state == nullptr || !parse_window_bits(windowBits, format)) return Z_STREAM_ERROR;
    if (state->relay != nullptr) state->relay->restart();
    if (format.window_bits != state->stream.window_bits()) free_window(strm, *state);
    state->stream.reset(format);
    reset_visible(strm, *state);
    return Z_OK;
}

int ZEXPORT inflate(z_streamp strm, int flush) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr || strm->next_out == nullptr ||
        (strm->next_in == nullptr && strm->avail_in != 0)) {
        return Z_STREAM_ERROR;
    }
    InflateStream& stream = state->stream;
    const WindowSource source{take_window, strm};
    InflateIo io;
    io.source = &source;
    io.in = strm->next_in;
    io.in_end = strm->next_in + strm->avail_in;
    io.out = strm->next_out;
    io.out_end = strm->next_out + strm->avail_out;
    gz_header* const header = stream.in_header() ? state->gzip_header : nullptr;
    GzipHeaderFields fields;
    if (header != nullptr) {
        fields = load_fields(*header);
        io.header = &fields;
    }

    const Status status = state->relay == nullptr
                              ? stream.step(io, stop_of(flush), flush == Z_FINISH)
                              : state->relay->step(stream, io, stop_of(flush), flush == Z_FINISH);

    if (header != nullptr) store_fields(fields, *header);
    const auto consumed = static_cast<uInt>(io.in - strm->next_in);
    const auto produced = static_cast<uInt>(io.out - strm->next_out);
    strm->next_in = io.in;
    strm->avail_in -= consumed;
    strm->next_out = io.out;
    strm->avail_out -= produced;
    if (io.sets_check) strm->adler = io.check;
    if (io.error != FormatError::kNone) strm->msg = const_cast<char*>(describe(io.error));
    // zlib leaves its counters behind here; the next call does not make up for it.
    if (status == Status::kNeedDict) return Z_NEED_DICT;
    if (status == Status::kUnsupported) return Z_STREAM_ERROR;
    if (status == Status::kNoMemory) return Z_MEM_ERROR;

    strm->total_in += consumed;
    strm->total_out += produced;
    strm->data_type =
        state->relay == nullptr ? stream.data_type() : state->relay->data_type(stream);
    if (status == Status::kStreamEnd) return Z_STREAM_END;
    if (status == Status::kBadData) return Z_DATA_ERROR;
    return flush == Z_FINISH || (consumed == 0 && produced == 0) ? Z_BUF_ERROR : Z_OK;
}

int ZEXPORT inflateSetDictionary(z_streamp strm, const Bytef* dictionary, uInt dictLength) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr || !settled(strm, *state).accepts_dictionary()) return Z_STREAM_ERROR;
    const WindowSource source{take_window, strm};
    const Status status = state->stream.set_dictionary(dictionary, dictLength, source);
    return status == Status::kOk ? Z_OK : status == Status::kNoMemory ? Z_MEM_ERROR : Z_DATA_ERROR;
}

int ZEXPORT inflateGetDictionary(z_streamp strm, Bytef* dictionary, uInt* dictLength) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    const inflate::Window& window = settled(strm, *state).window();
    if (window.have_bytes != 0 && dictionary != nullptr) window.copy_to(dictionary);
    if (dictLength != nullptr) *dictLength = window.have_bytes;
    return Z_OK;
}

int ZEXPORT inflateGetHeader(z_streamp strm, gz_headerp head) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr || !state->stream.accepts_gzip()) return Z_STREAM_ERROR;
    state->gzip_header = head;
    head->done = 0;
    return Z_OK;
}

int ZEXPORT inflateSync(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    InflateStream& stream = settled(strm, *state);
    const bool has_backlog = state->relay != nullptr && state->relay->backlog_bytes() != 0;
    if (strm->avail_in == 0 && stream.held_bits() < 8 && !has_backlog) return Z_BUF_ERROR;
    bool found = false;
    const std::size_t passed =
        has_backlog ? state->relay->sync(stream, strm->next_in, strm->avail_in, found)
                    : stream.sync(strm->next_in, strm->avail_in, found);
    strm->next_in += passed;
    strm->avail_in -= static_cast<uInt>(passed);
    strm->total_in += passed;
    if (!found) return Z_DATA_ERROR;
    const uLong total_in = strm->total_in;
    const uLong total_out = strm->total_out;
    reset_visible(strm, *state);
    strm->total_in = total_in;
    strm->total_out = total_out;
    return Z_OK;
}

int ZEXPORT inflateSyncPoint(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    return settled(strm, *state).at_sync_point() ? 1 : 0;
}

int ZEXPORT inflateCopy(z_streamp dest, z_streamp source) {
    InflateState* state = InflateState::from(source);
    if (state == nullptr || dest == nullptr) return Z_STREAM_ERROR;
    (void)settled(source, *state);
    offload::InflateRelay* relay = nullptr;
    if (!offload::InflateRelay::copy_settled(state->relay, relay)) return Z_MEM_ERROR;
    void* block = allocate(source, sizeof(InflateState));
    if (block == nullptr) {
        offload::InflateRelay::destroy(relay);
        return Z_MEM_ERROR;
    }
    std::uint8_t* window = nullptr;
    if (state->stream.window_storage() != nullptr) {
        const std::size_t window_bytes = state->stream.window_storage_bytes();
        window = take_window(source, window_bytes);
        if (window == nullptr) {
            offload::InflateRelay::destroy(relay);
            source->zfree(source->opaque, block);
            return Z_MEM_ERROR;
        }
        std::memcpy(window, state->stream.window_storage(), window_bytes);
    }
    std::memcpy(block, static_cast<const void*>(state), sizeof *state);
    auto* copy = static_cast<InflateState*>(block);
    copy->header.owner = dest;
    copy->relay = relay;
    copy->stream.bind_window(window);
    std::memcpy(static_cast<void*>(dest), source, sizeof(z_stream));
    dest->state = reinterpret_cast<internal_state*>(copy);
    return Z_OK;
}

int ZEXPORT inflatePrime(z_streamp strm, int bits, int value) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (bits == 0) return Z_OK;
    if (bits < 0) {
        settled(strm, *state).drop_held_bits();
        return Z_OK;
    }
    const bool fits =
        settled(strm, *state).prime(static_cast<unsigned>(bits), static_cast<unsigned>(value));
    return fits ? Z_OK : Z_STREAM_ERROR;
}

long ZEXPORT inflateMark(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    return state == nullptr ? -(1L << 16) : settled(strm, *state).mark();
}

// Decoding past an invalid distance needs a build option of zlib that distributions leave off.
int ZEXPORT inflateUndermine(z_streamp strm, int) {
    return InflateState::from(strm) == nullptr ? Z_STREAM_ERROR : Z_DATA_ERROR;
}

int ZEXPORT inflateValidate(z_streamp strm, int check) {
    InflateState* state = InflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    settled(strm, *state).set_verifies(check != 0);
    return Z_OK;
}

unsigned long ZEXPORT inflateCodesUsed(z_streamp strm) {
    InflateState* state = InflateState::from(strm);
    return state == nullptr ? static_cast<unsigned long>(-1) : settled(strm, *state).codes_used();
}

}  // extern "C"

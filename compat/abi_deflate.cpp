// SPDX-License-Identifier: Zlib
// The deflate half of zlib's ABI. Each body checks its arguments as zlib 1.3.2 does, converts, calls the stream and
// converts back; what the arguments mean is in zlib.h.
#include <bit>
#include <climits>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"
#include "boundary.hpp"
#include "engine/deflate_stream.hpp"
#include "offload/executors.hpp"
#include "zlib.h"

namespace warpz::compat {
namespace {

using deflate::Deflater;
using engine::Bytes;
using engine::DeflateStream;
using engine::Flush;
using engine::Space;
using engine::Wrap;

/// Values of last_flush that are no flush: nothing was asked yet; the last call ended for lack of output space, so that
/// the same flush again is no repetition.
constexpr int kNoCallYet = -2;
constexpr int kOutputWasFull = -1;

/// What z_stream::state points to, followed by the encoder's memory in the same allocation.
struct DeflateState {
    StateHeader header;
    int last_flush;
    gz_headerp gz_head;
    DeflateStream stream;

    [[nodiscard]] static DeflateState* from(z_streamp strm) noexcept {
        return reinterpret_cast<DeflateState*>(checked_state(strm, kDeflateTag));
    }
    [[nodiscard]] std::uint8_t* memory() noexcept {
        return reinterpret_cast<std::uint8_t*>(this) + sizeof *this;
    }
    [[nodiscard]] static std::size_t total_bytes(const engine::DeflateSettings& settings) noexcept {
        return sizeof(DeflateState) + settings.memory_layout().total_bytes;
    }
};
static_assert(sizeof(DeflateState) + deflate::MemoryLayout::kFixedPartBytes <= 8192,
              "zlib.h's fixed part");
static_assert(sizeof(DeflateState) % 8 == 0);

int fail(z_streamp strm, int code) noexcept {
    strm->msg = const_cast<char*>(zError(code));
    return code;
}

/// z_stream's buffers as spans; written back, with totals, by store().
struct StreamIo {
    explicit StreamIo(z_stream& stream) noexcept
        : strm(stream),
          in{stream.next_in, stream.avail_in},
          out{stream.next_out, stream.avail_out} {}

    void store() noexcept {
        strm.total_in += strm.avail_in - in.avail;
        strm.total_out += strm.avail_out - out.avail;
        strm.next_in = const_cast<Bytef*>(in.next);
        strm.avail_in = static_cast<uInt>(in.avail);
        strm.next_out = out.next;
        strm.avail_out = static_cast<uInt>(out.avail);
    }

    z_stream& strm;
    Bytes in;
    Space out;
};

engine::GzipFields fields_of(const gz_header& head) noexcept {
    return {
        .is_text = head.text != 0,
        .has_header_crc = head.hcrc != 0,
        .mtime = static_cast<std::uint32_t>(head.time),
        .os = static_cast<std::uint8_t>(head.os),
        .extra = head.extra,
        .extra_bytes = static_cast<std::uint16_t>(head.extra_len),
        .name = head.name,
        .comment = head.comment,
    };
}

void publish_data_type(z_streamp strm, const DeflateStream& stream) noexcept {
    if (strm->data_type != Z_UNKNOWN) return;
    switch (stream.data_type()) {
        case Deflater::DataType::kUnknown:
            break;
        case Deflater::DataType::kBinary:
            strm->data_type = Z_BINARY;
            break;
        case Deflater::DataType::kText:
            strm->data_type = Z_TEXT;
            break;
    }
}

/// What zlib's deflateResetKeep() does to the z_stream.
void reset_stream(z_streamp strm, DeflateState& state) noexcept {
    strm->total_in = 0;
    strm->total_out = 0;
    strm->msg = nullptr;
    strm->data_type = Z_UNKNOWN;
    strm->adler = state.stream.check();
    state.last_flush = kNoCallYet;
}

[[nodiscard]] bool is_level(int level) noexcept {
    return level >= 0 && level <= deflate::kMaxLevel;
}
[[nodiscard]] bool is_strategy(int strategy) noexcept {
    return strategy >= 0 && strategy <= Z_FIXED;
}

}  // namespace
}  // namespace warpz::compat

using namespace warpz;
using compat::DeflateState;

extern "C" {

int ZEXPORT deflateInit_(z_streamp strm, int level, const char* version, int stream_size) {
    return deflateInit2_(strm, level, Z_DEFLATED, MAX_WBITS, 8, Z_DEFAULT_STRATEGY, version,
                         stream_size);
}

int ZEXPORT deflateInit2_(z_streamp strm, int level, int method, int windowBits, int memLevel,
                          int strategy, const char* version, int stream_size) {
    if (version == nullptr || version[0] != ZLIB_VERSION[0] ||
        stream_size != static_cast<int>(sizeof(z_stream))) {
        return Z_VERSION_ERROR;
    }
    if (strm == nullptr) return Z_STREAM_ERROR;
    strm->msg = nullptr;
    compat::use_default_allocators(strm);

    if (level == Z_DEFAULT_COMPRESSION) level = deflate::kDefaultLevel;
    engine::Wrap wrap = engine::Wrap::kZlib;
    if (windowBits < 0) {
        if (windowBits < -15) return Z_STREAM_ERROR;
        wrap = engine::Wrap::kRaw;
        windowBits = -windowBits;
    } else if (windowBits > 15) {
        wrap = engine::Wrap::kGzip;
        windowBits -= 16;
    }
    if (memLevel < 1 || memLevel > MAX_MEM_LEVEL || method != Z_DEFLATED || windowBits < 8 ||
        windowBits > 15 || !compat::is_level(level) || !compat::is_strategy(strategy) ||
        (windowBits == 8 && wrap != engine::Wrap::kZlib)) {
        return Z_STREAM_ERROR;
    }
    if (windowBits == 8)
        windowBits = 9;  // as zlib: decoders of 256-byte windows exist that are wrong

    const engine::DeflateSettings settings{
        .level = level,
        .strategy = static_cast<deflate::Strategy>(strategy),
        .window_bits = static_cast<unsigned>(windowBits),
        .mem_level = static_cast<unsigned>(memLevel),
        .wrap = wrap,
        .may_allocate = compat::has_default_allocator(*strm),
        .offload = offload::deflate_offload(),
    };
    void* block = compat::allocate(strm, DeflateState::total_bytes(settings));
    if (block == nullptr) return Z_MEM_ERROR;
    auto* state = std::construct_at(static_cast<DeflateState*>(block));
    state->header = {strm, compat::kDeflateTag};
    state->gz_head = nullptr;
    state->stream.create(settings, state->memory());
    strm->state = reinterpret_cast<struct internal_state*>(state);
    compat::reset_stream(strm, *state);
    return Z_OK;
}

int ZEXPORT deflate(z_streamp strm, int flush) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr || flush > Z_BLOCK || flush < 0) return Z_STREAM_ERROR;
    using State = engine::DeflateStream::State;
    engine::DeflateStream& stream = state->stream;

    if (strm->next_out == nullptr || (strm->avail_in != 0 && strm->next_in == nullptr) ||
        (stream.state() == State::kFinish && flush != Z_FINISH)) {
        return compat::fail(strm, Z_STREAM_ERROR);
    }
    if (strm->avail_out == 0) return compat::fail(strm, Z_BUF_ERROR);

    const int last_flush = state->last_flush;
    state->last_flush = flush;
    compat::StreamIo io(*strm);
    if (stream.pending().bytes != 0) {
        stream.deliver_pending(io.out);
        if (io.out.avail == 0) {
            io.store();
            state->last_flush = compat::kOutputWasFull;
            return Z_OK;
        }
    } else if (strm->avail_in == 0 && engine::flush_rank(flush) <= engine::flush_rank(last_flush) &&
               flush != Z_FINISH) {
        return compat::fail(strm, Z_BUF_ERROR);
    }
    if (stream.state() == State::kFinish && strm->avail_in != 0) {
        io.store();
        return compat::fail(strm, Z_BUF_ERROR);
    }

    engine::GzipFields fields;
    if (state->gz_head != nullptr) fields = compat::fields_of(*state->gz_head);
    const Status status =
        stream.step(io.in, io.out, static_cast<engine::Flush>(flush),
                    state->gz_head != nullptr ? &fields : nullptr, strm->total_in);
    io.store();
    if (stream.settings().wrap != engine::Wrap::kRaw) strm->adler = stream.check();
    compat::publish_data_type(strm, stream);
    if (status == Status::kStreamEnd) return Z_STREAM_END;
    if (strm->avail_out == 0) state->last_flush = compat::kOutputWasFull;
    return Z_OK;
}

int ZEXPORT deflateEnd(z_streamp strm) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    const bool is_unfinished = state->stream.is_unfinished();
    state->header.tag = 0;
    state->stream.destroy();
    compat::deallocate(strm, state);
    strm->state = nullptr;
    return is_unfinished ? Z_DATA_ERROR : Z_OK;
}

int ZEXPORT deflateReset(z_streamp strm) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    state->stream.reset();
    compat::reset_stream(strm, *state);
    return Z_OK;
}

int ZEXPORT deflateResetKeep(z_streamp strm) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    state->stream.reset_keep();
    compat::reset_stream(strm, *state);
    return Z_OK;
}

int ZEXPORT deflateCopy(z_streamp dest, z_streamp source) {
    DeflateState* from = DeflateState::from(source);
    if (from == nullptr || dest == nullptr) return Z_STREAM_ERROR;
    std::memcpy(static_cast<void*>(dest), source, sizeof *dest);
    const std::size_t size = DeflateState::total_bytes(from->stream.settings());
    void* block = compat::allocate(dest, size);
    if (block == nullptr) return Z_MEM_ERROR;
    std::memcpy(block, static_cast<const void*>(from), size);
    auto* state = static_cast<DeflateState*>(block);
    state->header.owner = dest;
    if (!state->stream.adopt_copy(state->memory())) {
        compat::deallocate(dest, block);
        dest->state = nullptr;
        return Z_MEM_ERROR;
    }
    dest->state = reinterpret_cast<struct internal_state*>(state);
    return Z_OK;
}

int ZEXPORT deflateSetDictionary(z_streamp strm, const Bytef* dictionary, uInt dictLength) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr || dictionary == nullptr) return Z_STREAM_ERROR;
    if (!state->stream.set_dictionary(dictionary, dictLength)) return Z_STREAM_ERROR;
    const auto& settings = state->stream.settings();
    if (settings.wrap == engine::Wrap::kZlib) strm->adler = state->stream.check();
    // zlib counts the part of the dictionary that fits in the window as input.
    const uInt window_bytes = 1U << settings.window_bits;
    strm->total_in += dictLength < window_bytes ? dictLength : window_bytes;
    return Z_OK;
}

int ZEXPORT deflateGetDictionary(z_streamp strm, Bytef* dictionary, uInt* dictLength) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    const engine::Bytes bytes = state->stream.dictionary();
    if (dictionary != nullptr && bytes.avail != 0) std::memcpy(dictionary, bytes.next, bytes.avail);
    if (dictLength != nullptr) *dictLength = static_cast<uInt>(bytes.avail);
    return Z_OK;
}

int ZEXPORT deflateSetHeader(z_streamp strm, gz_headerp head) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr || !state->stream.takes_gzip_fields()) return Z_STREAM_ERROR;
    state->gz_head = head;
    return Z_OK;
}

int ZEXPORT deflatePending(z_streamp strm, unsigned* pending, int* bits) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    const auto waiting = state->stream.pending();
    if (bits != nullptr) *bits = static_cast<int>(waiting.bits);
    if (pending != nullptr) {
        if (waiting.bytes > UINT_MAX) {
            *pending = UINT_MAX;
            return Z_BUF_ERROR;
        }
        *pending = static_cast<unsigned>(waiting.bytes);
    }
    return Z_OK;
}

int ZEXPORT deflateUsed(z_streamp strm, int* bits) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (bits != nullptr) *bits = static_cast<int>(state->stream.used_bits());
    return Z_OK;
}

int ZEXPORT deflatePrime(z_streamp strm, int bits, int value) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (bits < 0 || bits > 16) return Z_BUF_ERROR;
    return state->stream.prime(static_cast<unsigned>(bits), static_cast<unsigned>(value))
               ? Z_OK
               : Z_BUF_ERROR;
}

int ZEXPORT deflateParams(z_streamp strm, int level, int strategy) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    if (level == Z_DEFAULT_COMPRESSION) level = deflate::kDefaultLevel;
    if (!compat::is_level(level) || !compat::is_strategy(strategy)) return Z_STREAM_ERROR;

    const engine::DeflateSettings& now = state->stream.settings();
    const auto wanted = static_cast<deflate::Strategy>(strategy);
    const bool is_other_group = deflate::level_group(level) != deflate::level_group(now.level);
    if ((wanted != now.strategy || is_other_group) && state->last_flush != compat::kNoCallYet) {
        if (::deflate(strm, Z_BLOCK) == Z_STREAM_ERROR) return Z_STREAM_ERROR;
        if (strm->avail_in != 0 || state->stream.has_open_input()) return Z_BUF_ERROR;
    }
    state->stream.set_params(level, wanted);
    return Z_OK;
}

int ZEXPORT deflateTune(z_streamp strm, int good_length, int max_lazy, int nice_length,
                        int max_chain) {
    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return Z_STREAM_ERROR;
    state->stream.set_limits({
        .good_length = static_cast<std::uint32_t>(good_length),
        .max_lazy = static_cast<std::uint32_t>(max_lazy),
        .nice_length = static_cast<std::uint32_t>(nice_length),
        .max_chain = static_cast<std::uint32_t>(max_chain),
    });
    return Z_OK;
}

// zlib's own bounds, byte for byte: programs size buffers by them and some compare. The encoder keeps to them by the
// rules of Deflater::is_block_due().
z_size_t ZEXPORT deflateBound_z(z_streamp strm, z_size_t sourceLen) {
    constexpr z_size_t kMost = ~z_size_t{0};
    auto plus = [](z_size_t a, z_size_t b) { return a + b < a ? kMost : a + b; };

    z_size_t fixed_bytes = sourceLen + (sourceLen >> 3) + (sourceLen >> 8) + (sourceLen >> 9) + 4;
    if (fixed_bytes < sourceLen) fixed_bytes = kMost;
    z_size_t stored_bytes = sourceLen + (sourceLen >> 5) + (sourceLen >> 7) + (sourceLen >> 11) + 7;
    if (stored_bytes < sourceLen) stored_bytes = kMost;

    DeflateState* state = DeflateState::from(strm);
    if (state == nullptr) return plus(fixed_bytes > stored_bytes ? fixed_bytes : stored_bytes, 18);

    z_size_t wrap_bytes = 0;
    switch (state->stream.settings().wrap) {
        case engine::Wrap::kRaw:
            break;
        case engine::Wrap::kZlib:
            wrap_bytes = state->stream.has_history() ? 10 : 6;
            break;
        case engine::Wrap::kGzip:
            wrap_bytes = 18;
            if (const gz_header* head = state->gz_head) {
                if (head->extra != nullptr) wrap_bytes += 2 + head->extra_len;
                for (const Bytef* text : {head->name, head->comment}) {
                    if (text != nullptr)
                        wrap_bytes += std::strlen(reinterpret_cast<const char*>(text)) + 1;
                }
                if (head->hcrc != 0) wrap_bytes += 2;
            }
            break;
    }
    const auto& settings = state->stream.settings();
    if (settings.window_bits != 15 || settings.mem_level != 8) {
        const bool can_lack_stored = settings.window_bits <= settings.mem_level + 7;
        return plus(can_lack_stored && settings.level != 0 ? fixed_bytes : stored_bytes,
                    wrap_bytes);
    }
    const z_size_t bound =
        sourceLen + (sourceLen >> 12) + (sourceLen >> 14) + (sourceLen >> 25) + 13 - 6 + wrap_bytes;
    return bound < sourceLen ? kMost : bound;
}

uLong ZEXPORT deflateBound(z_streamp strm, uLong sourceLen) {
    const z_size_t bound = deflateBound_z(strm, sourceLen);
    return static_cast<uLong>(bound) != bound ? ~0UL : static_cast<uLong>(bound);
}

}  // extern "C"

// SPDX-License-Identifier: Zlib
// Between files and libzstd; see zstd_format.hpp. Messages are those that gzip data get.
#define ZSTD_STATIC_LINKING_ONLY  // ZSTD_c_rsyncable, sequence producers
#include "zstd_format.hpp"

#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

#include "signals.hpp"
#include "zlib.h"
#ifdef WARPZ_HAS_ZSTD_PRODUCER
#include "offload/devices.hpp"
#include "warpz/warpz_zstd.h"
#endif

namespace warpz::cli {
namespace {

template <auto Free>
struct Deleter {
    template <class Context>
    void operator()(Context* context) const noexcept {
        Free(context);
    }
};
using CompressContext = std::unique_ptr<ZSTD_CCtx, Deleter<ZSTD_freeCCtx>>;
using DecompressContext = std::unique_ptr<ZSTD_DCtx, Deleter<ZSTD_freeDCtx>>;

/// What remains in a regular file, for the frame's header; 0 where that is unknown.
std::uint64_t remaining_bytes(const Reader& in) {
    struct stat status {};
    if (fstat(in.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    const off_t at = lseek(in.fd(), 0, SEEK_CUR);
    return at >= 0 && at < status.st_size ? static_cast<std::uint64_t>(status.st_size - at) : 0;
}

void check_compression(const Reader& in, std::size_t code) {
    if (ZSTD_isError(code) == 0) return;
    switch (ZSTD_getErrorCode(code)) {
        case ZSTD_error_memory_allocation:
            throw std::bad_alloc();
        case ZSTD_error_srcSize_wrong:
            throw Failure(in.name(), "file size changed while it was read");
        default:
            throw Failure(in.name(), ZSTD_getErrorName(code));
    }
}

#ifdef WARPZ_HAS_ZSTD_PRODUCER
using Producer = std::unique_ptr<warpz_zstd, Deleter<warpz_zstd_destroy>>;

/// An accelerator that finds matches, where one is configured. It knows nothing of what is before a block, and libzstd does
/// not use its own threads with it.
Producer make_producer(const CompressRequest& request) {
    offload::Devices* const devices = offload::Devices::of_process();
    const bool serves = devices != nullptr && devices->has_format(device::Format::kLz77Zstd) &&
                        !request.window_log && !request.rsyncable;
    return Producer(serves ? warpz_zstd_create() : nullptr);
}

void use_producer(ZSTD_CCtx* context, warpz_zstd* producer) {
    if (producer == nullptr) return;
    ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableSeqProducerFallback, 1);
    ZSTD_registerSequenceProducer(context, producer, warpz_zstd_sequence_producer);
}
#else
std::unique_ptr<int> make_producer(const CompressRequest&) { return nullptr; }
void use_producer(ZSTD_CCtx*, const int*) {}
#endif

void set_up(ZSTD_CCtx* context, const Reader& in, const CompressRequest& request) {
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        check_compression(in, ZSTD_CCtx_setParameter(context, parameter, value));
    };
    set(ZSTD_c_compressionLevel, request.level);
    set(ZSTD_c_checksumFlag, request.has_check ? 1 : 0);
    if (request.window_log) {
        set(ZSTD_c_enableLongDistanceMatching, 1);
        set(ZSTD_c_windowLog, *request.window_log);
    }
    // A library without threads has the bound 0. One worker makes what many make; none makes other bytes.
    const int workers = std::min(static_cast<int>(request.threads),
                                 ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound);
    set(ZSTD_c_nbWorkers, workers);
    if (workers > 0 && request.rsyncable) set(ZSTD_c_rsyncable, 1);
    if (const std::uint64_t size = remaining_bytes(in); size != 0)
        check_compression(in, ZSTD_CCtx_setPledgedSrcSize(context, size));
}

[[noreturn]] void fail_decompression(const Reader& in, std::size_t code, int max_window_log) {
    const auto refuse = [&](const std::string& reason) { throw Failure(in.name(), reason); };
    switch (ZSTD_getErrorCode(code)) {
        case ZSTD_error_memory_allocation:
            throw std::bad_alloc();
        case ZSTD_error_frameParameter_windowTooLarge:
            refuse("needs a window of more than " + std::to_string((1U << max_window_log) >> 10) +
                   " KiB -- use --long=31");
            break;
        case ZSTD_error_dictionary_wrong:
            refuse("needs a dictionary -- not supported");
            break;
        case ZSTD_error_frameParameter_unsupported:
        case ZSTD_error_version_unsupported:
            refuse("has features of another version of zstd -- not supported");
            break;
        default:
            break;
    }
    const bool is_check = ZSTD_getErrorCode(code) == ZSTD_error_checksum_wrong;
    throw BadData(
        in.name(),
        std::string("invalid compressed data--") + (is_check ? "crc error" : "format violated"),
        in.taken_bytes());
}

/// Decodes one frame, whose first bytes are next in `in`.
void decode_frame(ZSTD_DCtx* context, Reader& in, Writer& out, Buffer& buffer,
                  const DecompressRequest& request, DecompressResult& result) {
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
    bool is_full = false;
    for (std::size_t code = 1; code != 0;) {
        const auto bytes = in.available();
        // What the last call had no room for may be all that is missing.
        if (bytes.empty() && !is_full) throw truncated(in);
        ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
        ZSTD_outBuffer to{buffer.data(), buffer.size(), 0};
        code = ZSTD_decompressStream(context, &to, &from);
        in.take(from.pos);
        is_full = to.pos == to.size;
        const auto plain = buffer.first(to.pos);
        if (request.wants_crc)
            result.crc =
                static_cast<std::uint32_t>(crc32_z(result.crc, plain.data(), plain.size()));
        result.totals.plain_bytes += plain.size();
        out.write(plain);
        if (ZSTD_isError(code) != 0) fail_decompression(in, code, request.max_window_log);
    }
}

}  // namespace

CoderTotals compress_zstd(Reader& in, Writer& out, const CompressRequest& request) {
    const auto producer = make_producer(request);
    const CompressContext context(ZSTD_createCCtx());
    if (!context) throw std::bad_alloc();
    set_up(context.get(), in, request);
    use_producer(context.get(), producer.get());
    Buffer buffer;
    // The first call starts libzstd's threads; signals are for this one.
    std::optional<SignalBlock> block(std::in_place);
    for (bool is_end = false; !is_end;) {
        const auto bytes = in.available();
        is_end = bytes.empty();
        ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
        bool is_done = false;
        while (!is_done) {
            ZSTD_outBuffer to{buffer.data(), buffer.size(), 0};
            const std::size_t rest = ZSTD_compressStream2(context.get(), &to, &from,
                                                          is_end ? ZSTD_e_end : ZSTD_e_continue);
            block.reset();
            check_compression(in, rest);
            out.write(buffer.first(to.pos));
            is_done = is_end ? rest == 0 : from.pos == from.size;
        }
        in.take(bytes.size());
    }
    return {.plain_bytes = in.read_bytes(), .packed_bytes = out.written_bytes()};
}

DecompressResult decompress_zstd(Reader& in, Writer& out, const DecompressRequest& request) {
    const DecompressContext context(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, request.max_window_log);
    Buffer buffer;
    DecompressResult result;
    result.method = "zstd";
    do {
        decode_frame(context.get(), in, out, buffer, request, result);
        ++result.members;
        result.ending = skip_to_next_member(in, request.keeps_rest, Magic::kZstd);
        result.totals.packed_bytes = in.taken_bytes();
    } while (result.ending == AfterMember::kMember);
    return result;
}

}  // namespace warpz::cli

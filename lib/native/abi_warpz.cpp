// SPDX-License-Identifier: Zlib
// The functions of warpz.h: each checks its arguments and leaves the work to context.hpp and coder.hpp.
#include <cstdlib>
#include <cstring>

#include "native/context.hpp"

#define WARPZ_EXPORT __attribute__((visibility("default")))

using namespace warpz;

namespace {

[[nodiscard]] bool has_level(int level) noexcept { return level >= -1 && level <= WARPZ_LEVEL_MAX; }

}  // namespace

extern "C" {

WARPZ_EXPORT int warpz_context_create(const warpz_options* options, warpz_context** context) {
    if (context == nullptr) return WARPZ_ERROR_PARAMETER;
    *context = nullptr;
    const warpz_options chosen = options != nullptr ? *options : warpz_options{};
    if ((chosen.flags & ~static_cast<unsigned>(WARPZ_EVENTS | WARPZ_NO_DEVICE)) != 0)
        return WARPZ_ERROR_PARAMETER;
    *context = warpz_context::create(chosen);
    return *context != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY;
}

WARPZ_EXPORT void warpz_context_destroy(warpz_context* context) { warpz_context::destroy(context); }

WARPZ_EXPORT int warpz_submit(warpz_context* context, warpz_job* const* jobs, unsigned count) {
    if (context == nullptr || (jobs == nullptr && count != 0)) return WARPZ_ERROR_PARAMETER;
    if (!context->is_here()) return WARPZ_ERROR_FORKED;
    return context->submit(jobs, count);
}

WARPZ_EXPORT int warpz_poll(warpz_context* context, warpz_job** done, unsigned capacity) {
    if (context == nullptr || (done == nullptr && capacity != 0)) return WARPZ_ERROR_PARAMETER;
    if (!context->is_here()) return WARPZ_ERROR_FORKED;
    return static_cast<int>(context->poll(done, capacity));
}

WARPZ_EXPORT int warpz_wait(warpz_context* context, warpz_job** done, unsigned capacity,
                            int timeout_ms) {
    if (context == nullptr || (done == nullptr && capacity != 0)) return WARPZ_ERROR_PARAMETER;
    if (!context->is_here()) return WARPZ_ERROR_FORKED;
    return static_cast<int>(context->wait(done, capacity, timeout_ms));
}

WARPZ_EXPORT int warpz_run(warpz_context* context, warpz_job* job) {
    if (context == nullptr || job == nullptr) return WARPZ_ERROR_PARAMETER;
    if (!context->is_here()) return WARPZ_ERROR_FORKED;
    context->run(*job);
    return job->status;
}

WARPZ_EXPORT int warpz_event_fd(const warpz_context* context) {
    if (context == nullptr || context->event_fd() < 0) return WARPZ_ERROR_PARAMETER;
    return context->event_fd();
}

WARPZ_EXPORT unsigned warpz_pending(const warpz_context* context) {
    return context != nullptr ? context->pending() : 0;
}

WARPZ_EXPORT size_t warpz_bound(size_t in_bytes) {
    if (in_bytes > SIZE_MAX / 2) return SIZE_MAX;
    return native::kHeaderBytes + device::deflate_output_bytes(in_bytes) + native::kClosingBytes;
}

WARPZ_EXPORT int warpz_buffer_alloc(warpz_context* context, int operation, size_t bytes,
                                    void** buffer) {
    if (buffer == nullptr) return WARPZ_ERROR_PARAMETER;
    *buffer = nullptr;
    if (context == nullptr || bytes == 0 ||
        (operation != WARPZ_DEFLATE && operation != WARPZ_INFLATE)) {
        return WARPZ_ERROR_PARAMETER;
    }
    if (!context->is_here()) return WARPZ_ERROR_FORKED;
    *buffer = context->take_buffer(operation, bytes);
    return *buffer != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY;
}

WARPZ_EXPORT void warpz_buffer_free(warpz_context* context, void* buffer) {
    if (context != nullptr && buffer != nullptr) context->free_buffer(buffer);
}

WARPZ_EXPORT int warpz_stream_create(int operation, int format, int level, warpz_stream** stream) {
    if (stream == nullptr) return WARPZ_ERROR_PARAMETER;
    *stream = nullptr;
    if ((operation != WARPZ_DEFLATE && operation != WARPZ_INFLATE) || format < WARPZ_ZLIB ||
        format > WARPZ_RAW || (operation == WARPZ_DEFLATE && !has_level(level))) {
        return WARPZ_ERROR_PARAMETER;
    }
    *stream = native::make_stream(operation, format, level);
    return *stream != nullptr ? WARPZ_OK : WARPZ_ERROR_NO_MEMORY;
}

WARPZ_EXPORT void warpz_stream_reset(warpz_stream* stream) {
    if (stream != nullptr && !stream->busy.load()) stream->begin();
}

WARPZ_EXPORT int warpz_stream_set_dictionary(warpz_stream* stream, const void* dictionary,
                                             size_t bytes) {
    if (stream == nullptr || dictionary == nullptr || bytes == 0 || stream->format == WARPZ_GZIP)
        return WARPZ_ERROR_PARAMETER;
    if (stream->busy.load()) return WARPZ_ERROR_BUSY;
    if (stream->has_begun) return WARPZ_ERROR_PARAMETER;
    auto* const copy = static_cast<std::uint8_t*>(std::malloc(bytes));
    if (copy == nullptr) return WARPZ_ERROR_NO_MEMORY;
    std::memcpy(copy, dictionary, bytes);
    std::free(stream->dictionary);
    stream->dictionary = copy;
    stream->dictionary_bytes = bytes;
    stream->begin();
    return WARPZ_OK;
}

WARPZ_EXPORT void warpz_stream_destroy(warpz_stream* stream) { native::free_stream(stream); }

WARPZ_EXPORT size_t warpz_stream_memory(int operation, int level) {
    const bool is_deflate = operation == WARPZ_DEFLATE && has_level(level);
    return is_deflate || operation == WARPZ_INFLATE ? native::stream_memory(operation, level) : 0;
}

WARPZ_EXPORT void warpz_query(const warpz_context* context, warpz_capabilities* capabilities) {
    if (context != nullptr && capabilities != nullptr) context->query(*capabilities);
}

WARPZ_EXPORT void warpz_get_statistics(const warpz_context* context, warpz_statistics* statistics) {
    if (context != nullptr && statistics != nullptr) *statistics = context->statistics();
}

WARPZ_EXPORT const char* warpz_status_text(int status) {
    switch (status) {
        case WARPZ_OK:
            return "done";
        case WARPZ_STREAM_END:
            return "end of stream";
        case WARPZ_ERROR_PARAMETER:
            return "argument out of range";
        case WARPZ_ERROR_NO_MEMORY:
            return "out of memory";
        case WARPZ_ERROR_NO_SPACE:
            return "output does not fit";
        case WARPZ_ERROR_DATA:
            return "damaged data";
        case WARPZ_ERROR_DICTIONARY:
            return "another dictionary is needed";
        case WARPZ_ERROR_FORKED:
            return "the context belongs to another process";
        case WARPZ_ERROR_BUSY:
            return "the stream has a job under way";
        default:
            return "unknown status";
    }
}

}  // extern "C"

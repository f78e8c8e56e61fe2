// SPDX-License-Identifier: Zlib
#include "native/coder.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "offload/executors.hpp"

namespace {

using namespace warpz;
using native::level_of;

[[nodiscard]] engine::DeflateSettings settings_of(int format, int level,
                                                  bool is_one_shot) noexcept {
    const engine::Wrap wrap = format == WARPZ_ZLIB   ? engine::Wrap::kZlib
                              : format == WARPZ_GZIP ? engine::Wrap::kGzip
                                                     : engine::Wrap::kRaw;
    return {.level = level,
            .strategy = deflate::Strategy::kDefault,
            .window_bits = 15,
            .mem_level = 8,
            .wrap = wrap,
            .may_allocate = !is_one_shot,
            .offload = is_one_shot ? nullptr : offload::deflate_offload()};
}

[[nodiscard]] InflateFormat inflate_format(int format) noexcept {
    return {.window_bits = 15, .zlib = format == WARPZ_ZLIB, .gzip = format == WARPZ_GZIP};
}

/// Streams hold a window of their own from the start.
std::uint8_t* no_window(void*, std::size_t) noexcept { return nullptr; }
constexpr WindowSource kNoWindow{no_window, nullptr};
constexpr std::size_t kWindowBytes = 32768 + inflate::kWindowSlackBytes;

[[nodiscard]] engine::Flush flush_of(int flush) noexcept {
    switch (flush) {
        case WARPZ_SYNC_FLUSH:
            return engine::Flush::kSync;
        case WARPZ_FULL_FLUSH:
            return engine::Flush::kFull;
        case WARPZ_FINISH:
            return engine::Flush::kFinish;
        default:
            return engine::Flush::kNone;
    }
}

constexpr std::size_t kStreamBytes = (sizeof(warpz_stream) + 63) & ~std::size_t{63};

}  // namespace

void warpz_stream::begin() noexcept {
    has_begun = false;
    total_in = 0;
    if (operation == WARPZ_INFLATE) {
        inflate.reset(inflate_format(format));
        inflate.bind_window(window);
        if (dictionary != nullptr && format == WARPZ_RAW)
            (void)inflate.set_dictionary(dictionary, dictionary_bytes, kNoWindow);
    } else {
        deflate.reset();
        if (dictionary != nullptr) (void)deflate.set_dictionary(dictionary, dictionary_bytes);
    }
}

void warpz_stream::step(warpz_job& job, int flush) noexcept {
    const auto* const in = static_cast<const std::uint8_t*>(job.in);
    auto* const out = static_cast<std::uint8_t*>(job.out);
    job.consumed = job.produced = 0;
    has_begun = true;
    if (operation == WARPZ_DEFLATE) {
        engine::Bytes bytes{in, job.in_bytes};
        engine::Space space{out, job.out_space};
        const Status status = deflate.step(bytes, space, flush_of(flush), nullptr, total_in);
        job.consumed = job.in_bytes - bytes.avail;
        job.produced = job.out_space - space.avail;
        job.check = format == WARPZ_RAW ? 0 : deflate.check();
        job.status = status == Status::kStreamEnd ? WARPZ_STREAM_END : WARPZ_OK;
    } else {
        InflateIo io;
        io.source = &kNoWindow;
        io.in = in;
        io.in_end = in + job.in_bytes;
        io.out = out;
        io.out_end = out + job.out_space;
        Status status = inflate.step(io, InflateStream::StopAt::kNowhere, false);
        if (status == Status::kNeedDict && dictionary != nullptr &&
            inflate.set_dictionary(dictionary, dictionary_bytes, kNoWindow) == Status::kOk) {
            status = inflate.step(io, InflateStream::StopAt::kNowhere, false);
        }
        job.consumed = static_cast<std::size_t>(io.in - in);
        job.produced = static_cast<std::size_t>(io.out - out);
        if (io.sets_check) job.check = io.check;
        job.status = status == Status::kStreamEnd  ? WARPZ_STREAM_END
                     : status == Status::kNeedDict ? WARPZ_ERROR_DICTIONARY
                     : status == Status::kBadData  ? WARPZ_ERROR_DATA
                     : status == Status::kNoMemory ? WARPZ_ERROR_NO_MEMORY
                                                   : WARPZ_OK;
    }
    total_in += job.consumed;
}

bool warpz_stream::wants_space(const warpz_job& job) noexcept {
    const auto* const in = static_cast<const std::uint8_t*>(job.in);
    std::uint8_t more;
    InflateIo io;
    io.source = &kNoWindow;
    io.in = in + job.consumed;
    io.in_end = in + job.in_bytes;
    io.out = &more;
    io.out_end = &more + 1;
    (void)inflate.step(io, InflateStream::StopAt::kNowhere, false);
    return io.out != &more;
}

namespace warpz::native {

std::size_t stream_memory(int operation, int level) noexcept {
    if (operation == WARPZ_INFLATE) return kStreamBytes + kWindowBytes;
    return kStreamBytes +
           settings_of(WARPZ_ZLIB, level_of(level), true).memory_layout().total_bytes;
}

namespace {

warpz_stream* make(int operation, int format, int level, bool is_one_shot) noexcept {
    const std::size_t size = (stream_memory(operation, level) + 63) & ~std::size_t{63};
    void* const memory = std::aligned_alloc(64, size);
    if (memory == nullptr) return nullptr;
    auto* const stream = ::new (memory) warpz_stream;
    stream->operation = operation;
    stream->format = format;
    stream->level = level_of(level);
    auto* const behind = static_cast<std::uint8_t*>(memory) + kStreamBytes;
    if (operation == WARPZ_INFLATE) {
        stream->window = behind;
    } else {
        stream->deflate.create(settings_of(format, stream->level, is_one_shot), behind);
    }
    return stream;
}

}  // namespace

warpz_stream* make_stream(int operation, int format, int level) noexcept {
    warpz_stream* const stream = make(operation, format, level, false);
    if (stream != nullptr) stream->begin();
    return stream;
}

void free_stream(warpz_stream* stream) noexcept {
    if (stream == nullptr) return;
    if (stream->operation == WARPZ_DEFLATE) stream->deflate.destroy();
    std::free(stream->dictionary);
    std::free(stream);
}

bool is_valid(const warpz_job& job) noexcept {
    if (job.operation > WARPZ_CRC32 || job.format > WARPZ_RAW || job.priority > WARPZ_LATENCY ||
        job.flush > WARPZ_FINISH || job.level < -1 || job.level > WARPZ_LEVEL_MAX) {
        return false;
    }
    if (job.in == nullptr && job.in_bytes != 0) return false;
    if (job.operation >= WARPZ_ADLER32) return true;
    if (job.out == nullptr && job.out_space != 0) return false;
    if (job.stream != nullptr) return job.stream->operation == job.operation;
    if (job.dictionary == nullptr) return job.dictionary_bytes == 0;
    return job.format != WARPZ_GZIP;
}

Coder* Coder::create() noexcept {
    void* const memory = std::malloc(sizeof(Coder));
    return memory != nullptr ? ::new (memory) Coder : nullptr;
}

void Coder::destroy(Coder* coder) noexcept {
    if (coder == nullptr) return;
    free_stream(coder->deflater_[0]);
    free_stream(coder->deflater_[1]);
    // In a child of fork() it may still have that of a job.
    if (coder->inflater_ != nullptr) coder->inflater_->dictionary = nullptr;
    free_stream(coder->inflater_);
    std::free(coder);
}

void Coder::run(warpz_job& job) noexcept {
    const auto* const in = static_cast<const std::uint8_t*>(job.in);
    if (job.stream != nullptr) {
        job.stream->step(job, job.flush);
    } else if (job.operation == WARPZ_DEFLATE) {
        deflate(job);
    } else if (job.operation == WARPZ_INFLATE) {
        inflate(job);
    } else {
        job.check = job.operation == WARPZ_CRC32 ? checksum::crc32(job.check, in, job.in_bytes)
                                                 : checksum::adler32(job.check, in, job.in_bytes);
        job.consumed = job.in_bytes;
        job.produced = 0;
        job.status = WARPZ_OK;
    }
}

void Coder::deflate(warpz_job& job) noexcept {
    const int level = level_of(job.level);
    warpz_stream*& stream = deflater_[deflate::has_sections(level) ? 1 : 0];
    if (stream == nullptr) stream = make(WARPZ_DEFLATE, job.format, level, true);
    job.consumed = job.produced = 0;
    job.status = WARPZ_ERROR_NO_MEMORY;
    if (stream == nullptr) return;
    if (stream->format != job.format || stream->level != level) {
        stream->format = job.format;
        stream->level = level;
        stream->deflate.create(settings_of(job.format, level, true),
                               reinterpret_cast<std::uint8_t*>(stream) + kStreamBytes);
    }
    stream->begin();
    if (job.dictionary != nullptr) {
        (void)stream->deflate.set_dictionary(static_cast<const std::uint8_t*>(job.dictionary),
                                             job.dictionary_bytes);
    }
    stream->step(job, WARPZ_FINISH);
    job.status = job.status == WARPZ_STREAM_END ? WARPZ_OK : WARPZ_ERROR_NO_SPACE;
}

void Coder::inflate(warpz_job& job) noexcept {
    if (inflater_ == nullptr) inflater_ = make(WARPZ_INFLATE, job.format, 0, true);
    job.consumed = job.produced = 0;
    job.status = WARPZ_ERROR_NO_MEMORY;
    if (inflater_ == nullptr) return;
    inflater_->format = job.format;
    inflater_->dictionary =
        const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(job.dictionary));
    inflater_->dictionary_bytes = job.dictionary_bytes;
    inflater_->begin();
    inflater_->step(job, WARPZ_NO_FLUSH);
    inflater_->dictionary = nullptr;
    if (job.status == WARPZ_OK)
        job.status = inflater_->wants_space(job) ? WARPZ_ERROR_NO_SPACE : WARPZ_ERROR_DATA;
    if (job.status == WARPZ_STREAM_END) job.status = WARPZ_OK;
    if (job.format == WARPZ_RAW) job.check = 0;
}

}  // namespace warpz::native

// SPDX-License-Identifier: Zlib
// The rules of a descriptor and the order in which they are tested; see descriptor_executor.hpp. Where the public sources
// say "at least", the model refuses what is less, so that a submitter who relies on luck is found out.
#include "device/model/descriptor_executor.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace warpz::device::model {
namespace {

std::uint64_t address_of(const __le32 (&words)[2]) noexcept {
    return from_le(words[0]) | static_cast<std::uint64_t>(from_le(words[1])) << 32;
}

unsigned window_bits_of(std::uint32_t window) noexcept {
    // 24 KiB is not a power of two: the next lower one keeps its promise.
    return window == WARPZ_ZIP_WINDOW_32K ? 15 : std::min(12 + window, 14U);
}

std::uint8_t status_of(PacketResult result) noexcept {
    switch (result) {
        case PacketResult::kDone:
            return WARPZ_ZIP_STATUS_OK;
        case PacketResult::kStreamEnd:
            return WARPZ_ZIP_STATUS_END;
        case PacketResult::kNeedSpace:
            return WARPZ_ZIP_STATUS_NO_SPACE;
        case PacketResult::kBadTrailer:
            return WARPZ_ZIP_STATUS_CHECKSUM;
        case PacketResult::kBadData:
            break;
    }
    return WARPZ_ZIP_STATUS_BAD_DATA;
}

/// More than a literal buffer needs is not used.
constexpr std::size_t kLiteralsBytes = WARPZ_ZIP_LZ77_MAX_BYTES;

bool stage(std::uint8_t*& staging, std::size_t bytes) noexcept {
    if (staging != nullptr) return true;
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    staging = static_cast<std::uint8_t*>(memory);
    return true;
}

}  // namespace

/// A descriptor's fields, checked.
struct DescriptorExecutor::Request {
    Operation operation;
    Format format;
    std::uint32_t request;
    Side in;
    Side out;
    Side literals;
    std::uint64_t context_address;
    unsigned window_bits;
    bool is_last;
    bool is_stateful;
    bool is_first;
    /// Words that a continued stream must give back; the rest comes from the context
    StreamState state;
    RunningCheck check;
};

struct DescriptorExecutor::Answer {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    std::size_t literals = 0;
    std::uint32_t overflow = 0;
    bool is_last_block = false;
    StreamState state;
    RunningCheck check;
};

bool DeviceMemory::copy(std::uint64_t address, std::uint8_t* bytes, std::size_t size,
                        bool writes) noexcept {
    if (size == 0) return true;
    std::uint8_t* mapped = map(address, size);
    if (mapped == nullptr) return false;
    if (writes) {
        std::memcpy(mapped, bytes, size);
    } else {
        std::memcpy(bytes, mapped, size);
    }
    return true;
}

void DescriptorExecutor::destroy() noexcept {
    PacketCodec::destroy(codec_);
    codec_ = nullptr;
    for (std::uint8_t** staging : {&in_staging_, &out_staging_}) {
        if (*staging != nullptr) munmap(*staging, WARPZ_ZIP_MAX_BYTES);
        *staging = nullptr;
    }
    if (literals_staging_ != nullptr) munmap(literals_staging_, kLiteralsBytes);
    literals_staging_ = nullptr;
    Lz77Parser::destroy(lz77_);
    lz77_ = nullptr;
    if (context_staging_ != nullptr) munmap(context_staging_, kContextBytes);
    context_staging_ = nullptr;
}

std::uint8_t DescriptorExecutor::check(const Sqe& sqe, Operation operation,
                                       Request& request) const noexcept {
    const std::uint32_t dw7 = from_le(sqe.dw7);
    const std::uint32_t dw9 = from_le(sqe.dw9);
    const bool is_v3 = options_.generation >= Generation::kV3;
    const std::uint32_t type = (dw7 & WARPZ_ZIP_DW7_SQE_TYPE_MASK) >> WARPZ_ZIP_DW7_SQE_TYPE_SHIFT;
    if (type != (is_v3 ? WARPZ_ZIP_SQE_TYPE_3 : WARPZ_ZIP_SQE_TYPE_0)) {
        return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    // No cipher, no DIF: their words are zero.
    if ((sqe.lba[0] | sqe.lba[1] | sqe.dw10 | sqe.dw12 | sqe.comp_head_addr[0] |
         sqe.comp_head_addr[1]) != 0) {
        return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    request.request = dw9 & WARPZ_ZIP_DW9_REQUEST_MASK;
    if (request.request != WARPZ_ZIP_REQUEST_LZ77_ZSTD && address_of(sqe.literals_addr) != 0)
        return WARPZ_ZIP_STATUS_BAD_REQUEST;
    switch (request.request) {
        case WARPZ_ZIP_REQUEST_DEFLATE:
            if (!is_v3) return WARPZ_ZIP_STATUS_BAD_REQUEST;
            request.format = Format::kRaw;
            break;
        case WARPZ_ZIP_REQUEST_ZLIB:
            request.format = Format::kZlib;
            break;
        case WARPZ_ZIP_REQUEST_GZIP:
            request.format = Format::kGzip;
            break;
        case WARPZ_ZIP_REQUEST_LZ77_ZSTD:
            if (!is_v3 || operation != Operation::kDeflate) return WARPZ_ZIP_STATUS_BAD_REQUEST;
            request.format = Format::kLz77Zstd;
            break;
        default:
            return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    const std::uint32_t buffer = (dw9 & WARPZ_ZIP_DW9_BUFFER_MASK) >> WARPZ_ZIP_DW9_BUFFER_SHIFT;
    const std::uint32_t window = (dw9 & WARPZ_ZIP_DW9_WINDOW_MASK) >> WARPZ_ZIP_DW9_WINDOW_SHIFT;
    if (buffer > WARPZ_ZIP_BUFFER_SGL || window > WARPZ_ZIP_WINDOW_32K) {
        return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    request.operation = operation;
    request.window_bits = window_bits_of(window);
    request.is_last = (dw7 & WARPZ_ZIP_DW7_FINISH) != 0;
    request.is_stateful = (dw7 & WARPZ_ZIP_DW7_STATEFUL) != 0;
    request.is_first = !request.is_stateful || (dw7 & WARPZ_ZIP_DW7_STREAM_NEW) != 0;
    request.context_address = address_of(sqe.stream_ctx_addr);

    const bool is_list = buffer == WARPZ_ZIP_BUFFER_SGL;
    request.in = {.address = address_of(sqe.source_addr),
                  .size = from_le(sqe.input_length),
                  .skip = dw7 & WARPZ_ZIP_DW7_SRC_OFFSET_MASK,
                  .is_list = is_list};
    request.out = {.address = address_of(sqe.dest_addr),
                   .size = from_le(sqe.output_length),
                   .skip = from_le(sqe.dw8) & WARPZ_ZIP_DW8_DST_OFFSET_MASK,
                   .is_list = is_list};
    if (!is_list && (request.in.skip | request.out.skip) != 0) return WARPZ_ZIP_STATUS_BAD_REQUEST;
    if (request.in.size > WARPZ_ZIP_MAX_BYTES || request.out.size > WARPZ_ZIP_MAX_BYTES) {
        return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    if (request.format == Format::kLz77Zstd) {
        // Streams of blocks that refer to each other are not offered.
        if (is_list || request.is_stateful || !request.is_last || request.in.size == 0 ||
            request.in.size > WARPZ_ZIP_LZ77_MAX_BYTES) {
            return WARPZ_ZIP_STATUS_BAD_REQUEST;
        }
        request.literals = {.address = address_of(sqe.literals_addr),
                            .size = from_le(sqe.tag_type0)};
        const bool has_room =
            request.literals.size >= request.in.size + WARPZ_ZIP_LZ77_LITERALS_SLACK &&
            request.out.size >= WARPZ_ZIP_LZ77_TABLE_BYTES + WARPZ_ZIP_LZ77_SEQUENCE_BYTES;
        request.literals.size = std::min(request.literals.size, kLiteralsBytes);
        return has_room ? WARPZ_ZIP_STATUS_OK : WARPZ_ZIP_STATUS_NO_SPACE;
    }
    request.state.kind = request.request << 8 | static_cast<std::uint32_t>(operation) << 1 | 1;
    // At a stream's start the registers start from values of the device's own, whatever they hold.
    request.check = RunningCheck::start(request.format);
    if (!request.is_first) {
        request.state.ctx_dw0 = from_le(sqe.ctx_dw0);
        request.state.ctx_dw1 = from_le(sqe.ctx_dw1);
        request.state.ctx_dw2 = from_le(sqe.ctx_dw2);
        const std::uint32_t value = from_le(sqe.checksum);
        request.check.isize = from_le(sqe.isize);
        if (request.format == Format::kZlib) request.check.value = value;
        if (request.format == Format::kGzip) request.check.value = crc_of_register(value);
    }

    if (operation == Operation::kInflate) {
        // Nothing can be waiting in a stream that has had no input.
        const bool is_empty = request.in.size == 0 && request.is_first;
        return is_empty ? WARPZ_ZIP_STATUS_BAD_REQUEST : WARPZ_ZIP_STATUS_OK;
    }
    // An empty last packet is the submitter's own business, as is what does not fill a granule.
    if (request.in.size == 0) return WARPZ_ZIP_STATUS_BAD_REQUEST;
    if (!request.is_last) {
        const bool is_whole = request.in.size % WARPZ_ZIP_PACKET_GRANULE == 0;
        if (!request.is_stateful || !is_whole) return WARPZ_ZIP_STATUS_BAD_REQUEST;
    }
    // The device wants room for incompressible data before it begins, whether or not it turns out to need it.
    if (request.is_stateful && request.out.size < WARPZ_ZIP_MIN_STATEFUL_OUTPUT) {
        return WARPZ_ZIP_STATUS_NO_SPACE;
    }
    if (request.out.size < request.in.size + (request.in.size + 7) / 8) {
        return WARPZ_ZIP_STATUS_NO_SPACE;
    }
    return WARPZ_ZIP_STATUS_OK;
}

/// Copies between side.bytes and the memory that a list names, `size` bytes. False for a broken list or address.
bool DescriptorExecutor::copy_list(const Side& side, std::size_t size, bool writes,
                                   DeviceMemory& memory) noexcept {
    constexpr unsigned kMaxLists = 256;
    std::uint64_t list_address = side.address;
    std::size_t skip = side.skip;
    std::size_t done = 0;
    for (unsigned lists = 0; done < size && lists < kMaxLists && list_address != 0; ++lists) {
        warpz_zip_sgl list;
        if (list_address % WARPZ_ZIP_SGL_ALIGN != 0) return false;
        std::uint8_t* bytes = reinterpret_cast<std::uint8_t*>(&list);
        if (!memory.read(list_address, {bytes, sizeof list})) return false;
        const unsigned entries = from_le(list.entries);
        if (entries > WARPZ_ZIP_SGL_MAX_ENTRIES || entries > from_le(list.capacity)) return false;
        for (unsigned i = 0; i < entries && done < size; ++i) {
            warpz_zip_sge entry;
            const std::uint64_t at = list_address + sizeof list + i * sizeof entry;
            bytes = reinterpret_cast<std::uint8_t*>(&entry);
            if (!memory.read(at, {bytes, sizeof entry})) return false;
            const std::size_t length = from_le(entry.length);
            if (length > WARPZ_ZIP_MAX_BYTES) return false;
            const std::size_t passed = std::min(skip, length);
            skip -= passed;
            const std::size_t count = std::min(length - passed, size - done);
            if (count == 0) continue;
            const std::uint64_t address = load_le<std::uint64_t>(bytes) + passed;
            const std::span<std::uint8_t> part{side.bytes + done, count};
            if (!(writes ? memory.write(address, part) : memory.read(address, part))) return false;
            done += count;
        }
        list_address = load_le<std::uint64_t>(reinterpret_cast<const std::uint8_t*>(&list));
    }
    return done == size;
}

/// Gives side.bytes a value: size bytes to be read, or room for them.
bool DescriptorExecutor::open_side(Side& side, std::uint8_t*& staging, std::size_t staging_bytes,
                                   bool reads, DeviceMemory& memory) noexcept {
    if (side.size == 0) return true;
    if (!side.is_list) {
        side.bytes = memory.map(side.address, side.size);
        if (side.bytes != nullptr) return true;
        if (!memory.admits(side.address, side.size)) return false;
    }
    if (!stage(staging, staging_bytes)) return false;
    side.bytes = staging;
    side.is_staged = true;
    if (!reads) return true;
    return side.is_list ? copy_list(side, side.size, false, memory)
                        : memory.read(side.address, {side.bytes, side.size});
}

bool DescriptorExecutor::execute(Sqe& sqe, Operation operation, DeviceMemory& memory) noexcept {
    is_by_engine_ = false;
    if (from_le(sqe.output_length) < WARPZ_ZIP_MIN_OUTPUT) return false;
    Request request{};
    Answer answer;
    std::uint8_t status = check(sqe, operation, request);
    if (status == WARPZ_ZIP_STATUS_OK) {
        answer.state = request.state;
        status = run(request, memory, answer);
    }
    const bool has_results = status == WARPZ_ZIP_STATUS_OK || status == WARPZ_ZIP_STATUS_END ||
                             status == WARPZ_ZIP_STATUS_NEGATIVE;
    if (!has_results) answer = {};
    sqe.consumed = to_le(static_cast<std::uint32_t>(answer.consumed));
    sqe.produced = to_le(static_cast<std::uint32_t>(answer.produced));
    sqe.dw3 = to_le(status | (answer.is_last_block ? WARPZ_ZIP_DW3_LAST_BLOCK : 0U));
    if (!has_results) return true;
    if (request.format == Format::kLz77Zstd) {
        sqe.comp_data_length = to_le(static_cast<std::uint32_t>(answer.literals));
        sqe.checksum = to_le(answer.overflow);
        return true;
    }
    sqe.ctx_dw0 = to_le(answer.state.ctx_dw0);
    sqe.ctx_dw1 = to_le(answer.state.ctx_dw1);
    sqe.ctx_dw2 = to_le(answer.state.ctx_dw2);
    sqe.isize = to_le(answer.check.isize);
    if (request.format == Format::kZlib) sqe.checksum = to_le(answer.check.value);
    if (request.format == Format::kGzip) sqe.checksum = to_le(register_of_crc(answer.check.value));
    return true;
}

std::uint8_t DescriptorExecutor::run(Request& request, DeviceMemory& memory,
                                     Answer& answer) noexcept {
    if (codec_ == nullptr) codec_ = PacketCodec::create();
    if (codec_ == nullptr) return WARPZ_ZIP_STATUS_BUS;
    Side context{.address = request.context_address,
                 .size = request.is_stateful ? kContextBytes : 0};
    if (!open_side(request.in, in_staging_, WARPZ_ZIP_MAX_BYTES, true, memory) ||
        !open_side(request.out, out_staging_, WARPZ_ZIP_MAX_BYTES, false, memory) ||
        !open_side(context, context_staging_, kContextBytes, true, memory)) {
        return WARPZ_ZIP_STATUS_BAD_ADDRESS;
    }
    if (request.format == Format::kLz77Zstd) return run_lz77(request, memory, answer);
    answer.check = request.check;
    const std::span<const std::uint8_t> in{request.in.bytes, request.in.size};
    const std::span<std::uint8_t> out{request.out.bytes, request.out.size};
    const std::span<std::uint8_t> context_bytes{context.bytes, context.size};
    const std::uint8_t status = request.operation == Operation::kDeflate
                                    ? run_deflate(request, in, out, context_bytes, answer)
                                    : run_inflate(request, in, out, context_bytes, answer);

    if (request.out.is_staged && answer.produced != 0) {
        const bool is_written =
            request.out.is_list
                ? copy_list(request.out, answer.produced, true, memory)
                : memory.write(request.out.address, {request.out.bytes, answer.produced});
        if (!is_written) return WARPZ_ZIP_STATUS_BAD_ADDRESS;
    }
    if (context.is_staged && !memory.write(context.address, {context.bytes, context.size})) {
        return WARPZ_ZIP_STATUS_BAD_ADDRESS;
    }
    return status;
}

std::uint8_t DescriptorExecutor::run_deflate(const Request& request,
                                             std::span<const std::uint8_t> in,
                                             std::span<std::uint8_t> out,
                                             std::span<std::uint8_t> context,
                                             Answer& answer) noexcept {
    DeflatePacket packet{
        in, out, {}, request.format, request.is_last, options_.level, request.window_bits};
    StreamState state = request.state;
    if (!request.is_first) {
        const auto stored = context.first<kContextBytes>();
        if (!load_state(key_, stored, state, packet.history, nullptr, codec_->scratch()) ||
            state.kind != request.state.kind || state.ctx_dw2 != request.state.ctx_dw2) {
            return WARPZ_ZIP_STATUS_BAD_CONTEXT;
        }
    }
    PacketCodec::Counts counts{PacketResult::kNeedSpace, 0, 0};
    if (const std::size_t made = engine_ != nullptr ? engine_->deflate(packet) : 0; made != 0) {
        RunningCheck check = answer.check;
        counts = codec_->adopt(packet, made, check);
        is_by_engine_ = counts.result == PacketResult::kDone;
        if (is_by_engine_) answer.check = check;
    }
    if (!is_by_engine_) counts = codec_->deflate(packet, answer.check);
    answer.consumed = counts.consumed;
    answer.produced = counts.produced;
    if (request.is_stateful) {
        const auto stored = context.first<kContextBytes>();
        if (counts.result == PacketResult::kDone && !request.is_last) {
            const std::span<const std::uint8_t> window = codec_->deflate_window(packet);
            state.window_bytes = static_cast<std::uint32_t>(window.size());
            state.ctx_dw0 = 0;
            state.ctx_dw1 = 0;
            state.ctx_dw2 = state.window_bytes;
            store_state(key_, state, window, nullptr, stored, codec_->scratch());
        } else {
            spoil_state(stored);
        }
    }
    answer.state = state;
    if (counts.result == PacketResult::kDone && counts.produced > counts.consumed) {
        return WARPZ_ZIP_STATUS_NEGATIVE;
    }
    return status_of(counts.result);
}

std::uint8_t DescriptorExecutor::run_lz77(Request& request, DeviceMemory& memory,
                                          Answer& answer) noexcept {
    if (lz77_ == nullptr) lz77_ = Lz77Parser::create();
    if (lz77_ == nullptr) return WARPZ_ZIP_STATUS_BUS;
    Side& literals = request.literals;
    if (!open_side(literals, literals_staging_, kLiteralsBytes, false, memory))
        return WARPZ_ZIP_STATUS_BAD_ADDRESS;
    const std::size_t sequences_bytes = request.out.size - WARPZ_ZIP_LZ77_TABLE_BYTES;
    const auto made =
        lz77_->parse({request.in.bytes, request.in.size}, {literals.bytes, literals.size},
                     {request.out.bytes, sequences_bytes});
    if (!made) return WARPZ_ZIP_STATUS_NO_SPACE;
    answer.consumed = request.in.size;
    answer.produced = made->sequences;
    answer.literals = made->literals;
    answer.overflow = made->overflow;
    const std::size_t out_bytes = made->sequences * WARPZ_ZIP_LZ77_SEQUENCE_BYTES;
    const bool is_written =
        (!literals.is_staged || memory.write(literals.address, {literals.bytes, made->literals})) &&
        (!request.out.is_staged ||
         memory.write(request.out.address, {request.out.bytes, out_bytes}));
    return is_written ? WARPZ_ZIP_STATUS_OK : WARPZ_ZIP_STATUS_BAD_ADDRESS;
}

std::uint8_t DescriptorExecutor::run_inflate(const Request& request,
                                             std::span<const std::uint8_t> in,
                                             std::span<std::uint8_t> out,
                                             std::span<std::uint8_t> context,
                                             Answer& answer) noexcept {
    StreamState state = request.state;
    if (request.is_first) {
        const auto status = offer_inflate(request, in, out, context, answer);
        if (status) return *status;
        codec_->start_inflate();
    } else {
        std::span<const std::uint8_t> window;
        if (!load_state(key_, context.first<kContextBytes>(), state, window, &codec_->inflater(),
                        codec_->scratch())) {
            if (!has_mark(key_, request.state, context.first<kContextBytes>())) {
                return WARPZ_ZIP_STATUS_BAD_CONTEXT;
            }
            return offer_inflate(request, in, out, context, answer)
                .value_or(WARPZ_ZIP_STATUS_BAD_CONTEXT);
        }
        if (state.kind != request.state.kind || state.ctx_dw0 != request.state.ctx_dw0 ||
            state.ctx_dw1 != request.state.ctx_dw1 || state.ctx_dw2 != request.state.ctx_dw2) {
            return WARPZ_ZIP_STATUS_BAD_CONTEXT;
        }
        codec_->resume_inflate(window);
    }
    const PacketCodec::Counts counts =
        codec_->inflate(in, out, request.format, state, answer.check);
    answer.consumed = counts.consumed;
    answer.produced = counts.produced;
    answer.state = state;
    answer.is_last_block = counts.result == PacketResult::kStreamEnd;
    if (request.is_stateful) {
        const auto stored = context.first<kContextBytes>();
        if (counts.result == PacketResult::kDone) {
            store_state(key_, state, codec_->inflate_window(), &codec_->inflater(), stored,
                        codec_->scratch());
        } else {
            spoil_state(stored);
        }
    } else if (counts.result == PacketResult::kDone) {
        // A packet that is a stream of its own has no next one to give the rest.
        const std::uint32_t ctx_state = state.ctx_dw0 & WARPZ_ZIP_CTX0_STATE_MASK;
        if (ctx_state == WARPZ_ZIP_CTX_DRAIN || ctx_state == WARPZ_ZIP_CTX_OUTPUT_FULL) {
            return WARPZ_ZIP_STATUS_NO_SPACE;
        }
    }
    return status_of(counts.result);
}

/// The engine's answer; nothing when the codec may try, if it can. A stream's first packet can be done by either, so that bad
/// data is only what the codec calls so.
std::optional<std::uint8_t> DescriptorExecutor::offer_inflate(const Request& request,
                                                              std::span<const std::uint8_t> in,
                                                              std::span<std::uint8_t> out,
                                                              std::span<std::uint8_t> context,
                                                              Answer& answer) noexcept {
    if (engine_ == nullptr) return std::nullopt;
    const bool is_whole = !request.is_stateful;
    InflatePacket packet{.in = in,
                         .out = out,
                         .format = request.format,
                         .is_first = request.is_first,
                         .is_whole = is_whole,
                         .context = is_whole ? context : context.first<kEngineContextBytes>(),
                         .words = {request.state.ctx_dw0, request.state.ctx_dw1,
                                   request.state.ctx_dw2, 0, request.check.isize},
                         .check = request.check};
    if (request.format == Format::kZlib) packet.words.checksum = request.check.value;
    if (request.format == Format::kGzip) {
        packet.words.checksum = register_of_crc(request.check.value);
    }
    const PacketEngine::Counts counts = engine_->inflate(packet);
    if (counts.result < EngineResult::kDone) {
        const bool is_bad = counts.result == EngineResult::kBadData && !request.is_first;
        return is_bad ? std::optional<std::uint8_t>(WARPZ_ZIP_STATUS_BAD_DATA) : std::nullopt;
    }
    // Half of a stream that has no other packet has rules of its own.
    const bool has_ended = counts.result == EngineResult::kStreamEnd;
    if (is_whole && !has_ended) return std::nullopt;
    is_by_engine_ = true;
    answer.consumed = counts.consumed;
    answer.produced = counts.produced;
    answer.check = packet.check;
    answer.state.ctx_dw0 = packet.words.ctx_dw0;
    answer.state.ctx_dw1 = packet.words.ctx_dw1;
    answer.state.ctx_dw2 = packet.words.ctx_dw2;
    answer.is_last_block = has_ended;
    if (has_ended && !is_whole) {
        spoil_state(context.first<kContextBytes>());
    } else if (!is_whole) {
        store_mark(key_, answer.state, context.first<kContextBytes>());
    }
    return has_ended ? WARPZ_ZIP_STATUS_END : WARPZ_ZIP_STATUS_OK;
}

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
#include "device/model/packet_codec.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"
#include "engine/codec.hpp"

namespace warpz::device::model {
namespace {

constexpr unsigned kMemLevel = 8;

engine::CheckKind check_kind(Format format) noexcept {
    if (format == Format::kZlib) return engine::CheckKind::kAdler32;
    if (format == Format::kGzip) return engine::CheckKind::kCrc32;
    return engine::CheckKind::kNone;
}

}  // namespace

std::size_t trailer_bytes(Format format) noexcept {
    if (format == Format::kZlib) return 4;
    return format == Format::kGzip ? 8 : 0;
}

std::uint64_t trailer_of(Format format, const RunningCheck& check) noexcept {
    if (format == Format::kZlib) return byte_swap(check.value);
    return check.value | static_cast<std::uint64_t>(check.isize) << 32;
}

RunningCheck RunningCheck::start(Format format) noexcept {
    return {format == Format::kZlib ? checksum::kAdler32Start : checksum::kCrc32Start, 0};
}

void RunningCheck::update(Format format, std::span<const std::uint8_t> plain) noexcept {
    engine::Check running{check_kind(format), value};
    running.update(plain.data(), plain.size());
    value = running.value;
    isize += static_cast<std::uint32_t>(plain.size());
}

PacketCodec* PacketCodec::create() noexcept {
    void* memory = mmap(nullptr, sizeof(PacketCodec), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : ::new (memory) PacketCodec;
}

void PacketCodec::destroy(PacketCodec* codec) noexcept {
    if (codec != nullptr) munmap(codec, sizeof(PacketCodec));
}

PacketCodec::Counts PacketCodec::deflate(const DeflatePacket& packet,
                                         RunningCheck& check) noexcept {
    deflater_.create(deflate::MemoryLayout::of(packet.window_bits, kMemLevel), deflate_memory_);
    deflater_.reset();
    deflater_.set_params(packet.level, deflate::Strategy::kDefault);
    deflater_.use_limits_of(packet.level);
    if (!packet.history.empty()) {
        deflater_.set_dictionary(packet.history.data(), packet.history.size());
    }
    engine::Bytes in{packet.in.data(), packet.in.size()};
    engine::Space out{packet.out.data(), packet.out.size()};
    engine::Check running{check_kind(packet.format), check.value};
    const auto flush = packet.is_last ? engine::Flush::kFinish : engine::Flush::kSync;
    const Status status = deflater_.step(in, out, flush, running);
    if (status == Status::kNeedOutput) return {PacketResult::kNeedSpace, 0, 0};

    check.value = running.value;
    check.isize += static_cast<std::uint32_t>(packet.in.size());
    return finish(packet, packet.out.size() - out.avail, check);
}

PacketCodec::Counts PacketCodec::adopt(const DeflatePacket& packet, std::size_t made,
                                       RunningCheck& check) noexcept {
    check.update(packet.format, packet.in);
    return finish(packet, made, check);
}

/// The trailer behind `made` bytes of blocks. `check` is that of all the input.
PacketCodec::Counts PacketCodec::finish(const DeflatePacket& packet, std::size_t made,
                                        RunningCheck& check) noexcept {
    if (packet.is_last) {
        const std::size_t size = trailer_bytes(packet.format);
        if (packet.out.size() - made < size) return {PacketResult::kNeedSpace, 0, 0};
        const std::uint64_t trailer = trailer_of(packet.format, check);
        for (std::size_t i = 0; i < size; ++i) {
            packet.out[made + i] = static_cast<std::uint8_t>(trailer >> (8 * i));
        }
        made += size;
    }
    return {PacketResult::kDone, packet.in.size(), made};
}

std::span<const std::uint8_t> PacketCodec::deflate_window(const DeflatePacket& packet) noexcept {
    const std::size_t fresh = std::min(packet.in.size(), kWindowBytes);
    const std::size_t old = std::min(packet.history.size(), kWindowBytes - fresh);
    if (old != 0) {
        std::memmove(linear_window_, packet.history.data() + packet.history.size() - old, old);
    }
    std::memcpy(linear_window_ + old, packet.in.data() + packet.in.size() - fresh, fresh);
    return {linear_window_, old + fresh};
}

void PacketCodec::start_inflate() noexcept {
    std::construct_at(&inflater_);
    inflater_.start(false);
    inflater_.window = {};
    inflater_.window.bytes = window_;
    inflater_.window.activate(15);
}

void PacketCodec::resume_inflate(std::span<const std::uint8_t> window) noexcept {
    inflater_.window = {};
    inflater_.window.bytes = window_;
    inflater_.window.activate(15);
    inflater_.window.append(window.data() + window.size(), window.size());
}

std::span<const std::uint8_t> PacketCodec::inflate_window() noexcept {
    inflater_.window.copy_to(linear_window_);
    return {linear_window_, inflater_.window.have_bytes};
}

PacketCodec::Counts PacketCodec::inflate(std::span<const std::uint8_t> in,
                                         std::span<std::uint8_t> out, Format format,
                                         StreamState& state, RunningCheck& check) noexcept {
    BitReader reader{in.data(), in.data() + in.size(), state.hold, state.bits};
    inflate::Output output{out.data(), out.data(), out.data() + out.size(),
                           out.data() + out.size()};
    std::uint32_t ctx_state = WARPZ_ZIP_CTX_RUNNING;
    PacketResult result = PacketResult::kDone;

    if (state.is_decoded == 0) {
        inflate::Outcome outcome;
        inflater_.pass_boundary();
        do {
            outcome = inflater_.run(reader, output, inflate::StopAt::kNowhere);
        } while (outcome == inflate::Outcome::kPaused);
        if (outcome == inflate::Outcome::kBadData) return {PacketResult::kBadData, 0, 0};
        inflater_.window.append(output.next, output.produced());
        check.update(format, out.first(output.produced()));
        if (outcome == inflate::Outcome::kFinished) {
            state.is_decoded = 1;
        } else if (outcome == inflate::Outcome::kNeedOutput) {
            ctx_state = reader.available() == 0 ? WARPZ_ZIP_CTX_DRAIN : WARPZ_ZIP_CTX_OUTPUT_FULL;
        } else if (inflater_.at_boundary()) {
            ctx_state = WARPZ_ZIP_CTX_BLOCK_BOUNDARY;
        }
    }
    if (state.is_decoded != 0) {
        const std::size_t wanted = trailer_bytes(format);
        while (state.trailer_have < wanted && reader.available() != 0) {
            state.trailer |= std::uint64_t{*reader.next++} << (8 * state.trailer_have++);
        }
        if (state.trailer_have < wanted) {
            ctx_state = WARPZ_ZIP_CTX_TRAILER;
        } else if (wanted != 0 && state.trailer != trailer_of(format, check)) {
            result = PacketResult::kBadTrailer;
        } else {
            result = PacketResult::kStreamEnd;
        }
    }
    state.hold = reader.hold;
    state.bits = reader.bits;
    state.window_bytes = inflater_.window.have_bytes;
    state.ctx_dw0 = ctx_state | reader.bits << WARPZ_ZIP_CTX0_HEAD_BITS_SHIFT;
    if (inflater_.in_last_block()) state.ctx_dw0 |= WARPZ_ZIP_CTX0_BFINAL;
    state.ctx_dw2 = state.window_bytes;
    return {result, static_cast<std::size_t>(reader.next - in.data()), output.produced()};
}

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
// Chunks, gathered and delivered; see isal_deflater.hpp.
#include "isal/isal_deflater.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/bytes.hpp"
#include "isal/isal_encoder.hpp"

namespace warpz::isal {

using engine::Bytes;
using engine::Check;
using engine::Space;

IsalDeflater* IsalDeflater::create(int level) noexcept {
    void* memory = std::malloc(sizeof(IsalDeflater) + workspace_bytes());
    if (memory == nullptr) return nullptr;
    auto* deflater = ::new (memory) IsalDeflater;
    deflater->level_ = level;
    deflater->history_bytes_ = 0;
    deflater->taken_ = 0;
    deflater->skipped_ = 0;
    deflater->out_begin_ = 0;
    deflater->out_end_ = 0;
    deflater->first_bytes_ = {};
    return deflater;
}

engine::ChunkEncoder* IsalDeflater::clone() noexcept {
    void* copy = std::malloc(sizeof(IsalDeflater) + workspace_bytes());
    if (copy != nullptr) std::memcpy(copy, static_cast<const void*>(this), sizeof *this);
    return static_cast<IsalDeflater*>(copy);
}

/// Encodes kChunkBytes at `chunk`, which become the history.
void IsalDeflater::encode(const std::uint8_t* chunk) noexcept {
    out_begin_ = 0;
    out_end_ = isal::encode(this + 1, level_, history(), {chunk, kChunkBytes}, out_, sizeof out_);
    if (out_end_ == 0) store(chunk);
    if (history_bytes_ == 0) first_bytes_ = byte_values(chunk, kHistoryBytes);
    std::memcpy(buffer_, chunk + kChunkBytes - kHistoryBytes, kHistoryBytes);
    history_bytes_ = kHistoryBytes;
}

void IsalDeflater::destroy() noexcept { std::free(this); }

/// Makes stored blocks of the chunk: what no encoder's output may exceed (zlib.h, deflateBound).
void IsalDeflater::store(const std::uint8_t* chunk) noexcept {
    std::uint8_t* out = out_;
    for (std::size_t done = 0; done < kChunkBytes; done += 65535) {
        *out++ = 0;  // BFINAL 0, BTYPE 00, at a byte boundary
        store_le<std::uint16_t>(out, 0xffff);
        store_le<std::uint16_t>(out + 2, 0);  // NLEN
        std::memcpy(out + 4, chunk + done, 65535);
        out += 4 + 65535;
    }
    out_begin_ = 0;
    out_end_ = sizeof out_;
}

bool IsalDeflater::deliver(Space& out) noexcept {
    const std::size_t count = std::min(out_end_ - out_begin_, out.avail);
    if (count != 0) {
        std::memcpy(out.next, out_ + out_begin_, count);
        out.advance(count);
        out_begin_ += count;
    }
    return out_begin_ == out_end_;
}

Status IsalDeflater::step(Bytes& in, Space& out, Check& check) noexcept {
    for (;;) {
        if (!deliver(out) || out.avail == 0) return Status::kNeedOutput;
        if (in.avail == 0) return Status::kNeedInput;
        if (taken_ == kChunkBytes) {
            encode(buffer_ + kHistoryBytes);
            taken_ = 0;
        } else if (taken_ == 0 && in.avail > kChunkBytes) {
            encode(in.next);
            check.update(in.next, kChunkBytes);
            in.advance(kChunkBytes);
        } else {
            const std::size_t count = std::min(kChunkBytes - taken_, in.avail);
            std::uint8_t* to = buffer_ + kHistoryBytes + taken_;
            std::memcpy(to, in.next, count);
            check.update(to, count);
            taken_ += count;
            in.advance(count);
        }
    }
}

Bytes IsalDeflater::dictionary() const noexcept {
    const std::size_t size = std::min(kHistoryBytes, history_bytes_ + taken_);
    return {buffer_ + kHistoryBytes + taken_ - size, size};
}

}  // namespace warpz::isal

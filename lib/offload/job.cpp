// SPDX-License-Identifier: Zlib
// Jobs done by the own engine, by ISA-L, or stored; see job.hpp.
#include "offload/job.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/bytes.hpp"
#include "isal/isal_encoder.hpp"

namespace warpz::offload {

constexpr unsigned kMemLevel = 9;
constexpr auto kWithSections = deflate::MemoryLayout::of(15, kMemLevel, true);

static_assert(kUnitBytes <= rfc1951::kMaxStoredBytes && kUnitBytes % 4 == 0);

Workspace* Workspace::create() noexcept {
    void* memory = std::aligned_alloc(alignof(Workspace), sizeof(Workspace));
    if (memory == nullptr) return nullptr;
    return ::new (memory) Workspace;
}

void Workspace::destroy(Workspace* workspace) noexcept {
    if (workspace != nullptr) {
        std::free(workspace->large_memory_);
        std::free(workspace->isal_workspace_);
    }
    std::free(workspace);
}

/// False where ISA-L is not wanted. What it does not make shorter is stored.
bool Workspace::encode_by_isal(Job& job) noexcept {
    const EncoderSettings& settings = job.settings;
    // ISA-L's window has 32 KiB.
    if (settings.strategy != deflate::Strategy::kDefault || settings.window_bits != 15 ||
        !isal::serves(settings.level, settings.prefers_speed)) {
        return false;
    }
    if (isal_workspace_ == nullptr) isal_workspace_ = std::malloc(isal::workspace_bytes());
    if (isal_workspace_ == nullptr) return false;
    job.output_bytes = isal::encode(
        isal_workspace_, settings.level, {job.input - job.history_bytes, job.history_bytes},
        {job.input, job.input_bytes}, job.output, stored_bytes(job.input_bytes));
    if (job.output_bytes == 0) store(job);
    return true;
}

void Workspace::encode(Job& job) noexcept {
    if (encode_by_isal(job)) return;
    const EncoderSettings& settings = job.settings;
    // The most memory there is, whatever the stream's memLevel: on files, longer blocks and more heads gain what the
    // starts of chunks lose (level 6, ten files' first 16 MB: +0.07 % of the inline encoder's output; with memLevel 8,
    // +0.22 %).
    if (deflate::has_sections(settings.level) && large_memory_ == nullptr) {
        large_memory_ = static_cast<std::uint8_t*>(std::malloc(kWithSections.total_bytes));
    }
    const bool has_sections = deflate::has_sections(settings.level) && large_memory_ != nullptr;
    const auto layout = deflate::MemoryLayout::of(settings.window_bits, kMemLevel, has_sections);
    encoder_.create(layout, has_sections ? large_memory_ : memory_);
    encoder_.reset();
    encoder_.set_params(settings.level, settings.strategy);
    encoder_.use_limits_of(settings.level);
    if (job.history_bytes != 0) {
        encoder_.set_dictionary(job.input - job.history_bytes, job.history_bytes);
    }
    engine::Bytes in{job.input, job.input_bytes};
    engine::Space out{job.output, stored_bytes(job.input_bytes)};
    engine::Check no_check;
    if (encoder_.step(in, out, engine::Flush::kSync, no_check) == Status::kOk) {
        job.output_bytes = static_cast<std::size_t>(out.next - job.output);
    } else {
        store(job);
    }
}

void store(Job& job) noexcept {
    std::uint8_t* out = job.output;
    for (std::size_t done = 0; done < job.input_bytes;) {
        const std::size_t count = std::min(kUnitBytes, job.input_bytes - done);
        *out = 0;  // BFINAL 0, BTYPE 00, at a byte boundary
        store_le<std::uint16_t>(out + 1, static_cast<std::uint16_t>(count));
        store_le<std::uint16_t>(out + 3, static_cast<std::uint16_t>(~count));
        std::memcpy(out + kStoredHeaderBytes, job.input + done, count);
        out += kStoredHeaderBytes + count;
        done += count;
    }
    job.output_bytes = static_cast<std::size_t>(out - job.output);
}

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// One piece of a stream's input that is encoded apart from the rest: it has its own history and ends on a byte boundary,
// so that whoever encodes it, pieces concatenate. A job knows nothing of the stream; it can be done again by somebody
// else at any time before its output is used.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "deflate/deflater.hpp"

namespace warpz::offload {

/// Largest input of a stored block that is a multiple of four, as devices want their input (device_job.hpp). Chunks are
/// cut in such units: a chunk that does not shrink becomes one stored block for each.
inline constexpr std::size_t kUnitBytes = 65532;
/// BFINAL and BTYPE, padding, LEN and NLEN (RFC 1951 3.2.4).
inline constexpr std::size_t kStoredHeaderBytes = 5;

/// What the output of `input_bytes` never exceeds: stored blocks, which end on a byte boundary without a marker.
[[nodiscard]] constexpr std::size_t stored_bytes(std::size_t input_bytes) noexcept {
    const std::size_t blocks = (input_bytes + kUnitBytes - 1) / kUnitBytes;
    return input_bytes + blocks * kStoredHeaderBytes;
}

/// Parameters of the software for one job.
struct EncoderSettings {
    int level;
    deflate::Strategy strategy;
    unsigned window_bits;
    bool prefers_speed = false;  ///< see engine::DeflateSettings
};

class CorePool;

struct Job {
    enum State : std::uint32_t {
        kIdle,      ///< nobody has it
        kQueued,    ///< waits for a thread of the pool
        kRunning,   ///< a thread works on it
        kAwaited,   ///< as kRunning, and its owner sleeps on `state`
        kOnDevice,  ///< a descriptor of the owner's queue
        kDone,      ///< output and output_bytes hold
    };

    const std::uint8_t* input = nullptr;  ///< right behind the history
    std::size_t input_bytes = 0;
    std::size_t history_bytes = 0;
    std::uint8_t* output = nullptr;  ///< room for device::deflate_output_bytes(input_bytes)
    std::size_t output_bytes = 0;
    EncoderSettings settings{};

    /// What a thread of the pool does instead of encoding. It says itself that it is done: when it returns the job may be
    /// gone.
    void (*task)(Job& job) noexcept = nullptr;

    std::atomic<std::uint32_t> state{kIdle};
    CorePool* pool = nullptr;  ///< whose queue it is in or was taken from
    Job* next = nullptr;       ///< in the pool's queue
    Job* previous = nullptr;
    bool is_by_device = false;       ///< who did it
    bool is_alone = false;           ///< on a device: nothing else of this stream was there
    std::uint64_t submitted_ns = 0;  ///< on a device: when
};

/// Software for whole jobs: the own encoder and its memory, about 400 KiB, used by one thread at a time. From the first such
/// job on, levels above 9 take some megabytes more, and without them are as 9; what ISA-L serves takes half a megabyte, and
/// without it is the own encoder's.
class Workspace {
  public:
    [[nodiscard]] static Workspace* create() noexcept;
    static void destroy(Workspace* workspace) noexcept;

    /// Encodes the job's input; the output is never longer than stored_bytes().
    void encode(Job& job) noexcept;

    Workspace* next = nullptr;  ///< for a list of idle ones

  private:
    Workspace() = default;
    static constexpr deflate::MemoryLayout kLargest = deflate::MemoryLayout::of(15, 9);

    [[nodiscard]] bool encode_by_isal(Job& job) noexcept;

    std::uint8_t* large_memory_ = nullptr;
    void* isal_workspace_ = nullptr;
    deflate::Deflater encoder_;
    alignas(64) std::uint8_t memory_[kLargest.total_bytes];
};

/// Makes stored blocks of the job's input.
void store(Job& job) noexcept;

}  // namespace warpz::offload

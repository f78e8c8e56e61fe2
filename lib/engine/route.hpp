// SPDX-License-Identifier: Zlib
// Who encodes or decodes a stream, or a piece of it: a pure function from plain values to an executor and the reason.
// It is asked at hand-over points only (a stream's start, the end of a flush, the start of a chunk), so each answer holds
// until the next one. The reasons are counters (stats.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz::engine {

enum class Executor : std::uint8_t {
    kInline,  ///< the own engine, or ISA-L, on the calling thread
    kPool,    ///< the own engine on several cores
    kDevice,  ///< a queue of an accelerator
};

enum class Reason : std::uint8_t {
    kFaster,  ///< kPool or kDevice: it is there and wins
    kForced,  ///< as kFaster, by WARPZ_MIN_BYTES
    kOff,    ///< neither device nor threads are configured, or WARPZ_REPRODUCIBLE keeps to software
    kSmall,  ///< fewer bytes than pay for a hand-over
    kStored,     ///< level 0 is a copy
    kTuned,      ///< deflateTune(): limits that only the own encoder has
    kAllocator,  ///< the program's own allocator promises limits that malloc() would evade
    kParameters,  ///< the device has no such strategy, window or level (hisi_zip: 32 KiB, default or filtered)
    kDictionary,   ///< given to be referred to, which a device cannot
    kFormat,       ///< the device does not decode this wrapper
    kStop,         ///< Z_BLOCK, Z_TREES: stops that only the own decoder makes
    kHeldBits,     ///< inflatePrime(), or a dictionary: input that a device cannot be given
    kNoRoom,       ///< less output space than a device needs
    kBusy,         ///< all queues are taken, or this one is full
    kSick,         ///< the device failed a moment ago
    kJournalFull,  ///< WARPZ_JOURNAL_BYTES: what could be decoded again after a fault
    kNoMemory,     ///< for buffers
    kCount,
};

struct Route {
    Executor executor;
    Reason reason;
    friend bool operator==(const Route&, const Route&) = default;
};

enum class DeviceState : std::uint8_t { kNone, kReady, kBusy, kSick };

/// What is known of the executors when a route is asked for.
struct Executors {
    DeviceState device = DeviceState::kNone;
    bool has_pool = false;
    std::size_t forced_bytes = 0;      ///< WARPZ_MIN_BYTES; 0 when it is not set
    std::size_t pool_bytes = 0;        ///< from here on the pool pays
    std::size_t break_even_bytes = 0;  ///< from here on the device pays, by what was measured

    /// Fewest bytes that may leave the calling thread.
    [[nodiscard]] constexpr std::size_t min_bytes() const noexcept {
        if (forced_bytes != 0) return forced_bytes;
        if (device == DeviceState::kNone) return pool_bytes;
        return !has_pool || break_even_bytes < pool_bytes ? break_even_bytes : pool_bytes;
    }
};

struct DeflateFacts {
    int level = 6;
    int strategy = 0;  ///< zlib's numbers
    unsigned window_bits = 15;
    bool has_tuned_limits = false;
    bool has_dictionary = false;         ///< a preset one, and nothing encoded after it yet
    bool has_foreign_allocator = false;  ///< and the configuration asks for nothing
    std::size_t bytes = 0;               ///< input at hand; of a stream that goes on, at least
};

[[nodiscard]] Route route_deflate(const DeflateFacts& facts, const Executors& executors) noexcept;

struct InflateFacts {
    bool is_format_supported = true;
    bool stops_at_blocks = false;
    bool has_held_bits = false;  ///< or a dictionary
    bool has_foreign_allocator = false;
    std::size_t in_bytes = 0;
    std::size_t out_bytes = 0;
    std::size_t min_out_bytes = 0;  ///< what the device needs
    std::size_t journal_bytes = 0;  ///< with this call's input
    std::size_t max_journal_bytes = 0;
};

[[nodiscard]] Route route_inflate(const InflateFacts& facts, const Executors& executors) noexcept;

}  // namespace warpz::engine

// SPDX-License-Identifier: Zlib
// What the model keeps of a stream between packets, and its place in the stream's context. The context is memory of the
// submitter, who may be anybody behind a bus: all of the state but the window's bytes is under a seal, and the window's
// bytes are data.
//
//   offset       content, from the hardware's part of the context on
//   0            Header
//   0xc00        window, oldest byte first; then, 16-aligned, the input bits read and not decoded (both as documented
//                for the hardware)
//   kImage       the inflater's state
//   at the end   Mark, where another engine than the codec keeps the stream; all before it is that engine's
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/model/seal.hpp"
#include "format/bit_reader.hpp"
#include "inflate/inflater.hpp"
#include "warpz/zip_sqe.h"

namespace warpz::device::model {

inline constexpr std::size_t kWindowBytes = 32768;
inline constexpr std::size_t kContextBytes = WARPZ_ZIP_CTX_BYTES - WARPZ_ZIP_CTX_HW_OFFSET;
/// Of these an engine behind the executor has all but the last; a device that used those, too, would not do as one.
inline constexpr std::size_t kMarkBytes = 64;
inline constexpr std::size_t kEngineContextBytes = kContextBytes - kMarkBytes;

/// The running state of a stream, apart from its window.
struct StreamState {
    /// Operation and request, so that a context is not continued as something else
    std::uint32_t kind = 0;
    std::uint32_t window_bytes = 0;
    std::uint32_t ctx_dw0 = 0;  ///< as the submitter must give them back
    std::uint32_t ctx_dw1 = 0;
    std::uint32_t ctx_dw2 = 0;
    std::uint32_t trailer_have = 0;  ///< bytes of the trailer that have come
    std::uint64_t trailer = 0;       ///< them, the first one lowest
    std::uint64_t hold = 0;          ///< bits read and not decoded
    std::uint32_t bits = 0;
    std::uint32_t is_decoded = 0;  ///< 1: only the trailer is missing
};
static_assert(sizeof(StreamState) == 48);  // no padding under the seal

/// Everything under the seal, in one piece of memory of the device's own: what is checked is what is used, whatever
/// happens to the context in the meantime. Too large for the stack of a program's thread.
struct SealedState {
    StreamState state;
    std::uint8_t inflater[sizeof(inflate::Inflater)];
};

/// Writes `state`, `window` and, unless null, the inflater into a context. `scratch` holds nothing between calls.
void store_state(const SealKey& key, const StreamState& state, std::span<const std::uint8_t> window,
                 inflate::Inflater* inflater, std::span<std::uint8_t, kContextBytes> context,
                 SealedState& scratch) noexcept;

/// Reads them back; the inflater, unless null, keeps its window's storage and finds it empty. False when this device
/// did not write what is there, and then nothing is changed that matters.
[[nodiscard]] bool load_state(const SealKey& key,
                              std::span<const std::uint8_t, kContextBytes> context,
                              StreamState& state, std::span<const std::uint8_t>& window,
                              inflate::Inflater* inflater, SealedState& scratch) noexcept;

/// Says that another engine has put the stream there, whose words are those of `state`; and asks whether one has.
void store_mark(const SealKey& key, const StreamState& state,
                std::span<std::uint8_t, kContextBytes> context) noexcept;
[[nodiscard]] bool has_mark(const SealKey& key, const StreamState& state,
                            std::span<const std::uint8_t, kContextBytes> context) noexcept;

/// Makes a context one that is neither load_state()'s nor marked.
void spoil_state(std::span<std::uint8_t, kContextBytes> context) noexcept;

}  // namespace warpz::device::model

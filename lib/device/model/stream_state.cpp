// SPDX-License-Identifier: Zlib
#include "device/model/stream_state.hpp"

#include <cstring>
#include <type_traits>

#include "base/bytes.hpp"

namespace warpz::device::model {
namespace {

static_assert(std::is_trivially_copyable_v<SealedState>);
static_assert(std::is_trivially_copyable_v<inflate::Inflater>);

constexpr std::size_t kSealAt = 0;
constexpr std::size_t kStateAt = 8;
// behind UADK's small-output buffer
constexpr std::size_t kImageAt = 0xa000 - WARPZ_ZIP_CTX_HW_OFFSET;
static_assert(kStateAt + sizeof(StreamState) <= WARPZ_ZIP_CTX_HW_WINDOW);
static_assert(WARPZ_ZIP_CTX_HW_WINDOW + kWindowBytes + 8 <= kImageAt);
static_assert(kImageAt + sizeof(inflate::Inflater) <= kEngineContextBytes);

std::uint64_t seal_of(const SealKey& key, const SealedState& sealed, bool has_inflater) noexcept {
    return seal(key, reinterpret_cast<const std::uint8_t*>(&sealed),
                has_inflater ? sizeof sealed : sizeof sealed.state);
}

/// Of the words that a submitter carries. What the codec seals is longer.
std::uint64_t mark_of(const SealKey& key, const StreamState& state) noexcept {
    const std::uint32_t words[] = {state.kind, state.ctx_dw0, state.ctx_dw1, state.ctx_dw2};
    return seal(key, reinterpret_cast<const std::uint8_t*>(words), sizeof words);
}

}  // namespace

void store_state(const SealKey& key, const StreamState& state, std::span<const std::uint8_t> window,
                 inflate::Inflater* inflater, std::span<std::uint8_t, kContextBytes> context,
                 SealedState& sealed) noexcept {
    sealed.state = state;
    if (inflater != nullptr) {
        // No address of the device's own leaves it.
        const inflate::Window mine = inflater->window;
        inflater->window = {};
        std::memcpy(sealed.inflater, static_cast<const void*>(inflater), sizeof *inflater);
        inflater->window = mine;
        std::memcpy(context.data() + kImageAt, sealed.inflater, sizeof sealed.inflater);
    }
    std::memcpy(context.data() + WARPZ_ZIP_CTX_HW_WINDOW, window.data(), window.size());
    const std::size_t aligned = (window.size() + WARPZ_ZIP_CTX_CACHED_ALIGN - 1) &
                                ~std::size_t{WARPZ_ZIP_CTX_CACHED_ALIGN - 1};
    store_le(context.data() + WARPZ_ZIP_CTX_HW_WINDOW + aligned, state.hold);
    std::memcpy(context.data() + kStateAt, &sealed.state, sizeof sealed.state);
    store_le(context.data() + kSealAt, seal_of(key, sealed, inflater != nullptr));
}

bool load_state(const SealKey& key, std::span<const std::uint8_t, kContextBytes> context,
                StreamState& state, std::span<const std::uint8_t>& window,
                inflate::Inflater* inflater, SealedState& sealed) noexcept {
    std::memcpy(&sealed.state, context.data() + kStateAt, sizeof sealed.state);
    if (inflater != nullptr) {
        std::memcpy(sealed.inflater, context.data() + kImageAt, sizeof sealed.inflater);
    }
    const auto wanted = load_le<std::uint64_t>(context.data() + kSealAt);
    if (wanted != seal_of(key, sealed, inflater != nullptr)) return false;
    state = sealed.state;
    if (state.window_bytes > kWindowBytes) return false;
    window = context.subspan(WARPZ_ZIP_CTX_HW_WINDOW, state.window_bytes);
    if (inflater != nullptr) {
        const inflate::Window mine = inflater->window;
        std::memcpy(static_cast<void*>(inflater), sealed.inflater, sizeof *inflater);
        inflater->window = mine;
        inflater->window.forget();
    }
    return true;
}

void store_mark(const SealKey& key, const StreamState& state,
                std::span<std::uint8_t, kContextBytes> context) noexcept {
    std::memset(context.data() + kEngineContextBytes, 0, kMarkBytes);
    store_le(context.data() + kEngineContextBytes, mark_of(key, state));
}

bool has_mark(const SealKey& key, const StreamState& state,
              std::span<const std::uint8_t, kContextBytes> context) noexcept {
    const auto mark = load_le<std::uint64_t>(context.data() + kEngineContextBytes);
    return mark == mark_of(key, state);
}

void spoil_state(std::span<std::uint8_t, kContextBytes> context) noexcept {
    std::memset(context.data(), 0, kStateAt + sizeof(StreamState));
    std::memset(context.data() + kEngineContextBytes, 0, kMarkBytes);
}

}  // namespace warpz::device::model

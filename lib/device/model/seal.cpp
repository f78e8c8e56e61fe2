// SPDX-License-Identifier: Zlib
#include "device/model/seal.hpp"

#include <sys/random.h>
#include <time.h>

#include <bit>

#include "base/bytes.hpp"

namespace warpz::device::model {
namespace {

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

}  // namespace

SealKey SealKey::random() noexcept {
    SealKey key;
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) == sizeof key) return key;
    // Early in the boot there may be no random numbers; the time and an address are the next best.
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    key.low =
        static_cast<std::uint64_t>(now.tv_nsec) << 32 ^ static_cast<std::uint64_t>(now.tv_sec);
    key.high = reinterpret_cast<std::uintptr_t>(&key);
    return key;
}

std::uint64_t seal(const SealKey& key, const std::uint8_t* data, std::size_t size) noexcept {
    // The four constants are the paper's, "somepseudorandomlygeneratedbytes".
    SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
                   key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
    const std::uint64_t length = static_cast<std::uint64_t>(size) << 56;
    for (; size >= 8; size -= 8, data += 8) state.take(load_le<std::uint64_t>(data));
    std::uint64_t last = length;
    for (std::size_t i = 0; i < size; ++i) last |= std::uint64_t{data[i]} << (8 * i);
    state.take(last);
    state.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace warpz::device::model

// SPDX-License-Identifier: Zlib
// The accelerator's registers, as driver/SPEC.md has them (sections 2, 3, 4 and 7): offsets, bits, states. The kernel driver
// has names of its own for them, so that two readers of the specification meet.
#pragma once

#include <cstdint>

namespace warpz::accelerator {

inline constexpr std::uint16_t kVendorId = 0x1234;
inline constexpr std::uint16_t kDeviceId = 0x777a;

inline constexpr std::uint64_t kControlBytes = 128 * 1024;  // BAR 0
inline constexpr std::uint64_t kWindowBytes = 64 * 1024;    // BAR 2, per queue
inline constexpr std::uint32_t kMaxQueues = 1024;

enum ControlRegister : std::uint32_t {
    kId = 0x00,
    kVersion = 0x04,
    kCapQueues = 0x08,
    kCapFeatures = 0x0c,
    kCapRings = 0x10,
    kCapPacket = 0x14,
    kCapStop = 0x18,
    kControl = 0x20,
    kStatus = 0x24,
    kErrorStatus = 0x28,
    kErrorMask = 0x2c,
    kErrorQueue = 0x30,
    kCounters = 0x80,  ///< 64 bits each, in the order of Counter
};

inline constexpr std::uint32_t kIdValue = 0x5a505257;
inline constexpr std::uint32_t kVersionValue = 1U << 16;
inline constexpr std::uint32_t kControlEnable = 1U << 0;
inline constexpr std::uint32_t kControlReset = 1U << 1;
inline constexpr std::uint32_t kStatusReady = 1U << 0;
inline constexpr std::uint32_t kStatusFailed = 1U << 1;
inline constexpr std::uint32_t kErrorQueueBit = 1U << 0;
inline constexpr std::uint32_t kErrorBusBit = 1U << 1;
inline constexpr std::uint32_t kErrorFatalBit = 1U << 2;

inline constexpr std::uint32_t kFeatureFormats = 15;  // zlib, gzip, raw deflate, lz77_zstd
inline constexpr std::uint32_t kFeatureBounce = 1U << 8;
inline constexpr std::uint32_t kFeatureSva = 1U << 9;
inline constexpr std::uint32_t kFeatureLists = 1U << 10;
inline constexpr std::uint32_t kFeatureContexts = 1U << 11;

enum class Counter : std::uint8_t {
    kDescriptors,
    kIn,
    kOut,
    kFailed,
    kBadDoorbells,
    kPageRequests,
    kRefused,
};
inline constexpr std::uint32_t kCounterCount = 7;

inline constexpr std::uint32_t kContexts = 0x10000;  ///< queue contexts in BAR 0
inline constexpr std::uint32_t kContextBytes = 64;

enum ContextRegister : std::uint32_t {
    kQueueCommand = 0x00,
    kQueueState = 0x04,
    kQueueBaseLow = 0x08,
    kQueueBaseHigh = 0x0c,
    kQueueLength = 0x10,
    kQueueDepth = 0x14,
    kQueueWindowOffset = 0x18,
    kQueueWindowLength = 0x1c,
    kQueuePasid = 0x20,
    kQueueType = 0x24,
    kQueueVector = 0x28,
    kQueueSq = 0x2c,
    kQueueCq = 0x30,
    kQueueDescriptors = 0x34,
};

inline constexpr std::uint32_t kCommandStart = 1;
inline constexpr std::uint32_t kCommandStop = 2;
inline constexpr std::uint32_t kPasidMask = 0xfffff;
inline constexpr std::uint32_t kPasidValid = 1U << 31;

enum class QueueState : std::uint8_t { kIdle, kRunning, kStopping, kError };
enum class QueueCause : std::uint8_t { kNone, kBadContext, kRingAccess, kPageFailure };

}  // namespace warpz::accelerator

// SPDX-License-Identifier: Zlib
// Registers and contexts of a HiSilicon ZIP accelerator, PCI 19e5:a250, as the public drivers use them: queue manager (QM) of
// version 2 (Kunpeng 920) or 3. Where nothing else is said, offsets are of BAR 2. Source: Linux, drivers/crypto/hisilicon/
// (qm.c, qm_common.h, zip/zip_main.c) and include/linux/hisi_acc_qm.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace warpz::hisi {

inline constexpr std::uint64_t kRegisterBytes = 4 * 1024 * 1024;  // BAR 2
inline constexpr std::uint64_t kWindowBytes = 64 * 1024;          // BAR 4, version 3, per queue
inline constexpr std::uint32_t kMaxQueues = 1024;

enum Vector : unsigned { kEventVector, kAsyncVector, kMailboxVector, kAbnormalVector, kVectors };

inline constexpr std::uint32_t kAsyncEventMask = 0x4;
inline constexpr std::uint32_t kEventMask = 0xc;
/// Version 3: 1, each queue has a window of its own.
inline constexpr std::uint32_t kDoorbellIsolation = 0x30;
inline constexpr std::uint32_t kCacheWriteBackDone = 0x208;
inline constexpr std::uint32_t kMailbox = 0x300;  ///< 16 bytes, carried out with the last word
inline constexpr std::uint32_t kQueueDoorbells = 0x1000;
inline constexpr std::uint32_t kEventDoorbells = 0x2000;
inline constexpr std::uint32_t kQmErrors = 0x100000;  ///< four words, see kErrorSource
inline constexpr std::uint32_t kMemoryInit = 0x100040;
inline constexpr std::uint32_t kMemoryInitDone = 0x100044;
inline constexpr std::uint32_t kVftEnable = 0x100054;
inline constexpr std::uint32_t kVftIsRead = 0x100058;
inline constexpr std::uint32_t kVftType = 0x10005c;
inline constexpr std::uint32_t kVftFunction = 0x100060;
inline constexpr std::uint32_t kVftDataLow = 0x100064;
inline constexpr std::uint32_t kVftDataHigh = 0x100068;
inline constexpr std::uint32_t kVftReady = 0x10006c;
/// Version 3: all in 10:0, of a function in 21:11.
inline constexpr std::uint32_t kQueueNumbers = 0x100158;
/// 3: no read and no write is under way.
inline constexpr std::uint32_t kMasterTransactions = 0x300150;
/// Bit 0: counters of the cores are cleared when read.
inline constexpr std::uint32_t kCounterControl = 0x301000;
inline constexpr std::uint32_t kCoreErrors = 0x3010a0;  ///< four words, see kErrorSource
/// Version 2: kSubstreamValid: data addresses have PASIDs.
inline constexpr std::uint32_t kDataReadUser = 0x301128;
inline constexpr std::uint32_t kCompressCore = 0x302000;  ///< counters, see kCoreTaken
/// Version 2 has six of these cores, version 3 three.
inline constexpr std::uint32_t kDecompressCore = 0x304000;

/// Four words: source (write 1 to clear), mask, what of the source is not masked, and set.
inline constexpr std::uint32_t kErrorSource = 0x0;
inline constexpr std::uint32_t kErrorMask = 0x4;
inline constexpr std::uint32_t kErrorStatus = 0x8;
inline constexpr std::uint32_t kErrorSet = 0xc;
inline constexpr std::uint32_t kErrorBlockBytes = 16;

enum QmError : std::uint32_t {
    kQmFatal = 1U << 2,         ///< memory error that cannot be corrected: the device stops
    kQmBadDoorbell = 1U << 12,  ///< a doorbell's fields break a rule
};
enum CoreError : std::uint32_t {
    kCoreReadResponse = 1U << 2,
    kCoreWriteResponse = 1U << 3,
};

inline constexpr std::uint32_t kCoreTaken = 0x00;
inline constexpr std::uint32_t kCoreRight = 0x04;
inline constexpr std::uint32_t kCoreWrong = 0x08;
inline constexpr std::uint32_t kCoreDone = 0x0c;
inline constexpr std::uint32_t kCoreConsumed = 0x38;  ///< 64 bits, as the next one
inline constexpr std::uint32_t kCoreProduced = 0x40;
inline constexpr std::uint32_t kCoreCounterEnd = 0x48;

inline constexpr std::uint32_t kSubstreamValid = 1U << 0;
inline constexpr std::uint32_t kCountersClear = 1U << 0;

// Mailbox: command and flags in the first half word, the queue in the second, an address in the next two words.
inline constexpr std::uint32_t kMailboxBytes = 16;
inline constexpr std::uint32_t kMailboxCommandMask = 0xff;
inline constexpr std::uint32_t kMailboxEvent = 1U << 8;  ///< asks for the mailbox vector when done
inline constexpr std::uint32_t kMailboxStatusShift = 9;
inline constexpr std::uint32_t kMailboxStatusMask = 0xfU << kMailboxStatusShift;
inline constexpr std::uint32_t kMailboxBusy = 1U << 13;
inline constexpr std::uint32_t kMailboxIsRead = 1U << 14;

enum MailboxCommand : std::uint8_t {
    kSqContext = 0x0,
    kCqContext = 0x1,
    kEqContext = 0x2,
    kAeqContext = 0x3,
    kSqContextTable = 0x4,  ///< where the device could keep contexts; this one keeps them itself
    kCqContextTable = 0x5,
    kVft = 0x6,
    kStopQueue = 0x8,
    kFlushAll = 0x9,
};

/// What mailbox status a refused command has; drivers look for 0 only.
enum class MailboxStatus : std::uint8_t {
    kDone = 0,
    kBadCommand = 1,
    kBadQueue = 2,
    kBadContext = 3,
    kBusError = 4
};

// Virtual function table, the SQ entry of a function: which queues it has.
inline constexpr std::uint32_t kVftTypeSq = 0;
inline constexpr unsigned kVftBaseShift = 28;
inline constexpr std::uint64_t kVftBaseMask = 0xffff;
inline constexpr std::uint64_t kVftValid = 1ULL << 44;
inline constexpr unsigned kVftCountShift = 45;  ///< queues less one
inline constexpr std::uint64_t kVftCountMask = 0x3ff;

/// A context in bus memory: 32 bytes, eight little-endian words.
using Context = std::array<std::uint32_t, 8>;
enum ContextWord : std::size_t {
    kIndexes,  ///< head in 15:0, tail in 31:16
    kBaseLow,
    kBaseHigh,
    kGeometry,  ///< SQ, CQ: entries less one in 11:0, log2 of an entry's size in 15:12
    kRandom,
    kPasid,     ///< SQ: in 15:0; valid with bit 23 (version 3)
    kSettings,  ///< SQ: its CQ in 15:0, its type in 27:24; CQ: kCqPhase, kCqFlag; EQ, AEQ: entries less one, kEventPhase
};
inline constexpr std::uint32_t kRingEntriesMask = 0xfff;
inline constexpr unsigned kRingSizeShift = 12;
inline constexpr std::uint32_t kSqHasPasid = 1U << 23;
inline constexpr unsigned kSqTypeShift = 24;
inline constexpr std::uint32_t kSqTypeMask = 0xf;
inline constexpr std::uint32_t kCqPhase = 1U << 0;  ///< of the first round
inline constexpr std::uint32_t kCqFlag = 1U << 1;   ///< an event for the first completion
inline constexpr std::uint32_t kEventEntriesMask = 0xffff;
inline constexpr std::uint32_t kEventPhase = 1U << 16;

// Doorbells: as in zip_sqe.h; these two are the kernel's.
inline constexpr std::uint64_t kDoorbellEq = 2;
inline constexpr std::uint64_t kDoorbellAeq = 3;

/// An entry of the asynchronous event queue: the queue in 15:0, the phase in 16, the type from 17.
inline constexpr unsigned kAsyncTypeShift = 17;
enum AsyncEvent : std::uint32_t { kCqOverflow = 0, kEqOverflow = 1, kCqeError = 2 };

}  // namespace warpz::hisi

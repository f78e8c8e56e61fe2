// SPDX-License-Identifier: Zlib
// Memory ordering between the processor and a device, named by purpose. A device is an observer outside of the cache
// coherency that the C++ memory model speaks about, so these are barriers for the outer shareable domain.
#pragma once

#include <atomic>
#include <cstdint>

namespace warpz::device {

/// Before a doorbell: every store to a ring, to a buffer and to the bounce window is visible to the device when it
/// sees the doorbell. On x86 stores reach memory in order, an uncached one last.
inline void publish_to_device() noexcept {
#if defined(__aarch64__)
    asm volatile("dmb oshst" ::: "memory");
#else
    asm volatile("" ::: "memory");
#endif
}

/// Before a doorbell that lets the device write ring entries again: our loads of them are over. On x86 no store passes an
/// earlier load.
inline void release_to_device() noexcept {
#if defined(__aarch64__)
    asm volatile("dmb osh" ::: "memory");
#else
    asm volatile("" ::: "memory");
#endif
}

/// After a phase bit has been seen to turn: loads that follow see what the device wrote before the bit.
inline void observe_from_device() noexcept {
#if defined(__aarch64__)
    asm volatile("dmb oshld" ::: "memory");
#else
    asm volatile("" ::: "memory");
#endif
}

/// A 16- or 32-bit word that the device may write at any time, read once. Acquires, so that a device that is a thread
/// of this process is ordered as well.
template <class Word>
[[nodiscard]] Word read_device_word(Word* word) noexcept {
    return std::atomic_ref<Word>(*word).load(std::memory_order_acquire);
}

/// Spinning politely.
inline void relax_cpu() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace warpz::device

// SPDX-License-Identifier: Zlib
// The system calls by which a uacce queue is opened, mapped and waited for, as a table: tests put a device of their own
// behind it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz::device {

/// Errors are negative errno values.
struct SystemCalls {
    int (*open)(const char* path) noexcept;  ///< read-write, close-on-exec; a descriptor
    int (*close)(int descriptor) noexcept;
    int (*control)(int descriptor, unsigned long request, void* argument) noexcept;  ///< ioctl()
    /// Shared, read-write; null on failure.
    void* (*map)(int descriptor, std::size_t bytes, std::uint64_t offset) noexcept;
    void (*unmap)(void* memory, std::size_t bytes) noexcept;
    /// poll() for input. 1: there is some; 0: the time is up, or a signal came; an error or hang-up: -ENODEV.
    int (*poll)(int descriptor, std::uint32_t timeout_us) noexcept;
};

/// The kernel's own.
extern const SystemCalls kKernelCalls;

}  // namespace warpz::device

// SPDX-License-Identifier: Zlib
#include "device/system_calls.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace warpz::device {
namespace {

int open_device(const char* path) noexcept {
    const int descriptor = ::open(path, O_RDWR | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int close_device(int descriptor) noexcept { return ::close(descriptor) == 0 ? 0 : -errno; }

int control(int descriptor, unsigned long request, void* argument) noexcept {
    const int result = ::ioctl(descriptor, request, argument);
    return result < 0 ? -errno : result;
}

void* map(int descriptor, std::size_t bytes, std::uint64_t offset) noexcept {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                          static_cast<off_t>(offset));
    return memory == MAP_FAILED ? nullptr : memory;
}

void unmap(void* memory, std::size_t bytes) noexcept { ::munmap(memory, bytes); }

int poll_device(int descriptor, std::uint32_t timeout_us) noexcept {
    pollfd wanted{descriptor, POLLIN, 0};
    const timespec timeout{timeout_us / 1'000'000,
                           static_cast<long>(timeout_us % 1'000'000) * 1000};
    const int count = ::ppoll(&wanted, 1, &timeout, nullptr);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    if ((wanted.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return -ENODEV;
    return count;
}

}  // namespace

constinit const SystemCalls kKernelCalls{open_device, close_device, control,
                                         map,         unmap,        poll_device};

}  // namespace warpz::device

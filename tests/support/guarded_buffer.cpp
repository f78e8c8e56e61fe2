// SPDX-License-Identifier: Zlib
// GuardedBuffer: one mapping of whole pages between two that are PROT_NONE.
#include "support/guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

namespace warpz::test {
namespace {

std::size_t page_bytes() {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

}  // namespace

GuardedBuffer::GuardedBuffer(std::size_t size) : size_(size) {
    const std::size_t page = page_bytes();
    const std::size_t usable = (size + page - 1) / page * page;
    mapped_bytes_ = usable + 2 * page;
    void* mapping = ::mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    mapping_ = static_cast<std::uint8_t*>(mapping);
    if (usable != 0 && ::mprotect(mapping_ + page, usable, PROT_READ | PROT_WRITE) != 0) {
        ::munmap(mapping_, mapped_bytes_);
        throw std::bad_alloc();
    }
    data_ = mapping_ + page + usable - size;
    std::memset(mapping_ + page, 0xA5, usable);
}

GuardedBuffer::GuardedBuffer(std::span<const std::uint8_t> content)
    : GuardedBuffer(content.size()) {
    if (!content.empty()) std::memcpy(data_, content.data(), content.size());
}

GuardedBuffer::~GuardedBuffer() { ::munmap(mapping_, mapped_bytes_); }

void GuardedBuffer::protect() noexcept {
    const std::size_t page = page_bytes();
    if (mapped_bytes_ > 2 * page) ::mprotect(mapping_ + page, mapped_bytes_ - 2 * page, PROT_READ);
}

}  // namespace warpz::test

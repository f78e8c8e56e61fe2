// SPDX-License-Identifier: Zlib
#include "client_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "guarded_copy.hpp"

namespace warpz::vfio_user {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

int ClientMemory::map(const DmaMap& request, std::span<Fd> fds) {
    constexpr std::uint32_t kRights = kDmaReadable | kDmaWriteable;
    if (request.size == 0 || request.address + (request.size - 1) < request.address) return EINVAL;
    if ((request.flags & kRights) == 0 || (request.flags & ~kRights) != 0) return EINVAL;
    if (fds.size() > 1) return EINVAL;
    if (ranges_.size() >= kMaxRanges) return ENOSPC;
    const std::uint64_t last = request.address + (request.size - 1);
    auto after = ranges_.upper_bound(last);
    if (after != ranges_.begin()) {
        const auto& [address, before] = *std::prev(after);
        if (address + (before.size - 1) >= request.address) return EEXIST;
    }
    Range range{.size = request.size, .rights = request.flags};
    if (!fds.empty()) {
        const int error = map_file(fds.front().get(), request, range);
        if (error != 0) return error;
    }
    ranges_.emplace_hint(after, request.address, range);
    return 0;
}

/// The mapping outlives the descriptor.
int ClientMemory::map_file(int fd, const DmaMap& request, Range& range) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return errno;
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    // Only a file has a size to be checked, and none of a device's surprises.
    if (!S_ISREG(status.st_mode) || request.offset > file_bytes ||
        request.size > file_bytes - request.offset) {
        return EINVAL;
    }
    // Of huge pages, whole ones are mapped and unmapped, and this is their size.
    const std::uint64_t granule =
        std::max<std::uint64_t>(static_cast<std::uint64_t>(status.st_blksize), kPageBytes);
    if (!std::has_single_bit(granule)) return EINVAL;
    const std::uint64_t lead = request.offset % granule;
    const int protection = ((request.flags & kDmaReadable) != 0 ? PROT_READ : 0) |
                           ((request.flags & kDmaWriteable) != 0 ? PROT_WRITE : 0);
    const std::uint64_t bytes = (request.size + lead + granule - 1) / granule * granule;
    void* mapping = mmap(nullptr, bytes, protection, MAP_SHARED | MAP_NORESERVE, fd,
                         static_cast<off_t>(request.offset - lead));
    if (mapping == MAP_FAILED) return errno;
    madvise(mapping, bytes, MADV_DONTDUMP);
    range.mapping = mapping;
    range.mapping_bytes = bytes;
    range.bytes = static_cast<std::uint8_t*>(mapping) + lead;
    return 0;
}

int ClientMemory::unmap(std::uint64_t address, std::uint64_t size) {
    const auto found = ranges_.find(address);
    if (found == ranges_.end() || found->second.size != size) return ENOENT;
    if (found->second.mapping != nullptr) {
        munmap(found->second.mapping, found->second.mapping_bytes);
    }
    ranges_.erase(found);
    return 0;
}

void ClientMemory::unmap_all() noexcept {
    for (const auto& [address, range] : ranges_) {
        if (range.mapping != nullptr) munmap(range.mapping, range.mapping_bytes);
    }
    ranges_.clear();
}

Access ClientMemory::copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes,
                          std::size_t& part) const noexcept {
    part = 0;
    const auto after = ranges_.upper_bound(address);
    if (after == ranges_.begin()) return Access::kRefused;
    const auto& [begin, range] = *std::prev(after);
    const std::uint64_t offset = address - begin;
    if (offset >= range.size) return Access::kRefused;
    if ((range.rights & (writes ? kDmaWriteable : kDmaReadable)) == 0) return Access::kRefused;
    part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), range.size - offset));
    if (range.bytes == nullptr) return Access::kAsk;
    std::uint8_t* at = range.bytes + offset;
    const bool is_done =
        writes ? guarded_copy(at, bytes.data(), part) : guarded_copy(bytes.data(), at, part);
    return is_done ? Access::kDone : Access::kRefused;
}

}  // namespace warpz::vfio_user

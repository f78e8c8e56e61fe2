// SPDX-License-Identifier: Zlib
// The memory that a client has opened to the device: ranges of bus addresses, each backed by a part of a file that is mapped
// here, or by nothing, so that the client has to be asked. Every address is looked up and bounds-checked at each access.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "channel.hpp"
#include "wire.hpp"

namespace warpz::vfio_user {

enum class Access : std::uint8_t {
    kDone,
    kRefused,  ///< no such memory, not with this right, or its pages are gone
    kAsk,      ///< the first `part` bytes are to be had from the client
};

class ClientMemory {
  public:
    static constexpr std::size_t kMaxRanges = 4096;

    ClientMemory() = default;
    ~ClientMemory() { unmap_all(); }
    ClientMemory(const ClientMemory&) = delete;
    ClientMemory& operator=(const ClientMemory&) = delete;

    /// A range, mapped if there is a descriptor. Returns 0 or an errno value: EEXIST when it overlaps another, ENOSPC when
    /// there are kMaxRanges, EINVAL when it wraps, has no size or no rights, or leaves the file, or that is no regular file.
    [[nodiscard]] int map(const DmaMap& range, std::span<Fd> fds);
    /// ENOENT unless both are those of a range.
    [[nodiscard]] int unmap(std::uint64_t address, std::uint64_t size);
    void unmap_all() noexcept;

    /// Copies the first `part` of the bytes, as far as one range reaches; `part` is set to that.
    [[nodiscard]] Access copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes,
                              std::size_t& part) const noexcept;

  private:
    struct Range {
        std::uint64_t size = 0;
        std::uint32_t rights = 0;
        std::uint8_t* bytes = nullptr;  ///< of the first address; null: the client is asked
        void* mapping = nullptr;        ///< begins at a page
        std::size_t mapping_bytes = 0;
    };

    static int map_file(int fd, const DmaMap& request, Range& range);

    std::map<std::uint64_t, Range> ranges_;
};

}  // namespace warpz::vfio_user

// SPDX-License-Identifier: Zlib
// The address space of a process that shares it with the accelerator: pages that are not there until they are asked for,
// and a host that answers when the test says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "accelerator.h"

namespace warpz::test {

class SharedPages {
  public:
    static constexpr std::uint32_t kPasid = 5;
    static constexpr std::uint64_t kBegin = 0x7f12'0000'0000;  ///< address of the first page
    static constexpr std::uint64_t kPageBytes = 4096;

    /// What the host does about a page that is asked for.
    enum class Grant : std::uint8_t { kWrites, kReads, kNothing, kFailure };

    explicit SharedPages(std::size_t pages)
        : grants(pages, Grant::kWrites), memory_(pages * kPageBytes), has_(pages) {}
    /// Threads of an accelerator that is gone may still wait for an answer.
    ~SharedPages();
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;

    std::uint8_t* data() { return memory_.data(); }
    enum warpz_access copy(std::uint32_t pasid, std::uint64_t address, void* bytes,
                           std::size_t size, bool writes);
    /// With the bus locked, which it is not while the host takes its time.
    enum warpz_access request(std::uint32_t pasid, std::uint64_t address, bool writes);

    std::vector<Grant> grants;
    std::atomic<bool> is_answering = true;
    std::atomic<unsigned> asked = 0;

  private:
    enum warpz_access grant(std::uint32_t pasid, std::uint64_t address, bool writes);

    enum class Permission : std::uint8_t { kNone, kReads, kWrites };
    std::vector<std::uint8_t> memory_;
    std::vector<Permission> has_;
    std::atomic<unsigned> waiting_ = 0;
};

}  // namespace warpz::test

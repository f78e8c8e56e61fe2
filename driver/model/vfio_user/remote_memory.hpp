// SPDX-License-Identifier: Zlib
// Memory that a client did not give a descriptor for: it is asked to read and write by itself. A worker waits for the answer
// without the bus lock, since the client may first want one from us.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>

#include "channel.hpp"
#include "wire.hpp"

namespace warpz::vfio_user {

class RemoteMemory {
  public:
    explicit RemoteMemory(Channel& channel) noexcept : channel_(channel) {}

    /// What the client can take, as it has said; until then kMaxDataBytes.
    void set_limit(std::uint32_t bytes) noexcept { limit_ = bytes; }
    /// Waits for the client, at most five seconds for each part. False: it has none of it, or is gone.
    [[nodiscard]] bool copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes);
    /// A reply came in. One that nobody waits for any more is dropped.
    void take(const Message& reply);
    /// Ends all waiting, now and later.
    void close();

  private:
    struct Waiter {
        Command command;
        std::span<std::uint8_t> bytes;  // read into
        std::uint64_t address;
        bool is_answered = false;
        bool is_done = false;
    };

    bool ask(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes);

    Channel& channel_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint16_t, Waiter*> waiters_;
    std::uint32_t limit_ = kMaxDataBytes;
    std::uint16_t next_id_ = 0;
    bool is_closed_ = false;
};

}  // namespace warpz::vfio_user

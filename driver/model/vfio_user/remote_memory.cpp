// SPDX-License-Identifier: Zlib
#include "remote_memory.hpp"

#include <algorithm>
#include <chrono>

namespace warpz::vfio_user {
namespace {

constexpr std::chrono::seconds kPatience(5);

}  // namespace

bool RemoteMemory::copy(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes) {
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min<std::size_t>(bytes.size(), limit_));
        if (!ask(address, part, writes)) return false;
        bytes = bytes.subspan(part.size());
        address += part.size();
    }
    return true;
}

bool RemoteMemory::ask(std::uint64_t address, std::span<std::uint8_t> bytes, bool writes) {
    Waiter waiter{.command = writes ? Command::kDmaWrite : Command::kDmaRead,
                  .bytes = bytes,
                  .address = address};
    std::unique_lock guard(mutex_);
    if (is_closed_) return false;
    // There are fewer workers than numbers.
    while (waiters_.contains(next_id_)) ++next_id_;
    const Header header{.id = next_id_++,
                        .command = static_cast<std::uint16_t>(waiter.command),
                        .size = 0,
                        .flags = kTypeCommand,
                        .error = 0};
    waiters_.emplace(header.id, &waiter);
    guard.unlock();
    const DmaAccess access{.address = address, .count = bytes.size()};
    const bool is_sent =
        channel_.send(header, {bytes_of(access), writes ? bytes : std::span<std::uint8_t>{}});
    guard.lock();
    if (is_sent) {
        changed_.wait_for(guard, kPatience, [&] { return waiter.is_answered || is_closed_; });
    }
    waiters_.erase(header.id);
    return waiter.is_done;
}

void RemoteMemory::take(const Message& reply) {
    const std::lock_guard guard(mutex_);
    const auto found = waiters_.find(reply.header.id);
    if (found == waiters_.end()) return;
    Waiter& waiter = *found->second;
    if (waiter.is_answered || waiter.command != reply.command()) return;
    waiter.is_answered = true;
    waiter.is_done = (reply.header.flags & kError) == 0;
    if (waiter.is_done && waiter.command == Command::kDmaRead) {
        DmaAccess access;
        waiter.is_done = vfio_user::take(reply.payload, access) &&
                         access.address == waiter.address && access.count == waiter.bytes.size() &&
                         reply.payload.size() == sizeof access + waiter.bytes.size();
        if (waiter.is_done) {
            std::ranges::copy(std::span(reply.payload).subspan(sizeof access),
                              waiter.bytes.begin());
        }
    }
    changed_.notify_all();
}

void RemoteMemory::close() {
    const std::lock_guard guard(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

}  // namespace warpz::vfio_user

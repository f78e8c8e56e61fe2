// SPDX-License-Identifier: Zlib
#include "interrupts.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace warpz::vfio_user {
namespace {

/// Nothing else is signalled. As far as its other owners leave it at that, nobody waits for a full one.
bool adopt_eventfd(int fd) {
    std::array<char, 32> link;
    std::array<char, 64> target;
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link.data(), target.data(), target.size());
    if (size < 0) return false;
    if (std::string_view(target.data(), static_cast<std::size_t>(size)) != "anon_inode:[eventfd]") {
        return false;
    }
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/// The part of `store` that begins at `offset`, as long as `size` at most.
template <class Bytes>
Bytes part_of(Bytes store, std::uint64_t offset, std::size_t size) noexcept {
    if (offset >= store.size()) return {};
    store = store.subspan(static_cast<std::size_t>(offset));
    return store.first(std::min(size, store.size()));
}

}  // namespace

int Interrupts::set(const SetIrqs& request, std::span<const std::uint8_t> data, std::span<Fd> fds) {
    const bool is_all_off = request.flags == (kIrqDataNone | kIrqActionTrigger) &&
                            request.start == 0 && request.count == 0 && request.index < kIrqCount;
    if (is_all_off) {
        if (request.index == kIrqMsix) std::ranges::generate(triggers_, [] { return Fd(); });
        return 0;
    }
    if (request.index != kIrqMsix || request.count == 0 || request.start >= triggers_.size() ||
        request.count > triggers_.size() - request.start) {
        return EINVAL;
    }
    const std::span<Fd> triggers = std::span(triggers_).subspan(request.start, request.count);
    switch (request.flags) {
        case kIrqDataEventfd | kIrqActionTrigger:
            if (!fds.empty() && fds.size() != request.count) return EINVAL;
            for (const Fd& fd : fds) {
                if (!adopt_eventfd(fd.get())) return EINVAL;
            }
            for (std::uint32_t i = 0; i < request.count; ++i) {
                triggers[i] = fds.empty() ? Fd() : std::move(fds[i]);
                const unsigned vector = request.start + i;
                const std::uint64_t bit = std::uint64_t{1} << vector % 64;
                if (triggers[i].is_open() && (pending_[vector / 64] & bit) != 0) {
                    pending_[vector / 64] &= ~bit;
                    raise(vector);
                }
            }
            return 0;
        case kIrqDataNone | kIrqActionTrigger:
            for (std::uint32_t i = 0; i < request.count; ++i) raise(request.start + i);
            return 0;
        case kIrqDataBool | kIrqActionTrigger:
            if (data.size() < request.count) return EINVAL;
            for (std::uint32_t i = 0; i < request.count; ++i) {
                if (data[i] != 0) raise(request.start + i);
            }
            return 0;
        default:
            return EINVAL;
    }
}

void Interrupts::raise(unsigned vector) noexcept {
    if (vector >= triggers_.size()) return;
    if (!triggers_[vector].is_open()) {
        pending_[vector / 64] |= std::uint64_t{1} << vector % 64;
    } else {
        signal_.raise(triggers_[vector].get());
    }
}

void Interrupts::reset() noexcept {
    std::ranges::fill(pending_, 0);
    std::ranges::fill(table_, std::uint8_t{0});
}

void Interrupts::read_table(std::uint64_t offset, std::span<std::uint8_t> bytes) const noexcept {
    const auto part = part_of(std::span<const std::uint8_t>(table_), offset, bytes.size());
    std::ranges::fill(bytes, std::uint8_t{0});
    std::ranges::copy(part, bytes.begin());
}

void Interrupts::write_table(std::uint64_t offset, std::span<const std::uint8_t> bytes) noexcept {
    const auto part = part_of(std::span<std::uint8_t>(table_), offset, bytes.size());
    std::ranges::copy(bytes.first(part.size()), part.begin());
}

void Interrupts::read_pending(std::uint64_t offset, std::span<std::uint8_t> bytes) const noexcept {
    const std::span<const std::uint8_t> all(reinterpret_cast<const std::uint8_t*>(pending_.data()),
                                            pending_.size() * sizeof pending_[0]);
    std::ranges::fill(bytes, std::uint8_t{0});
    std::ranges::copy(part_of(all, offset, bytes.size()), bytes.begin());
}

}  // namespace warpz::vfio_user

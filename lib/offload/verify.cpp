// SPDX-License-Identifier: Zlib
#include "offload/verify.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "inflate/inflater.hpp"

namespace warpz::offload {

bool verify(const Job& job) noexcept {
    // The decoder writes a few bytes beyond what it has decoded, where there is room; a byte of room beyond the input
    // shows output that is too long.
    const std::size_t room = job.input_bytes + 1;
    void* memory = std::malloc(sizeof(inflate::Inflater) + room);
    if (memory == nullptr) return false;
    auto* inflater = ::new (memory) inflate::Inflater;
    auto* plain = reinterpret_cast<std::uint8_t*>(inflater + 1);
    inflater->window.forget();
    inflater->start(true);
    inflater->pass_boundary();
    BitReader reader;
    reader.clear();
    reader.next = job.output;
    reader.end = job.output + job.output_bytes;
    inflate::Output out{plain, plain, plain + room, plain + room};
    // It stops at each boundary: the last one has to be where the bytes end.
    inflate::Outcome outcome = inflate::Outcome::kStopped;
    bool is_at_end = false;
    while (outcome == inflate::Outcome::kStopped && !is_at_end) {
        outcome = inflater->run(reader, out, inflate::StopAt::kBlockBoundary);
        is_at_end =
            outcome == inflate::Outcome::kStopped && reader.next == reader.end && reader.bits == 0;
        inflater->pass_boundary();
    }
    const bool is_right =
        is_at_end && static_cast<std::size_t>(out.next - plain) == job.input_bytes &&
        std::memcmp(plain, job.input, job.input_bytes) == 0 && !inflater->in_last_block();
    std::free(memory);
    return is_right;
}

}  // namespace warpz::offload

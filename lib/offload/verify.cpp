// SPDX-License-Identifier: Zlib
#include "offload/verify.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "inflate/inflater.hpp"

namespace warpz::offload {

ProofRoom::~ProofRoom() { std::free(bytes_); }

std::byte* ProofRoom::get(std::size_t size) noexcept {
    if (size <= size_) return bytes_;
    std::free(bytes_);
    bytes_ = static_cast<std::byte*>(std::malloc(size));
    size_ = bytes_ != nullptr ? size : 0;
    return bytes_;
}

bool verify(const Job& job, ProofRoom& proof_room) noexcept {
    // The decoder writes a few bytes beyond what it has decoded, where there is room; a byte of room beyond the input
    // shows output that is too long.
    const std::size_t room = job.input_bytes + 1;
    std::byte* memory = proof_room.get(sizeof(inflate::Inflater) + room);
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
    return is_at_end && static_cast<std::size_t>(out.next - plain) == job.input_bytes &&
           std::memcmp(plain, job.input, job.input_bytes) == 0 && !inflater->in_last_block();
}

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// Hands out contiguous pieces of a bounce window in the order in which they come back: a queue's jobs end in the order
// of their submission, so two positions are all there is to remember.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz::device {

class WindowRing {
  public:
    static constexpr std::size_t kAlignBytes = 64;  ///< a cache line, and what an SGL would need

    void create(std::size_t bytes) noexcept {
        bytes_ = bytes / kAlignBytes * kAlignBytes;
        begin_ = end_ = used_ = 0;
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return bytes_; }

    struct Piece {
        std::size_t offset = 0;
        /// With what was skipped to stay contiguous; 0: there is no room
        std::size_t taken_bytes = 0;
    };

    /// A piece of `size` > 0 bytes.
    [[nodiscard]] Piece take(std::size_t size) noexcept {
        size = (size + kAlignBytes - 1) / kAlignBytes * kAlignBytes;
        if (used_ == 0) begin_ = end_ = 0;
        if (size > bytes_ - used_) return {};
        std::size_t skipped = 0;
        // Free is [end_, bytes_) and [0, begin_), or [end_, begin_) once the end has wrapped.
        const bool is_wrapped = used_ != 0 && end_ <= begin_;
        const std::size_t run = is_wrapped ? begin_ - end_ : bytes_ - end_;
        if (size > run) {
            if (is_wrapped || size > begin_) return {};
            skipped = run;
            end_ = 0;
        }
        const std::size_t offset = end_;
        end_ += size;
        if (end_ == bytes_) end_ = 0;
        used_ += size + skipped;
        return {offset, size + skipped};
    }

    /// Gives back the oldest piece.
    void give_back(const Piece& piece) noexcept {
        used_ -= piece.taken_bytes;
        begin_ = (begin_ + piece.taken_bytes) % bytes_;
    }

  private:
    std::size_t bytes_ = 0;
    std::size_t begin_ = 0;  // of the oldest piece, or of what was skipped before it
    std::size_t end_ = 0;    // of the newest piece
    std::size_t used_ = 0;
};

}  // namespace warpz::device

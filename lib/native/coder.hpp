// SPDX-License-Identifier: Zlib
// What a job does, wherever it runs: one-shot coding on memory that is kept for the next job, and one step of a stream.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/deflate_stream.hpp"
#include "engine/inflate_stream.hpp"
#include "warpz/warpz.h"

/// A stream of the interface. Its memory is one allocation, behind the object; `busy` while a job has it.
struct warpz_stream {
    int operation;
    int format;
    int level;
    std::atomic<bool> busy{false};
    bool has_begun = false;  // a job has been at it
    std::uint64_t total_in = 0;
    std::uint8_t* dictionary = nullptr;  // for an inflating zlib stream that asks for it
    std::size_t dictionary_bytes = 0;
    std::uint8_t* window = nullptr;  // inflate
    warpz::engine::DeflateStream deflate;
    warpz::InflateStream inflate;

    /// Begins the first or another stream.
    void begin() noexcept;
    /// A job's step; sets the job's results.
    void step(warpz_job& job, int flush) noexcept;
    /// After a step of inflate that filled the job's space: whether there is more.
    [[nodiscard]] bool wants_space(const warpz_job& job) noexcept;
};

namespace warpz::native {

/// Memory behind a warpz_stream of this kind.
[[nodiscard]] std::size_t stream_memory(int operation, int level) noexcept;
[[nodiscard]] warpz_stream* make_stream(int operation, int format, int level) noexcept;
void free_stream(warpz_stream* stream) noexcept;

/// Whether all fields that the caller sets are within their ranges.
[[nodiscard]] bool is_valid(const warpz_job& job) noexcept;
/// The level that a job means.
[[nodiscard]] constexpr int level_of(int level) noexcept {
    return level == -1 ? deflate::kDefaultLevel : level;
}

/// Does one-shot jobs, one at a time; keeps a deflating stream, one for levels above 9, and an inflating one, each from
/// its first use on.
class Coder {
  public:
    [[nodiscard]] static Coder* create() noexcept;
    static void destroy(Coder* coder) noexcept;

    /// Does the job, checksums and streams' steps included, and sets its results.
    void run(warpz_job& job) noexcept;

    Coder* next = nullptr;  ///< for a list of them
    bool is_busy = false;   ///< the list's owner's: whether somebody has it

  private:
    Coder() = default;
    void deflate(warpz_job& job) noexcept;
    void inflate(warpz_job& job) noexcept;

    warpz_stream* deflater_[2] = {};  // for levels up to 9, and above
    warpz_stream* inflater_ = nullptr;
};

}  // namespace warpz::native

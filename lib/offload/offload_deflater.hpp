// SPDX-License-Identifier: Zlib
// A deflate stream on the executors: input is gathered into chunks, chunks become jobs, many are under way at once, and
// their output is delivered in order. deflate() is asynchronous underneath: a call copies, submits, delivers what is
// ready, and waits only when too many jobs are under way or the stream is given back.
//
// Where chunks begin and end depends on the input and on where the stream was taken and given back, on nothing else. So
// the pool makes the same bytes whatever the number of its threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/codec.hpp"
#include "engine/deflate_stream.hpp"
#include "offload/core_pool.hpp"
#include "offload/deflate_queue.hpp"
#include "offload/job.hpp"

namespace warpz::offload {

class OffloadDeflater final : public engine::ChunkEncoder {
  public:
    /// Largest chunk, in units: a megabyte. Each chunk begins with statistics and codes of its own, which costs about
    /// 300 bytes: 0.07 % of ten files' first 16 MB at level 6, 0.2 % with chunks of half the size.
    static constexpr std::size_t kMaxUnits = 16;
    /// A chunk is at most this part of what came before it, so that the first ones are soon under way.
    static constexpr std::size_t kGrowth = 4;
    /// What the last chunk before a flush is cut into, in units: that is when cores may have nothing else to do. So are
    /// chunks that are more than a device's bounce window holds.
    static constexpr std::size_t kPieceUnits = 4;
    /// deflateBound() has room for the last job as a stored block and a final block of its own from here on; below, the
    /// last job counts only if it shrinks.
    static constexpr std::size_t kTightBytes = 4096;

    /// An encoder for streams of these settings, whose level is not 0; null without memory.
    [[nodiscard]] static OffloadDeflater* create(const engine::DeflateSettings& settings) noexcept;

    void begin(const engine::HandOver& state) noexcept override;
    Status step(engine::Bytes& in, engine::Space& out, engine::Check& check) noexcept override;
    engine::Space input_space() noexcept override;
    void give_back(bool is_flush) noexcept override;
    bool set_params(int level, int strategy) noexcept override;
    bool deliver(engine::Space& out) noexcept override;
    [[nodiscard]] std::size_t pending_bytes() const noexcept override { return known_ready_bytes_; }
    void discard_output() noexcept override;
    [[nodiscard]] engine::Bytes unencoded() const noexcept override;
    void skip(std::size_t count) noexcept override;
    [[nodiscard]] bool has_encoded() const noexcept override { return has_encoded_; }
    [[nodiscard]] engine::Bytes history() const noexcept override;
    [[nodiscard]] engine::Bytes dictionary() const noexcept override;
    [[nodiscard]] const ByteSet& first_bytes() const noexcept override { return first_bytes_; }
    [[nodiscard]] engine::ChunkEncoder* clone() noexcept override;
    void destroy() noexcept override;

  private:
    static constexpr std::size_t kWindowBytes = 32768;

    /// Memory for some input, its history and its output. Usually it becomes one job; at a flush, one for each unit, so
    /// that no core is left with much more than the others.
    struct Chunk {
        Chunk* next;
        std::size_t allocated_units;
        std::size_t units;  ///< capacity in use
        std::size_t history_bytes;
        std::size_t taken_bytes;    ///< gathered
        std::size_t encoded_bytes;  ///< of those, in jobs or taken by the other encoder
        std::size_t delivered_jobs;
        std::size_t job_count;
        std::array<Job, kMaxUnits / kPieceUnits + 1> jobs;
        // behind the object: kWindowBytes of history, units of input, units + 1 of output

        [[nodiscard]] std::uint8_t* data() noexcept;
        [[nodiscard]] std::uint8_t* output() noexcept;
        [[nodiscard]] std::size_t capacity_bytes() const noexcept { return units * kUnitBytes; }
        [[nodiscard]] static std::size_t total_bytes(std::size_t units) noexcept;
        [[nodiscard]] Chunk* clone() noexcept;
    };

    explicit OffloadDeflater(const engine::DeflateSettings& settings) noexcept;

    [[nodiscard]] Chunk* take_chunk(std::size_t units, const engine::Bytes& history) noexcept;
    void recycle(Chunk* chunk) noexcept;
    void trim_spares(std::size_t kept_units) noexcept;
    void pop_chunk() noexcept;
    [[nodiscard]] std::size_t next_units() const noexcept;
    void add_job(Chunk& chunk, std::size_t size) noexcept;
    void enqueue(Chunk& chunk) noexcept;
    [[nodiscard]] std::size_t max_under_way() const noexcept;
    void put_prefix() noexcept;

    void submit(Job& job) noexcept;
    [[nodiscard]] static bool is_done(const Job& job) noexcept {
        return job.state.load(std::memory_order_acquire) == Job::kDone;
    }
    void wait(Job& job) noexcept;
    [[nodiscard]] static bool take_back(Job& job) noexcept;
    void run_here(Job& job) noexcept;
    [[nodiscard]] bool help() noexcept;
    void finish_all(bool drops) noexcept;

    EncoderSettings settings_;
    std::size_t window_bytes_;
    std::size_t first_units_ = 1;    // of a stretch's first chunk
    std::size_t min_job_bytes_ = 0;  // at a flush, less stays with the own encoder
    std::size_t min_bytes_ = 0;      // of a whole stretch
    std::size_t granule_bytes_ = 1;  // jobs are multiples of this
    CorePool* pool_ = nullptr;
    DeflateQueue queue_;

    unsigned open_bits_ = 0;  // where begin() took over
    unsigned open_bit_count_ = 0;
    bool has_dictionary_ = false;  // and no job has referred to it yet
    bool is_given_back_ = true;
    bool has_encoded_ = false;
    ByteSet first_bytes_{};
    std::size_t stretch_units_ = 0;  // encoded since begin()

    Chunk* gather_ = nullptr;  // being filled; after a give_back() also in the list
    Chunk* first_ = nullptr;   // with jobs under way, oldest first
    Chunk* last_ = nullptr;
    std::size_t under_way_ = 0;  // chunks in that list
    Chunk* spare_ = nullptr;

    std::size_t delivered_bytes_ = 0;    // of the oldest job's output
    std::size_t known_ready_bytes_ = 0;  // see pending_bytes()
    std::array<std::uint8_t, 8> prefix_{};
    std::size_t prefix_begin_ = 0;
    std::size_t prefix_end_ = 0;
};

}  // namespace warpz::offload

// SPDX-License-Identifier: Zlib
// Threads that decode a gzip file ahead of the one that reads it in order. They guess where chunks begin; the reader, who
// knows where blocks really are, asks at each boundary whether a chunk begins there, and decodes by itself where none does.
// So a wrong guess costs time only, and what is read is what one thread alone would have read, up to the first error.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "chunk_decoder.hpp"

namespace warpz::cli {

class ChunkQueue {
  public:
    /// Files smaller than this are decoded by one thread.
    static constexpr std::uint64_t kMinFileBytes = std::uint64_t{3} << 19;

    /// threads  including the caller's, 2 or more
    /// first    where the caller begins to decode, in bits
    ChunkQueue(FileBytes file, unsigned threads, std::uint64_t first);
    ~ChunkQueue();
    ChunkQueue(const ChunkQueue&) = delete;
    ChunkQueue& operator=(const ChunkQueue&) = delete;

    /// To be called where a block (kBlock) or a member (kMember) begins, with what has been decoded so far: chunks get
    /// their size from that. True when a chunk begins there, though it may come to nothing.
    [[nodiscard]] bool has_chunk_at(parallel::Start at, std::uint64_t plain_bytes);

    /// Returns the chunk that begins at `at`, decoded and resolved, having waited for it; null when there is none. Chunks
    /// that follow it are resolved meanwhile.
    ///
    /// window  before that place; afterwards, when a chunk is returned, behind the chunk
    [[nodiscard]] Chunk* take(parallel::Start at, HistoryWindow& window);
    /// Gives back the last chunk that take() returned.
    void release();

  private:
    struct Task {
        enum class State : std::uint8_t { kDecoding, kDecoded, kLinked, kResolving, kResolved };
        State state = State::kDecoding;
        bool is_stale = false;
        parallel::Start start;
        std::uint64_t target = 0;
        std::unique_ptr<Chunk> chunk;
        std::unique_ptr<HistoryWindow>
            before;  ///< the window in front of the chunk, from kLinked on
        std::unique_ptr<HistoryWindow> behind;
    };

    void work();
    /// Under `lock`. The next thing to do: a task to resolve or to decode, or null when the queue closes.
    Task* next_task(std::unique_lock<std::mutex>& lock);
    Task* claim(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] std::optional<parallel::Start> find_from(std::uint64_t bit);
    [[nodiscard]] std::uint64_t reader_share_bits(std::uint64_t step) noexcept;
    void resolve(Task& task, std::unique_lock<std::mutex>& lock);
    void drop_before(std::uint64_t bit);
    [[nodiscard]] Task* find_task(parallel::Start at);
    static void link(Task& task, const HistoryWindow& window);
    void recycle(std::unique_ptr<Chunk> chunk);
    [[nodiscard]] std::uint64_t step_bits(std::uint64_t from) const noexcept;

    const FileBytes file_;
    const unsigned threads_;
    const std::size_t max_tasks_;

    LoadedBytes searched_;  // of the thread that has set is_searching_

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Task>> tasks_;  // in order of their start
    std::vector<std::unique_ptr<Chunk>> spare_;
    std::optional<parallel::Start> frontier_;  // where the next task begins
    std::uint64_t search_from_;                // when there is no frontier
    std::uint64_t reader_bit_;
    std::uint64_t first_bit_;
    std::uint64_t plain_bytes_ = 0;
    double reader_share_;  // of the file, in chunks for each worker
    bool is_searching_ = false;
    bool is_exhausted_ = false;  // no further start up to the end of the file
    bool is_closing_ = false;
    Task* lent_ = nullptr;
    std::vector<std::thread> workers_;
};

}  // namespace warpz::cli

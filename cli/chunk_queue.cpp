// SPDX-License-Identifier: Zlib
// The queue of chunks; see chunk_queue.hpp.
#include "chunk_queue.hpp"

#include <signal.h>

#include <algorithm>

#include "signals.hpp"

namespace warpz::cli {
namespace {

using parallel::Start;
using parallel::StartKind;

// A chunk should make this much plain data: enough to pay for the search of its beginning, little enough to stay in the
// caches' outer levels and to begin soon.
constexpr std::uint64_t kPlainBytes = std::uint64_t{6} << 20;
constexpr std::uint64_t kMinStepBytes = std::uint64_t{128} << 10;
constexpr std::uint64_t kMaxStepBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kFirstStepBytes = std::uint64_t{512} << 10;
constexpr std::size_t kSearchBytes = std::size_t{256} << 10;
constexpr std::size_t kLongestHeader =
    512;  // of a dynamic block: 2 + 8 + 316 * 22 bits, and rarely a third of it
constexpr std::uint64_t kEndOfFile = ~std::uint64_t{0};

// With so few threads the reader decodes every n-th chunk itself, with its window, which is faster than without.
constexpr unsigned kFewThreads = 3;

}  // namespace

ChunkQueue::ChunkQueue(FileBytes file, unsigned threads, std::uint64_t first)
    : file_(file),
      threads_(threads),
      max_tasks_(2 * std::size_t{threads} + 1),
      search_from_(first + kFirstStepBytes * 8),
      reader_bit_(first),
      first_bit_(first) {
    const SignalBlock block;  // signals are for the reader's thread
    const unsigned workers = threads <= kFewThreads ? threads - 1 : threads;
    try {
        for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // Fewer threads, or none: then the reader finds no chunks.
        if (workers_.empty()) is_exhausted_ = true;
    }
}

ChunkQueue::~ChunkQueue() {
    {
        const std::lock_guard lock(mutex_);
        is_closing_ = true;
        changed_.notify_all();
    }
    for (std::thread& worker : workers_) worker.join();
}

std::uint64_t ChunkQueue::step_bits() const noexcept {
    std::uint64_t step = kFirstStepBytes;
    const std::uint64_t packed = (reader_bit_ - first_bit_) / 8;
    if (plain_bytes_ != 0 && packed != 0) {
        const double ratio = static_cast<double>(packed) / static_cast<double>(plain_bytes_);
        step = static_cast<std::uint64_t>(ratio * static_cast<double>(kPlainBytes));
    }
    return std::clamp(step, kMinStepBytes, kMaxStepBytes) * 8;
}

std::optional<Start> ChunkQueue::find_from(std::uint64_t bit) const {
    LoadedBytes in(file_);
    while (bit / 8 < file_.size()) {
        in.load(bit / 8, kSearchBytes);
        const std::uint64_t base = in.offset() * 8;
        const std::uint64_t size = in.bytes().size();
        if (size == 0) break;
        const std::uint64_t searched =
            in.reaches_end() ? size : size - std::min<std::uint64_t>(size, kLongestHeader);
        if (auto start = parallel::find_start(in.bytes(), bit - base, searched * 8)) {
            start->bit += base;
            return start;
        }
        if (in.reaches_end()) break;
        bit = base + searched * 8;
    }
    return std::nullopt;
}

void ChunkQueue::work() {
    std::unique_lock lock(mutex_);
    while (Task* task = next_task(lock)) {
        if (task->state == Task::State::kLinked) {
            resolve(*task, lock);
            continue;
        }
        Chunk& chunk = *task->chunk;
        const Start start = task->start;
        const std::uint64_t target = task->target;
        lock.unlock();
        bool failed = false;
        try {
            chunk.decode(file_, start, target);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        lock.lock();
        task->state = Task::State::kDecoded;
        // A chunk that came to nothing was no block's beginning.
        if (failed || chunk.end_bit() == start.bit) task->is_stale = true;
        drop_before(reader_bit_);
        changed_.notify_all();
    }
}

ChunkQueue::Task* ChunkQueue::next_task(std::unique_lock<std::mutex>& lock) {
    for (;;) {
        if (is_closing_) return nullptr;
        for (const auto& task : tasks_)
            if (task->state == Task::State::kLinked) return task.get();
        if (!is_searching_ && !is_exhausted_ && tasks_.size() < max_tasks_) {
            if (Task* task = claim(lock)) return task;
            continue;
        }
        changed_.wait(lock);
    }
}

/// Under `lock`, which it gives up to search. Null when there is nothing to decode for now: look again.
ChunkQueue::Task* ChunkQueue::claim(std::unique_lock<std::mutex>& lock) {
    is_searching_ = true;
    const auto search = [&](std::uint64_t from) {
        lock.unlock();
        std::optional<Start> found;
        try {
            found = find_from(from);
        } catch (const std::bad_alloc&) {
            // As if there were none.
        }
        lock.lock();
        return found;
    };
    std::optional<Start> start = frontier_;
    if (!start || start->bit <= reader_bit_) {
        start = search(std::max(search_from_, reader_bit_ + step_bits()));
    }
    std::optional<Start> next;
    if (start) next = search(start->bit + step_bits());
    is_searching_ = false;
    frontier_ = next;
    if (!next) is_exhausted_ = true;
    changed_.notify_all();
    if (!start || is_closing_) return nullptr;
    search_from_ = start->bit + 1;
    // The chunk before the first task is the reader's.
    ++count_;
    if (threads_ <= kFewThreads && count_ % threads_ == 0) return nullptr;
    try {
        auto task = std::make_unique<Task>();
        task->start = *start;
        task->target = next ? next->bit : kEndOfFile;
        task->before = std::make_unique<HistoryWindow>();
        task->behind = std::make_unique<HistoryWindow>();
        if (spare_.empty()) {
            task->chunk = std::make_unique<Chunk>();
        } else {
            task->chunk = std::move(spare_.back());
            spare_.pop_back();
        }
        tasks_.push_back(std::move(task));
        return tasks_.back().get();
    } catch (const std::bad_alloc&) {
        // With the chunks that there are.
        is_exhausted_ = true;
        return nullptr;
    }
}

void ChunkQueue::recycle(std::unique_ptr<Chunk> chunk) { spare_.push_back(std::move(chunk)); }

/// Under the lock. Forgets what begins before `bit` and is nobody's any more.
void ChunkQueue::drop_before(std::uint64_t bit) {
    for (auto it = tasks_.begin(); it != tasks_.end();) {
        Task& task = **it;
        if (task.state == Task::State::kDecoded && (task.is_stale || task.start.bit < bit)) {
            recycle(std::move(task.chunk));
            it = tasks_.erase(it);
        } else {
            ++it;
        }
    }
}

ChunkQueue::Task* ChunkQueue::find_task(Start at) {
    for (const auto& task : tasks_)
        if (task->start.bit == at.bit && task->start.kind == at.kind && !task->is_stale)
            return task.get();
    return nullptr;
}

/// Under the lock: `task` is decoded, and `window` is what precedes it.
void ChunkQueue::link(Task& task, const HistoryWindow& window) {
    *task.before = window;
    *task.behind = window;
    task.chunk->advance(*task.behind);
    task.state = Task::State::kLinked;
}

void ChunkQueue::resolve(Task& task, std::unique_lock<std::mutex>& lock) {
    task.state = Task::State::kResolving;
    lock.unlock();
    task.chunk->resolve(*task.before);
    lock.lock();
    task.state = Task::State::kResolved;
    changed_.notify_all();
}

bool ChunkQueue::has_chunk_at(Start at, std::uint64_t plain_bytes) {
    const std::lock_guard lock(mutex_);
    reader_bit_ = at.bit;
    plain_bytes_ = plain_bytes;
    if (find_task(at) != nullptr) return true;
    const std::size_t before = tasks_.size();
    drop_before(at.bit);
    if (tasks_.size() != before) changed_.notify_all();
    return false;
}

Chunk* ChunkQueue::take(Start at, HistoryWindow& window) {
    std::unique_lock lock(mutex_);
    Task* task = find_task(at);
    while (task != nullptr && task->state == Task::State::kDecoding) {
        changed_.wait(lock);
        task = find_task(at);
    }
    if (task == nullptr) return nullptr;
    // In the first 32 KiB of a member a marker may lie before its beginning. That is an error for the reader to find.
    const auto can_link = [](const Task& candidate, const HistoryWindow& known) {
        return candidate.start.kind == StartKind::kMember || known.have == known.bytes.size();
    };
    const HistoryWindow* known = &window;
    // This chunk and those that join on to it, as far as they are decoded.
    for (Task* next = task; next != nullptr && next->state != Task::State::kDecoding;) {
        if (next->state == Task::State::kDecoded) {
            if (!can_link(*next, *known)) break;
            link(*next, *known);
            changed_.notify_all();
        }
        known = next->behind.get();
        const bool is_member_end = next->chunk->pieces().back().ends_member;
        next = find_task(
            {next->chunk->end_bit(), is_member_end ? StartKind::kMember : StartKind::kBlock});
    }
    if (task->state == Task::State::kDecoded) return nullptr;
    while (task->state != Task::State::kResolved) {
        if (task->state == Task::State::kLinked) {
            resolve(*task, lock);
        } else {
            changed_.wait(lock);
        }
    }
    window = *task->behind;
    lent_ = task;
    return task->chunk.get();
}

void ChunkQueue::release() {
    const std::lock_guard lock(mutex_);
    for (auto it = tasks_.begin(); it != tasks_.end(); ++it) {
        if (it->get() != lent_) continue;
        recycle(std::move((*it)->chunk));
        tasks_.erase(it);
        break;
    }
    lent_ = nullptr;
    changed_.notify_all();
}

}  // namespace warpz::cli

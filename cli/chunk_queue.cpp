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

// A chunk should make this much plain data: enough to pay for the search of its beginning and for its first part, of
// symbols, which are slow; little enough to begin soon and to take little memory.
constexpr std::uint64_t kPlainBytes = std::uint64_t{12} << 20;
constexpr std::uint64_t kMinStepBytes = std::uint64_t{128} << 10;
constexpr std::uint64_t kMaxStepBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kFirstStepBytes = std::uint64_t{512} << 10;
constexpr std::size_t kSearchBytes = std::size_t{256} << 10;
constexpr std::size_t kLongestHeader =
    512;  // of a dynamic block: 2 + 8 + 316 * 22 bits, and rarely a third of it
constexpr std::uint64_t kEndOfFile = ~std::uint64_t{0};

// With so few threads the reader decodes itself what lies between two chunks, because that is faster with a window than
// without. How much, as a part of a chunk for each worker, depends on who waits for whom: reader and workers have
// different things to do besides, and the reader's output may be slow.
constexpr unsigned kFewThreads = 3;
constexpr double kFirstShare = 1;
constexpr double kMaxShare = 4;
constexpr double kShareStep = 1.0 / 32;  // for good, after each look
constexpr double kShareSwing = 0.25;     // for now, for each chunk that waits too many or too few
constexpr std::uint64_t kMinShareBits =
    std::uint64_t{256}
    << 13;  // more than a block, or the chunk before would end behind the next one's beginning

}  // namespace

ChunkQueue::ChunkQueue(FileBytes file, unsigned threads, std::uint64_t first)
    : file_(file),
      threads_(threads),
      max_tasks_(2 * std::size_t{threads}),
      searched_(file_),
      search_from_(first + kFirstStepBytes * 8),
      reader_bit_(first),
      first_bit_(first),
      reader_share_(kFirstShare) {
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

/// The size of a chunk that begins about `from`.
std::uint64_t ChunkQueue::step_bits(std::uint64_t from) const noexcept {
    std::uint64_t step = kFirstStepBytes;
    const std::uint64_t packed = (reader_bit_ - first_bit_) / 8;
    if (plain_bytes_ != 0 && packed != 0) {
        const double ratio = static_cast<double>(packed) / static_cast<double>(plain_bytes_);
        step = static_cast<std::uint64_t>(ratio * static_cast<double>(kPlainBytes));
    }
    // Towards the end chunks become smaller, so that all threads have something to do until then.
    const std::uint64_t rest = file_.size() - std::min(file_.size(), from / 8);
    step = std::min(step, rest / (2 * std::uint64_t{threads_}));
    return std::clamp(step, kMinStepBytes, kMaxStepBytes) * 8;
}

/// Under the lock. What the reader decodes between two chunks; 0 when one chunk begins where another ends. It is more when
/// the reader has caught up with the workers, and less when chunks wait for it.
std::uint64_t ChunkQueue::reader_share_bits(std::uint64_t step) noexcept {
    if (threads_ > kFewThreads) return 0;
    const double lack = static_cast<double>(threads_) - static_cast<double>(tasks_.size());
    reader_share_ = std::clamp(reader_share_ + lack * kShareStep, 0.0, kMaxShare);
    const double share = std::max(reader_share_ + lack * kShareSwing, 0.0) / (threads_ - 1);
    const auto bits = static_cast<std::uint64_t>(share * static_cast<double>(step));
    return bits < kMinShareBits ? 0 : bits;
}

/// Where a chunk can begin, from `bit` on; without the lock. Where data go by faster than they can be searched, such as
/// stored blocks, the search goes on in front of the reader.
std::optional<Start> ChunkQueue::find_from(std::uint64_t bit) {
    LoadedBytes& in = searched_;
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (is_closing_) return std::nullopt;
            if (bit <= reader_bit_) bit = reader_bit_ + kMinStepBytes * 8;
        }
        if (bit / 8 >= file_.size()) return std::nullopt;
        in.load(bit / 8, kSearchBytes);
        const std::uint64_t base = in.offset() * 8;
        const std::uint64_t size = in.bytes().size();
        if (size == 0) return std::nullopt;
        const std::uint64_t searched =
            in.reaches_end() ? size : size - std::min<std::uint64_t>(size, kLongestHeader);
        if (auto start = parallel::find_start(in.bytes(), bit - base, searched * 8)) {
            start->bit += base;
            return start;
        }
        if (in.reaches_end()) return std::nullopt;
        bit = base + searched * 8;
    }
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
            chunk.decode(start, target);
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
    const std::uint64_t step = step_bits(frontier_ ? frontier_->bit : search_from_);
    const std::uint64_t share = reader_share_bits(step);
    std::optional<Start> start = frontier_;
    if (!start || start->bit <= reader_bit_) {
        start = search(std::max(search_from_, reader_bit_ + (share != 0 ? share : step)));
    }
    frontier_.reset();
    std::uint64_t target = kEndOfFile;
    if (!start) {
        is_exhausted_ = true;
    } else if (share != 0) {
        target = start->bit + step;
        search_from_ = target + share;
    } else {
        frontier_ = search(start->bit + step);
        if (frontier_)
            target = frontier_->bit;
        else
            is_exhausted_ = true;
        search_from_ = start->bit + 1;
    }
    is_searching_ = false;
    changed_.notify_all();
    if (!start || is_closing_) return nullptr;
    try {
        auto task = std::make_unique<Task>();
        task->start = *start;
        task->target = target;
        task->before = std::make_unique<HistoryWindow>();
        task->behind = std::make_unique<HistoryWindow>();
        if (spare_.empty()) {
            task->chunk = std::make_unique<Chunk>(file_);
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

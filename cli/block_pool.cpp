// SPDX-License-Identifier: Zlib
// Blocks and the threads that compress them; see block_pool.hpp. Several blocks make a batch, so that small ones are worth a
// thread's attention; a fixed number of batches goes round.
#include "block_pool.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "deflater.hpp"
#include "signals.hpp"
#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{512} << 10;
constexpr std::size_t kBgzfHeaderBytes = 18;
constexpr std::size_t kMaxMemberBytes = 65536;  // BSIZE has 16 bits and is one less
constexpr std::array<std::uint8_t, 28> kBgzfEnd = {0x1f, 0x8b, 8,   4,   0, 0, 0,  0, 0, 0xff,
                                                   6,    0,    'B', 'C', 2, 0, 27, 0, 3, 0,
                                                   0,    0,    0,   0,   0, 0, 0,  0};

void put_le16(std::uint8_t* to, std::size_t value) noexcept {
    to[0] = static_cast<std::uint8_t>(value);
    to[1] = static_cast<std::uint8_t>(value >> 8);
}
void put_le32(std::uint8_t* to, std::size_t value) noexcept {
    put_le16(to, value);
    put_le16(to + 2, value >> 16);
}

/// Compresses `plain` behind what `out` holds already, with a flush or to the end of a stream. False when that takes more
/// than `room` bytes; `out` is as before then.
bool append_deflated(Deflater& deflater, std::span<const std::uint8_t> plain, Deflater::Flush flush,
                     std::size_t room, std::vector<std::uint8_t>& out) {
    const std::size_t begin = out.size();
    out.resize(begin + std::min(Deflater::bound(plain.size()), room));
    deflater.reset();
    const auto space = std::span(out).subspan(begin);
    const Deflater::Step step = deflater.step(plain, space, flush);
    const bool is_done = flush == Deflater::Flush::kFinish
                             ? step.is_end
                             : step.taken == plain.size() && step.made < space.size();
    out.resize(begin + (is_done ? step.made : 0));
    return is_done;
}

struct Batch {
    enum class State : std::uint8_t { kQueued, kRunning, kDone };
    State state = State::kQueued;
    std::exception_ptr error;
    std::vector<std::uint8_t> plain;
    std::vector<std::uint8_t> packed;
    std::vector<IndexEntry>
        blocks;  ///< bgzf: begins of members, counted from the batch's beginning
    std::uint32_t crc = 0;
    std::uint32_t adler = 1;
};

/// What a batch becomes.
enum class Framing : std::uint8_t { kBgzf, kFlushed };

void add_bgzf_member(Deflater& deflater, std::span<const std::uint8_t> plain, Batch& batch) {
    const std::size_t begin = batch.packed.size();
    auto& out = batch.packed;
    out.insert(out.end(), kBgzfEnd.begin(), kBgzfEnd.begin() + kBgzfHeaderBytes);
    if (!append_deflated(deflater, plain, Deflater::Flush::kFinish,
                         kMaxMemberBytes - kBgzfHeaderBytes - kTrailerBytes, out)) {
        // One stored block, the last one.
        std::array<std::uint8_t, 5> header{1};
        put_le16(header.data() + 1, plain.size());
        put_le16(header.data() + 3, ~plain.size());
        out.insert(out.end(), header.begin(), header.end());
        out.insert(out.end(), plain.begin(), plain.end());
    }
    std::array<std::uint8_t, kTrailerBytes> trailer;
    put_le32(trailer.data(), crc32_z(0, plain.data(), plain.size()));
    put_le32(trailer.data() + 4, plain.size());
    out.insert(out.end(), trailer.begin(), trailer.end());
    put_le16(out.data() + begin + 16, out.size() - begin - 1);
}

void compress_batch(Deflater& deflater, Batch& batch, Framing framing, std::size_t block_bytes) {
    batch.packed.clear();
    batch.blocks.clear();
    for (std::size_t at = 0; at < batch.plain.size(); at += block_bytes) {
        const auto rest = std::span<const std::uint8_t>(batch.plain).subspan(at);
        const auto block = rest.first(std::min(block_bytes, rest.size()));
        batch.blocks.push_back({batch.packed.size(), at});
        if (framing == Framing::kBgzf) {
            add_bgzf_member(deflater, block, batch);
        } else if (!append_deflated(deflater, block, Deflater::Flush::kFull, SIZE_MAX,
                                    batch.packed)) {
            throw std::runtime_error("deflate() left the block unfinished");
        }
    }
    batch.crc = static_cast<std::uint32_t>(crc32_z(0, batch.plain.data(), batch.plain.size()));
    batch.adler = static_cast<std::uint32_t>(adler32_z(1, batch.plain.data(), batch.plain.size()));
}

/// The threads. The reader's own does batches, too, when it would have to wait.
class BlockPool {
  public:
    BlockPool(const CompressRequest& request, Framing framing)
        : framing_(framing),
          block_bytes_(request.block_bytes),
          level_(request.level),
          deflater_(request.level, Deflater::Wrap::kRaw) {
        const SignalBlock block;  // signals are for the reader's thread
        try {
            for (unsigned i = 1; i < request.threads; ++i)
                threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            // Fewer threads, then.
        }
    }
    ~BlockPool() {
        {
            const std::lock_guard lock(mutex_);
            is_closing_ = true;
            changed_.notify_all();
        }
        for (std::thread& thread : threads_) thread.join();
    }
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;

    [[nodiscard]] std::size_t max_batches() const noexcept { return 2 * threads_.size() + 1; }

    void submit(Batch& batch) {
        const std::lock_guard lock(mutex_);
        batch.state = Batch::State::kQueued;
        queue_.push_back(&batch);
        changed_.notify_all();
    }

    void wait(Batch& batch) {
        std::unique_lock lock(mutex_);
        while (batch.state != Batch::State::kDone) {
            if (!queue_.empty()) {
                run_first(lock, deflater_);
            } else {
                changed_.wait(lock);
            }
        }
        if (batch.error) std::rethrow_exception(batch.error);
    }

  private:
    void run_first(std::unique_lock<std::mutex>& lock, Deflater& deflater) {
        Batch& batch = *queue_.front();
        queue_.pop_front();
        batch.state = Batch::State::kRunning;
        lock.unlock();
        try {
            compress_batch(deflater, batch, framing_, block_bytes_);
        } catch (...) {
            batch.error = std::current_exception();
        }
        lock.lock();
        batch.state = Batch::State::kDone;
        changed_.notify_all();
    }

    void work() {
        std::unique_ptr<Deflater> deflater;
        try {
            deflater = std::make_unique<Deflater>(level_, Deflater::Wrap::kRaw);
        } catch (const std::bad_alloc&) {
            return;  // the others do it
        }
        std::unique_lock lock(mutex_);
        while (!is_closing_) {
            if (queue_.empty()) {
                changed_.wait(lock);
            } else {
                run_first(lock, *deflater);
            }
        }
    }

    const Framing framing_;
    const std::size_t block_bytes_;
    const int level_;
    Deflater deflater_;
    std::mutex mutex_;  // guards what follows, and the batches' states
    std::condition_variable changed_;
    std::deque<Batch*> queue_;
    bool is_closing_ = false;
    std::vector<std::thread> threads_;
};

/// Reads up to `size` bytes.
void fill(Reader& in, std::size_t size, std::vector<std::uint8_t>& to) {
    to.clear();
    while (to.size() < size) {
        const auto bytes = in.available();
        if (bytes.empty()) return;
        const auto part = bytes.first(std::min(bytes.size(), size - to.size()));
        to.insert(to.end(), part.begin(), part.end());
        in.take(part.size());
    }
}

BlockTotals compress_blocks(Reader& in, Writer& out, const CompressRequest& request,
                            Framing framing, std::vector<IndexEntry>* index) {
    BlockTotals totals;
    const std::size_t blocks = std::max<std::size_t>(1, kBatchBytes / request.block_bytes);
    std::deque<std::unique_ptr<Batch>> under_way;
    std::vector<std::unique_ptr<Batch>> spare;
    // Behind the batches: its threads are gone before them.
    BlockPool pool(request, framing);
    const auto write_first = [&] {
        std::unique_ptr<Batch> batch = std::move(under_way.front());
        under_way.pop_front();
        pool.wait(*batch);
        if (index != nullptr) {
            for (const IndexEntry& block : batch->blocks)
                index->push_back(
                    {totals.packed_bytes + block.packed, totals.plain_bytes + block.plain});
        }
        out.write(batch->packed);
        const auto size = static_cast<z_off_t>(batch->plain.size());
        totals.crc = static_cast<std::uint32_t>(crc32_combine(totals.crc, batch->crc, size));
        totals.adler =
            static_cast<std::uint32_t>(adler32_combine(totals.adler, batch->adler, size));
        totals.plain_bytes += batch->plain.size();
        totals.packed_bytes += batch->packed.size();
        if (framing == Framing::kBgzf)
            totals.overhead_bytes += batch->blocks.size() * (kBgzfHeaderBytes + kTrailerBytes);
        spare.push_back(std::move(batch));
    };
    for (;;) {
        if (spare.empty()) spare.push_back(std::make_unique<Batch>());
        fill(in, blocks * request.block_bytes, spare.back()->plain);
        if (spare.back()->plain.empty()) break;
        under_way.push_back(std::move(spare.back()));
        spare.pop_back();
        pool.submit(*under_way.back());
        if (under_way.size() >= pool.max_batches()) write_first();
    }
    while (!under_way.empty()) write_first();
    return totals;
}

}  // namespace

BlockTotals compress_bgzf(Reader& in, Writer& out, const CompressRequest& request,
                          std::vector<IndexEntry>* index) {
    BlockTotals totals = compress_blocks(in, out, request, Framing::kBgzf, index);
    // As bgzip has it: without the first member and the one that marks the end.
    if (index != nullptr && !index->empty()) index->erase(index->begin());
    out.write(kBgzfEnd);
    totals.packed_bytes += kBgzfEnd.size();
    totals.overhead_bytes += kBgzfHeaderBytes + kTrailerBytes;
    return totals;
}

BlockTotals compress_flushed(Reader& in, Writer& out, const CompressRequest& request) {
    static constexpr std::array<std::uint8_t, 2> kLastBlock = {3,
                                                               0};  // a fixed block without symbols
    BlockTotals totals = compress_blocks(in, out, request, Framing::kFlushed, nullptr);
    out.write(kLastBlock);
    totals.packed_bytes += kLastBlock.size();
    return totals;
}

}  // namespace warpz::cli

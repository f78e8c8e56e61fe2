// SPDX-License-Identifier: Zlib
// Chunks, from gathering to delivery; see offload_deflater.hpp.
#include "offload/offload_deflater.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "base/bytes.hpp"
#include "device/device_job.hpp"
#include "engine/stats.hpp"
#include "offload/executors.hpp"
#include "offload/stats_page.hpp"

namespace warpz::offload {

using engine::Bytes;
using engine::Check;
using engine::HandOver;
using engine::Space;

namespace {

/// Most chunks under way when a device has some: what a core can copy, 19 GB/s, while a device answers with a megabyte,
/// 1.3 ms on an engine of 1 GB/s. Each takes memory.
constexpr std::size_t kMaxOnDevice = 24;

constexpr std::size_t kOutputUnitBytes =
    (device::deflate_output_bytes(kUnitBytes) + 63) & ~std::size_t{63};

/// As many bytes of `available` as the window holds, the last ones.
Bytes last_of(const std::uint8_t* end, std::size_t available, std::size_t window) noexcept {
    const std::size_t size = std::min(available, window);
    return {end - size, size};
}

}  // namespace

std::size_t OffloadDeflater::Chunk::total_bytes(std::size_t units) noexcept {
    return sizeof(Chunk) + kWindowBytes + units * kUnitBytes + (units + 1) * kOutputUnitBytes;
}

std::uint8_t* OffloadDeflater::Chunk::data() noexcept {
    return reinterpret_cast<std::uint8_t*>(this + 1) + kWindowBytes;
}

std::uint8_t* OffloadDeflater::Chunk::output() noexcept { return data() + capacity_bytes(); }

OffloadDeflater::OffloadDeflater(const engine::DeflateSettings& settings) noexcept
    : settings_{settings.level, settings.strategy, settings.window_bits, settings.prefers_speed},
      window_bytes_(std::size_t{1} << settings.window_bits) {}

OffloadDeflater* OffloadDeflater::create(const engine::DeflateSettings& settings) noexcept {
    void* memory = std::malloc(sizeof(OffloadDeflater));
    return memory != nullptr ? ::new (memory) OffloadDeflater(settings) : nullptr;
}

void OffloadDeflater::destroy() noexcept {
    discard_output();
    std::free(gather_);
    trim_spares(0);
    std::destroy_at(this);
    std::free(this);
}

/// A chunk with `history` before its first byte; null without memory.
OffloadDeflater::Chunk* OffloadDeflater::take_chunk(std::size_t units,
                                                    const Bytes& history) noexcept {
    Chunk** link = &spare_;
    while (*link != nullptr && (*link)->allocated_units < units) link = &(*link)->next;
    Chunk* chunk = *link;
    if (chunk != nullptr) {
        *link = chunk->next;
    } else {
        if (Chunk* too_small = spare_; too_small != nullptr) {
            spare_ = too_small->next;
            std::free(too_small);
        }
        void* memory = std::malloc(Chunk::total_bytes(units));
        if (memory == nullptr) return nullptr;
        chunk = ::new (memory) Chunk;
        chunk->allocated_units = units;
    }
    chunk->next = nullptr;
    chunk->units = units;
    chunk->taken_bytes = chunk->encoded_bytes = 0;
    chunk->delivered_jobs = chunk->job_count = 0;
    chunk->history_bytes = history.avail;
    if (history.avail != 0) {
        std::memcpy(chunk->data() - history.avail, history.next, history.avail);
    }
    return chunk;
}

void OffloadDeflater::recycle(Chunk* chunk) noexcept {
    chunk->next = spare_;
    spare_ = chunk;
}

/// Keeps spare chunks of so many units together at most.
void OffloadDeflater::trim_spares(std::size_t kept_units) noexcept {
    for (Chunk** link = &spare_; *link != nullptr;) {
        Chunk* chunk = *link;
        if (chunk->allocated_units <= kept_units) {
            kept_units -= chunk->allocated_units;
            link = &chunk->next;
        } else {
            *link = chunk->next;
            std::free(chunk);
        }
    }
}

void OffloadDeflater::begin(const HandOver& state) noexcept {
    const engine::Executors executors = deflate_executors(settings_.level);
    min_bytes_ = executors.min_bytes();
    min_job_bytes_ = std::max<std::size_t>(std::min(min_bytes_, kUnitBytes), 1);
    first_units_ =
        std::clamp<std::size_t>((min_bytes_ + kUnitBytes - 1) / kUnitBytes, 1, kMaxUnits);
    granule_bytes_ =
        executors.device != engine::DeviceState::kNone ? device::kPacketGranuleBytes : 1;
    pool_ = pool_of_process();
    is_given_back_ = false;
    has_encoded_ = false;
    first_bytes_ = {};
    stretch_units_ = 0;
    has_dictionary_ = state.has_dictionary;
    open_bits_ = state.bits;
    open_bit_count_ = state.bit_count;
    // All was delivered before the stream could be taken again, so nothing is lost with the old chunk.
    if (gather_ != nullptr) recycle(std::exchange(gather_, nullptr));
    gather_ = take_chunk(first_units_, state.history);
    show_stats();
    engine::stats().deflate_streams.add();
}

std::size_t OffloadDeflater::next_units() const noexcept {
    return std::clamp(stretch_units_ / kGrowth, first_units_, kMaxUnits);
}

Status OffloadDeflater::step(Bytes& in, Space& out, Check& check) noexcept {
    // Like zlib, a call that comes without space (a header has just filled it) still takes input.
    for (bool is_first = true;; is_first = false) {
        if (!deliver(out)) return Status::kNeedOutput;
        if (in.avail == 0) return Status::kNeedInput;
        if (out.avail == 0 && !is_first) return Status::kNeedOutput;
        if (gather_ == nullptr) return Status::kUnsupported;
        Chunk& chunk = *gather_;
        const std::size_t room = chunk.capacity_bytes() - chunk.taken_bytes;
        if (room != 0) {
            const std::size_t count = std::min(room, in.avail);
            std::uint8_t* to = chunk.data() + chunk.taken_bytes;
            if (to != in.next) std::memcpy(to, in.next, count);  // not in input_space()
            check.update(to, count);
            chunk.taken_bytes += count;
            in.advance(count);
        } else if (under_way_ >= max_under_way()) {
            wait(first_->jobs[first_->delivered_jobs]);
        } else {
            stretch_units_ += chunk.units;
            const std::uint8_t* end = chunk.data() + chunk.taken_bytes;
            Chunk* next = take_chunk(
                next_units(), last_of(end, chunk.history_bytes + chunk.taken_bytes, window_bytes_));
            if (next == nullptr) return Status::kUnsupported;
            const bool fits = chunk.taken_bytes <= queue_.max_job_bytes();
            const std::size_t piece = fits ? chunk.taken_bytes : kPieceUnits * kUnitBytes;
            while (chunk.encoded_bytes != chunk.taken_bytes) {
                add_job(chunk, std::min(piece, chunk.taken_bytes - chunk.encoded_bytes));
            }
            enqueue(chunk);
            gather_ = next;
        }
    }
}

Space OffloadDeflater::input_space() noexcept {
    if (gather_ == nullptr) return {};
    return {gather_->data() + gather_->taken_bytes,
            gather_->capacity_bytes() - gather_->taken_bytes};
}

/// More keep the cores busy while the caller is away with output; each takes a megabyte.
std::size_t OffloadDeflater::max_under_way() const noexcept {
    const std::size_t cores = pool_ != nullptr ? pool_->cores() : 1;
    const std::size_t for_cores = cores == 1 ? 1 : 2 * cores;
    return queue_.is_empty() ? for_cores : std::max(for_cores, kMaxOnDevice);
}

/// Makes a job of the chunk's next `size` bytes.
void OffloadDeflater::add_job(Chunk& chunk, std::size_t size) noexcept {
    if (!has_encoded_) {
        has_encoded_ = true;
        first_bytes_ = byte_values(chunk.data(), std::min(size, kWindowBytes));
        put_prefix();
    }
    Job& job = chunk.jobs[chunk.job_count];
    job.input = chunk.data() + chunk.encoded_bytes;
    job.input_bytes = size;
    job.history_bytes = std::min(window_bytes_, chunk.history_bytes + chunk.encoded_bytes);
    job.output = chunk.output() + chunk.job_count * kPieceUnits * kOutputUnitBytes;
    job.output_bytes = 0;
    job.settings = settings_;
    job.is_by_device = false;
    job.state.store(Job::kIdle, std::memory_order_relaxed);
    chunk.encoded_bytes += size;
    ++chunk.job_count;
    submit(job);
}

void OffloadDeflater::enqueue(Chunk& chunk) noexcept {
    chunk.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &chunk;
    last_ = &chunk;
    ++under_way_;
}

/// What the own encoder left of a byte is filled up with an empty stored block (RFC 1951 3.2.4).
void OffloadDeflater::put_prefix() noexcept {
    prefix_begin_ = prefix_end_ = 0;
    if (open_bit_count_ == 0) return;
    const std::size_t header_bytes = (open_bit_count_ + 3 + 7) / 8;
    prefix_.fill(0);
    prefix_[0] = static_cast<std::uint8_t>(open_bits_);
    store_le<std::uint32_t>(prefix_.data() + header_bytes, 0xffff'0000U);
    prefix_end_ = header_bytes + 4;
}

void OffloadDeflater::give_back(bool is_flush) noexcept {
    is_given_back_ = true;
    if (!is_flush || gather_ == nullptr) return;
    Chunk& chunk = *gather_;
    if (!has_encoded_ && chunk.taken_bytes < min_bytes_) return;
    const bool had_encoded = has_encoded_;
    for (;;) {
        const std::size_t left = chunk.taken_bytes - chunk.encoded_bytes;
        const std::size_t size = std::min(kPieceUnits * kUnitBytes, left - left % granule_bytes_);
        if (size == 0 || left < min_job_bytes_) break;
        add_job(chunk, size);
        if (size >= kTightBytes) continue;
        Job& job = chunk.jobs[chunk.job_count - 1];
        wait(job);
        if (job.output_bytes <= size) continue;
        chunk.encoded_bytes -= size;
        --chunk.job_count;
        if (!had_encoded && chunk.job_count == 0) {
            has_encoded_ = false;
            prefix_begin_ = prefix_end_ = 0;
        }
        break;
    }
    if (chunk.job_count != 0) enqueue(chunk);
}

bool OffloadDeflater::set_params(int level, int strategy) noexcept {
    if (level == 0) return false;
    settings_.level = level;
    settings_.strategy = static_cast<deflate::Strategy>(strategy);
    return true;
}

bool OffloadDeflater::deliver(Space& out) noexcept {
    known_ready_bytes_ = 0;
    if (prefix_begin_ != prefix_end_) {
        const std::size_t count = std::min(prefix_end_ - prefix_begin_, out.avail);
        std::memcpy(out.next, prefix_.data() + prefix_begin_, count);
        out.advance(count);
        prefix_begin_ += count;
        known_ready_bytes_ = prefix_end_ - prefix_begin_;
        if (known_ready_bytes_ != 0) return false;
    }
    while (first_ != nullptr) {
        Chunk& chunk = *first_;
        Job& job = chunk.jobs[chunk.delivered_jobs];
        if (!queue_.is_empty()) (void)queue_.poll();
        if (!is_done(job)) {
            if (!is_given_back_) return true;
            wait(job);
        }
        const std::size_t left = job.output_bytes - delivered_bytes_;
        const std::size_t count = std::min(left, out.avail);
        if (count != 0) {
            std::memcpy(out.next, job.output + delivered_bytes_, count);
            out.advance(count);
            delivered_bytes_ += count;
        }
        if (count != left) {
            known_ready_bytes_ = left - count;
            return false;
        }
        delivered_bytes_ = 0;
        auto& stats = engine::stats();
        auto& counters = job.is_by_device ? stats.deflate_queue : stats.pool;
        counters.jobs.add();
        counters.in_bytes.add(job.input_bytes);
        counters.out_bytes.add(job.output_bytes);
        if (++chunk.delivered_jobs == chunk.job_count) pop_chunk();
    }
    if (is_given_back_) trim_spares(kMaxUnits);
    return true;
}

void OffloadDeflater::pop_chunk() noexcept {
    Chunk* chunk = first_;
    first_ = chunk->next;
    if (first_ == nullptr) last_ = nullptr;
    --under_way_;
    if (chunk != gather_) recycle(chunk);
}

void OffloadDeflater::discard_output() noexcept {
    finish_all(true);
    while (first_ != nullptr) pop_chunk();
    trim_spares(kMaxUnits);
    delivered_bytes_ = known_ready_bytes_ = 0;
    prefix_begin_ = prefix_end_ = 0;
}

Bytes OffloadDeflater::unencoded() const noexcept {
    if (gather_ == nullptr) return {};
    return {gather_->data() + gather_->encoded_bytes,
            gather_->taken_bytes - gather_->encoded_bytes};
}

void OffloadDeflater::skip(std::size_t count) noexcept {
    if (gather_ != nullptr) gather_->encoded_bytes += count;
}

Bytes OffloadDeflater::history() const noexcept {
    if (gather_ == nullptr) return {};
    return last_of(gather_->data() + gather_->encoded_bytes,
                   gather_->history_bytes + gather_->encoded_bytes, window_bytes_);
}

Bytes OffloadDeflater::dictionary() const noexcept {
    if (gather_ == nullptr) return {};
    return last_of(gather_->data() + gather_->taken_bytes,
                   gather_->history_bytes + gather_->taken_bytes, window_bytes_);
}

engine::ChunkEncoder* OffloadDeflater::clone() noexcept {
    finish_all(false);
    OffloadDeflater* copy = nullptr;
    if (void* memory = std::malloc(sizeof *this); memory != nullptr) {
        copy = ::new (memory) OffloadDeflater(*this);
    }
    if (copy == nullptr) return nullptr;
    copy->gather_ = copy->first_ = copy->last_ = copy->spare_ = nullptr;
    copy->under_way_ = 0;
    bool is_complete = true;
    for (Chunk* chunk = first_; chunk != nullptr && is_complete; chunk = chunk->next) {
        Chunk* twin = chunk->clone();
        is_complete = twin != nullptr;
        if (!is_complete) break;
        copy->enqueue(*twin);
        if (chunk == gather_) copy->gather_ = twin;
    }
    if (is_complete && gather_ != nullptr && copy->gather_ == nullptr) {
        copy->gather_ = gather_->clone();
        is_complete = copy->gather_ != nullptr;
    }
    if (is_complete) return copy;
    copy->destroy();
    return nullptr;
}

/// A copy of a chunk whose jobs are done.
OffloadDeflater::Chunk* OffloadDeflater::Chunk::clone() noexcept {
    void* memory = std::malloc(total_bytes(allocated_units));
    if (memory == nullptr) return nullptr;
    auto* copy = ::new (memory) Chunk;
    copy->next = nullptr;
    copy->allocated_units = allocated_units;
    copy->units = units;
    copy->history_bytes = history_bytes;
    copy->taken_bytes = taken_bytes;
    copy->encoded_bytes = encoded_bytes;
    copy->delivered_jobs = delivered_jobs;
    copy->job_count = job_count;
    std::memcpy(copy->data() - history_bytes, data() - history_bytes, history_bytes + taken_bytes);
    for (std::size_t i = 0; i < job_count; ++i) {
        const Job& from = jobs[i];
        Job& to = copy->jobs[i];
        to.input = copy->data() + (from.input - data());
        to.input_bytes = from.input_bytes;
        to.history_bytes = from.history_bytes;
        to.output = copy->output() + (from.output - output());
        to.output_bytes = from.output_bytes;
        to.settings = from.settings;
        to.is_by_device = from.is_by_device;
        to.state.store(Job::kDone, std::memory_order_relaxed);
        std::memcpy(to.output, from.output, from.output_bytes);
    }
    return copy;
}

void OffloadDeflater::submit(Job& job) noexcept {
    const engine::Executors executors = deflate_executors(settings_.level);
    engine::Route route =
        engine::route_deflate({.level = settings_.level,
                               .strategy = static_cast<int>(settings_.strategy),
                               .window_bits = settings_.window_bits,
                               .has_dictionary = std::exchange(has_dictionary_, false),
                               .bytes = job.input_bytes},
                              executors);
    if (route.executor == engine::Executor::kDevice) {
        if (queue_.submit(job)) return;
        route = {executors.has_pool ? engine::Executor::kPool : engine::Executor::kInline,
                 engine::Reason::kBusy};
        engine::stats().count(route);
    }
    if (route.executor == engine::Executor::kPool && pool_ != nullptr && !pool_->is_foreign() &&
        pool_->cores() > 1) {
        pool_->submit(job);
    }
}

/// Sees to it that the job gets done, by doing it here if nobody has begun, or by doing others meanwhile.
void OffloadDeflater::wait(Job& job) noexcept {
    while (!is_done(job)) {
        if (job.state.load(std::memory_order_relaxed) == Job::kOnDevice) {
            (void)queue_.wait(DeflateQueue::kForever);
        } else if (take_back(job)) {
            run_here(job);
        } else if (!help()) {
            CorePool::wait(job);
        }
    }
}

/// True when the job is this thread's to do: nobody began it, or whoever did stayed behind in a parent process.
bool OffloadDeflater::take_back(Job& job) noexcept {
    const std::uint32_t state = job.state.load(std::memory_order_acquire);
    if (state == Job::kIdle) return true;
    if (state == Job::kDone || state == Job::kOnDevice) return false;
    return job.pool->is_foreign() || job.pool->withdraw(job);
}

void OffloadDeflater::run_here(Job& job) noexcept {
    if (pool_ == nullptr || pool_->is_foreign()) pool_ = pool_of_process();
    job.is_by_device = false;
    if (pool_ != nullptr) {
        pool_->run(job);
    } else {
        store(job);
        job.state.store(Job::kDone, std::memory_order_relaxed);
    }
}

/// Does the oldest job of this stream that nobody has begun. False when there is none.
bool OffloadDeflater::help() noexcept {
    for (Chunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
        for (std::size_t i = chunk->delivered_jobs; i < chunk->job_count; ++i) {
            if (!take_back(chunk->jobs[i])) continue;
            run_here(chunk->jobs[i]);
            engine::stats().helped.add();
            return true;
        }
    }
    return false;
}

/// Nobody works on this stream's jobs any more when this returns. With `drops` those that nobody has begun stay undone.
void OffloadDeflater::finish_all(bool drops) noexcept {
    for (Chunk* chunk = first_; chunk != nullptr; chunk = chunk->next) {
        for (std::size_t i = chunk->delivered_jobs; i < chunk->job_count; ++i) {
            Job& job = chunk->jobs[i];
            if (drops && take_back(job)) continue;
            wait(job);
        }
    }
}

}  // namespace warpz::offload

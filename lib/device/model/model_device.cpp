// SPDX-License-Identifier: Zlib
#include "device/model/model_device.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <algorithm>

#include "base/clock.hpp"
#include "device/model/model_channel.hpp"

namespace warpz::device::model {
namespace {

constexpr std::size_t kThreadStackBytes = 256 * 1024;  // ten times what the codec needs
constexpr std::uint64_t kNever = ~std::uint64_t{0};

constexpr std::uint8_t bit(Format format) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(format));
}

}  // namespace

ModelDevice::ModelDevice(const ModelOptions& options) noexcept
    : options_(options), key_(SealKey::random()) {
    options_.queues = std::min<std::uint16_t>(options.queues, 1024);
    options_.ring_entries = std::max<std::uint16_t>(options.ring_entries, 2);
    options_.engines = std::clamp<std::uint16_t>(options.engines, 1, ModelOptions::kMaxEngines);
    options_.level = std::clamp(options.level, 1, 9);
    info_ = {.name = "model",
             .generation = options.generation,
             .address_mode = options.address_mode,
             .formats = static_cast<std::uint8_t>(bit(Format::kZlib) | bit(Format::kGzip)),
             .numa_node = -1};
    if (options.generation >= Generation::kV3)
        info_.formats =
            static_cast<std::uint8_t>(info_.formats | bit(Format::kRaw) | bit(Format::kLz77Zstd));
}

Result<ModelDevice*> ModelDevice::create(const ModelOptions& options) noexcept {
    void* memory = mmap(nullptr, sizeof(ModelDevice), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Status::kNoMemory;
    return ::new (memory) ModelDevice(options);
}

void ModelDevice::destroy(ModelDevice* device) noexcept {
    if (device == nullptr) return;
    if (device->owner_.is_here() && device->has_thread_) {
        {
            const MutexLock lock(device->mutex_);
            device->is_ending_ = true;
        }
        device->notify_thread();
        pthread_join(device->thread_, nullptr);
    }
    munmap(device, sizeof(ModelDevice));
}

/// In a forked child: the parent's channels and thread are not here, and its locks may have been held.
void ModelDevice::adopt_process() noexcept {
    owner_.enter([this]() noexcept {
        ::new (&mutex_) Mutex;
        channels_ = nullptr;
        open_channels_ = 0;
        has_thread_ = false;
    });
}

Result<Channel*> ModelDevice::open_channel(Operation operation) noexcept {
    adopt_process();
    if (is_removed_.load(std::memory_order_relaxed)) return Status::kNoDevice;
    const MutexLock lock(mutex_);
    if (options_.faults.has_no_queues || open_channels_ >= options_.queues) return Status::kBusy;
    if (options_.has_thread && !has_thread_ && !start_thread()) return Status::kNoMemory;
    ModelChannel* channel = ModelChannel::create(*this, operation, next_number_);
    if (channel == nullptr) return Status::kNoMemory;
    next_number_ = static_cast<std::uint16_t>((next_number_ + 1) & WARPZ_ZIP_DB_QUEUE_MASK);
    channel->next = channels_;
    channels_ = channel;
    ++open_channels_;
    ++list_changes_;
    return static_cast<Channel*>(channel);
}

unsigned ModelDevice::available_queues() noexcept {
    adopt_process();
    if (is_removed_.load(std::memory_order_relaxed) || options_.faults.has_no_queues) return 0;
    const MutexLock lock(mutex_);
    return static_cast<unsigned>(options_.queues - open_channels_);
}

std::uint64_t ModelDevice::now_ns() const noexcept {
    return options_.clock != nullptr ? options_.clock->now_ns() : monotonic_ns();
}

ModelDevice::Stats ModelDevice::stats() noexcept {
    const std::uint64_t now = now_ns();
    const MutexLock lock(mutex_);
    // What an engine has been given and not done is one stretch that begins now.
    std::uint64_t to_come = 0;
    for (const std::uint64_t free : engine_free_ns_) to_come += free > now ? free - now : 0;
    return {next_descriptor_.load(std::memory_order_relaxed),
            faults_.load(std::memory_order_relaxed), bad_doorbells_.load(std::memory_order_relaxed),
            planned_ns_ - to_come};
}

void ModelDevice::forget(ModelChannel* channel) noexcept {
    const MutexLock lock(mutex_);
    ModelChannel** link = &channels_;
    while (*link != nullptr && *link != channel) link = &(*link)->next;
    if (*link == nullptr) return;
    *link = channel->next;
    --open_channels_;
    ++list_changes_;
}

/// A reset or a removal: every queue's status words are set, and nothing is answered any more.
void ModelDevice::stop_all(bool is_removal) noexcept {
    const MutexLock lock(mutex_);
    if (is_removal) is_removed_.store(true, std::memory_order_relaxed);
    for (ModelChannel* c = channels_; c != nullptr; c = c->next) c->go_dead();
}

void ModelDevice::notify_thread() noexcept {
    work_.fetch_add(1, std::memory_order_release);
    futex_wake(work_, 1);
}

/// Gives a packet to the engine that is free first; returns when its answer is there.
std::uint64_t ModelDevice::schedule(std::uint64_t bytes, std::uint64_t now_ns) noexcept {
    std::uint64_t duration = 0;
    if (options_.bytes_per_second != 0)
        duration = bytes * 1'000'000'000 / options_.bytes_per_second;
    const MutexLock lock(mutex_);
    std::uint64_t* engine = std::min_element(engine_free_ns_, engine_free_ns_ + options_.engines);
    *engine = std::max(*engine, now_ns) + duration;
    planned_ns_ += duration;
    return *engine + options_.latency_us * std::uint64_t{1000};
}

/// The mutex is held.
bool ModelDevice::start_thread() noexcept {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, kThreadStackBytes);
    // A new thread inherits the mask: the program's signals go to the program's threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    is_ending_ = false;
    has_thread_ = pthread_create(&thread_, &attributes, thread_main, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return has_thread_;
}

void* ModelDevice::thread_main(void* device) noexcept {
    static_cast<ModelDevice*>(device)->serve();
    return nullptr;
}

/// Goes round the channels, one descriptor each, and sleeps when none has any.
void ModelDevice::serve() noexcept {
    mutex_.lock();
    while (!is_ending_) {
        const std::uint32_t work = work_.load(std::memory_order_acquire);
        const std::uint64_t list_changes = list_changes_;
        std::uint64_t wake_ns = kNever;
        bool is_idle = true;
        for (ModelChannel* c = channels_; c != nullptr; c = c->next) {
            if (c->is_leaving) continue;
            c->is_served = true;
            mutex_.unlock();
            const ModelChannel::Step step = c->step(monotonic_ns());
            mutex_.lock();
            c->is_served = false;
            if (step == ModelChannel::Step::kDone) is_idle = false;
            if (step == ModelChannel::Step::kNotYet) wake_ns = std::min(wake_ns, c->ready_ns());
            if (step == ModelChannel::Step::kDone || c->is_leaving) c->signal();
            if (list_changes != list_changes_) {
                is_idle = false;
                break;
            }
        }
        if (!is_idle || is_ending_) continue;
        mutex_.unlock();
        if (wake_ns == kNever) {
            futex_wait(work_, work);
        } else {
            futex_wait_until(work_, work, wake_ns);
        }
        mutex_.lock();
    }
    mutex_.unlock();
}

}  // namespace warpz::device::model

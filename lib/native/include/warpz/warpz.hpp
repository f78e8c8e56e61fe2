// SPDX-License-Identifier: Zlib
// warpz.h with owners: a context and a stream that end with their scope. Nothing here allocates or throws.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "warpz/warpz.h"

namespace warpz::native {

/// Owns what `destroy` frees.
template <class T, void (*destroy)(T*)>
class Owner {
  public:
    Owner() noexcept = default;
    explicit Owner(T* object) noexcept : object_(object) {}
    Owner(Owner&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Owner& operator=(Owner&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Owner() { destroy(object_); }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] T* get() const noexcept { return object_; }

  private:
    T* object_ = nullptr;
};

class Stream : public Owner<warpz_stream, warpz_stream_destroy> {
  public:
    using Owner::Owner;
    /// Empty when there is no memory or an argument is out of range.
    [[nodiscard]] static Stream create(warpz_operation operation, warpz_format format,
                                       int level = WARPZ_LEVEL_DEFAULT) noexcept {
        warpz_stream* stream = nullptr;
        (void)warpz_stream_create(operation, format, level, &stream);
        return Stream(stream);
    }
    void reset() noexcept { warpz_stream_reset(get()); }
};

class Context : public Owner<warpz_context, warpz_context_destroy> {
  public:
    using Owner::Owner;
    [[nodiscard]] static Context create(const warpz_options& options = {}) noexcept {
        warpz_context* context = nullptr;
        (void)warpz_context_create(&options, &context);
        return Context(context);
    }
    int submit(std::span<warpz_job* const> jobs) noexcept {
        return warpz_submit(get(), jobs.data(), static_cast<unsigned>(jobs.size()));
    }
    int submit(warpz_job& job) noexcept {
        warpz_job* const one = &job;
        return warpz_submit(get(), &one, 1);
    }
    int poll(std::span<warpz_job*> done) noexcept {
        return warpz_poll(get(), done.data(), static_cast<unsigned>(done.size()));
    }
    int wait(std::span<warpz_job*> done, int timeout_ms = -1) noexcept {
        return warpz_wait(get(), done.data(), static_cast<unsigned>(done.size()), timeout_ms);
    }
    int run(warpz_job& job) noexcept { return warpz_run(get(), &job); }
    [[nodiscard]] int event_fd() const noexcept { return warpz_event_fd(get()); }
    [[nodiscard]] unsigned pending() const noexcept { return warpz_pending(get()); }
};

/// A one-shot job over two spans.
[[nodiscard]] inline warpz_job make_job(warpz_operation operation, warpz_format format,
                                        std::span<const std::byte> in, std::span<std::byte> out,
                                        int level = WARPZ_LEVEL_DEFAULT) noexcept {
    warpz_job job{};
    job.operation = static_cast<uint8_t>(operation);
    job.format = static_cast<uint8_t>(format);
    job.level = static_cast<int8_t>(level);
    job.in = in.data();
    job.in_bytes = in.size();
    job.out = out.data();
    job.out_space = out.size();
    return job;
}

}  // namespace warpz::native

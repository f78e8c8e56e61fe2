// SPDX-License-Identifier: Zlib
// zalloc/zfree for tests: counts calls and bytes, fails on request, and knows every block that is
// still allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "zlib.h"

namespace warpz::test {

/// Installs itself in a z_stream. Blocks are filled with 0xCD when handed out and 0xDD before they
/// are freed, so that a stream that relies on cleared or on freed memory shows. One thread.
class CountingAllocator {
  public:
    static constexpr unsigned kNever = ~0U;

    CountingAllocator() = default;
    ~CountingAllocator();
    CountingAllocator(const CountingAllocator&) = delete;
    CountingAllocator& operator=(const CountingAllocator&) = delete;

    void install(z_stream& strm) noexcept;

    /// The call with this number (0 is the next one) gets Z_NULL, as do all later ones when
    /// `from_then_on`.
    void fail_at(unsigned call, bool from_then_on = false) noexcept;
    /// Requests that would bring the live total above this number of bytes get Z_NULL.
    void limit(std::size_t bytes) noexcept { limit_bytes_ = bytes; }

    [[nodiscard]] unsigned calls() const noexcept { return calls_; }
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] std::size_t live_blocks() const noexcept { return live_.size(); }
    [[nodiscard]] std::size_t live_bytes() const noexcept { return live_bytes_; }
    [[nodiscard]] std::size_t peak_bytes() const noexcept { return peak_bytes_; }
    /// Sum of items * size over all calls, also those that failed.
    [[nodiscard]] std::size_t requested_bytes() const noexcept { return requested_bytes_; }
    /// zfree calls on a pointer that this allocator did not hand out, or twice.
    [[nodiscard]] unsigned bad_frees() const noexcept { return bad_frees_; }

  private:
    static voidpf allocate(voidpf opaque, uInt items, uInt size) noexcept;
    static void release(voidpf opaque, voidpf block) noexcept;

    std::map<void*, std::size_t> live_;
    std::size_t live_bytes_ = 0;
    std::size_t peak_bytes_ = 0;
    std::size_t requested_bytes_ = 0;
    std::size_t limit_bytes_ = ~std::size_t{0};
    unsigned calls_ = 0;
    unsigned failures_ = 0;
    unsigned bad_frees_ = 0;
    unsigned fail_from_ = kNever;
    unsigned fail_to_ = kNever;
};

}  // namespace warpz::test

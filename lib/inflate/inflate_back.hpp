// SPDX-License-Identifier: Zlib
// The callback interface (inflateBack): input is pulled and output pushed by functions of the caller, and the
// caller's window is the output buffer. Raw streams only; one call decodes one stream.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "format/format_error.hpp"
#include "inflate/inflater.hpp"

namespace warpz::inflate {

/// The caller's side. Neither function is called again after it failed.
struct BackCallbacks {
    /// Points `bytes` at more input and returns its size, 0 when there is none. The previous input is used up.
    std::size_t (*pull)(void* context, const std::uint8_t** bytes);
    /// Takes `size` bytes of output; false when it cannot.
    bool (*push)(void* context, std::uint8_t* bytes, std::size_t size);
    void* pull_context;
    void* push_context;
};

class BackInflater {
  public:
    BackInflater() noexcept {}

    /// buffer   the caller's window, 1 << window_bits bytes; must outlive this object
    /// history  storage of as many bytes and kWindowSlackBytes: what the last full buffer held, because fast copies
    ///          may write over parts of `buffer` that are still referred to
    void bind(std::uint8_t* buffer, unsigned window_bits, std::uint8_t* history) noexcept;

    /// Decodes one stream. `in` is the input at hand, null or empty to begin with pull(); it is left at the first
    /// unused byte, or null when pull() had nothing.
    ///
    /// returns  kStreamEnd; kBadData with `error` set; kNeedInput when pull() failed; kNeedOutput when push() failed
    [[nodiscard]] Status run(const std::uint8_t*& in, std::size_t& in_size,
                             const BackCallbacks& callbacks, FormatError& error) noexcept;

  private:
    std::uint8_t* buffer_;
    std::size_t buffer_bytes_;
    unsigned window_bits_;
    Inflater inflater_;
};

}  // namespace warpz::inflate

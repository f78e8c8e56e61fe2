// SPDX-License-Identifier: Zlib
// Status and Result<T>: how functions inside the library report what happened. Nothing here throws, and the
// C ABI's own codes appear in compat/ only (compat/boundary.hpp translates).
#pragma once

#include <cstdint>
#include <utility>

namespace warpz {

/// Outcome of an operation. kNeedInput, kNeedOutput, kStreamEnd and kNeedDict are progress reports, not errors.
enum class Status : std::int8_t {
    kOk,           ///< done, more may follow
    kNeedInput,    ///< nothing more can be done without input
    kNeedOutput,   ///< nothing more can be done without output space
    kStreamEnd,    ///< the stream is complete
    kNeedDict,     ///< a preset dictionary is wanted before decoding can go on
    kBadData,      ///< the input breaks its format; sticky until reset
    kNoMemory,     ///< an allocation failed
    kBusy,         ///< try again later
    kNoDevice,     ///< the executor is absent or gone
    kUnsupported,  ///< the request cannot be expressed here
};

/// A value of T, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
  public:
    constexpr Result(T value) noexcept : value_(std::move(value)), status_(Status::kOk) {}
    constexpr Result(Status status) noexcept : status_(status) {}

    constexpr explicit operator bool() const noexcept { return status_ == Status::kOk; }
    [[nodiscard]] constexpr Status status() const noexcept { return status_; }
    constexpr T& operator*() noexcept { return value_; }
    constexpr const T& operator*() const noexcept { return value_; }

  private:
    T value_{};
    Status status_;
};

}  // namespace warpz

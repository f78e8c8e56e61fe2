// SPDX-License-Identifier: Zlib
// What an option and its value mean, alone and together with others: the limits of values, defaults, and what cannot be.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "args.hpp"

namespace warpz::cli {

inline constexpr std::size_t kMaxThreads = 256;
inline constexpr int kMaxDeflateLevel = 12;
inline constexpr std::size_t kMaxZstdLevel = 22;
inline constexpr std::size_t kMaxFastZstdLevel = std::size_t{1} << 17;  ///< below zero

/// A decimal number and, where `allows_units`, K or M for powers of 1024. Nothing when `text` is anything else.
[[nodiscard]] std::optional<std::size_t> parse_number(std::string_view text, bool allows_units);

/// Applies option `opt`, as getopt returned it, with its value in optarg. False when nothing after it counts: -h, -V, -L, or a
/// wrong value, which is reported.
[[nodiscard]] bool apply_option(int opt, Options& options, Messages& messages);

/// What the options mean together, defaults included. False, and reported, for what cannot be.
[[nodiscard]] bool combine_options(Options& options, Messages& messages);

}  // namespace warpz::cli

// SPDX-License-Identifier: Zlib
// What programs read: one JSON object a line for -l, -t and --stats, and the sums of --stats for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "coder.hpp"

namespace warpz::cli {

/// Builds an object of one level. Names and text may hold any bytes; those that are no UTF-8 are shown as U+FFFD.
class JsonObject {
  public:
    JsonObject& add(std::string_view name, std::string_view text);
    JsonObject& add(std::string_view name, const char* text) {
        return add(name, std::string_view(text));
    }
    JsonObject& add(std::string_view name, std::uint64_t number);
    JsonObject& add(std::string_view name, bool value);
    /// A number with `digits` behind the point.
    JsonObject& add(std::string_view name, double number, int digits);
    /// "{...}\n".
    [[nodiscard]] std::string line() const { return text_ + "}\n"; }

  private:
    void add_name(std::string_view name);
    std::string text_ = "{";
};

/// The row of -l as JSON.
[[nodiscard]] std::string list_json(const DecompressResult& file, std::time_t time,
                                    const std::string& name);

/// Sums over all files of a run.
class RunStats {
  public:
    void add(std::uint64_t in_bytes, std::uint64_t out_bytes) {
        ++files_;
        in_bytes_ += in_bytes;
        out_bytes_ += out_bytes;
    }
    /// The text of --stats.
    [[nodiscard]] std::string text(bool json) const;

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::uint64_t files_ = 0;
    std::uint64_t in_bytes_ = 0;
    std::uint64_t out_bytes_ = 0;
};

}  // namespace warpz::cli

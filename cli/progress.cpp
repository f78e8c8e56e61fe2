// SPDX-License-Identifier: Zlib
// The progress line; see progress.hpp.
#include "progress.hpp"

#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>

#include "engine/stats.hpp"
#include "message.hpp"
#include "signals.hpp"

namespace warpz::cli {
namespace {

constexpr std::chrono::seconds kBeforeFirst{1};
constexpr std::chrono::milliseconds kBetween{250};

std::string bytes_text(std::uint64_t bytes) {
    static constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, kUnits[unit]);
    return text.data();
}

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

Progress::Progress(bool shows_line) : shows_line_(shows_line && isatty(STDERR_FILENO) == 1) {}

Progress::File::File(Progress& progress, std::string name, std::uint64_t total_bytes, bool decodes)
    : progress_(progress) {
    progress.name_ = std::move(name);
    progress.total_bytes_ = total_bytes;
    progress.decodes_ = decodes;
    progress.in_bytes_ = progress.out_bytes_ = 0;
    progress.begin_ = Clock::now();
    progress.next_ = progress.begin_ + kBeforeFirst;
    progress.is_active_ = true;
}

Progress::File::~File() {
    progress_.take_away_line();
    progress_.is_active_ = false;
}

void Progress::take_away_line() {
    if (is_line_shown_) put("\r\033[K");
    is_line_shown_ = false;
}

void Progress::look() {
    if (!is_active_) return;
    const bool is_asked = take_progress_request();
    if (!is_asked && !shows_line_) return;
    const Clock::time_point now = Clock::now();
    if (is_asked) {
        take_away_line();
        put(line(now) + "\n");
    }
    if (!shows_line_ || now < next_) return;
    next_ = now + kBetween;
    put("\r" + line(now) + "\033[K");
    is_line_shown_ = true;
}

std::string Progress::line(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const std::uint64_t plain = decodes_ ? out_bytes_ : in_bytes_;
    const std::uint64_t packed = decodes_ ? in_bytes_ : out_bytes_;
    std::string text = printable(name_) + ": " + bytes_text(in_bytes_);
    if (total_bytes_ != 0) text += " of " + bytes_text(total_bytes_);
    text += ", " + ratio_text(static_cast<long long>(plain), static_cast<long long>(packed));
    std::array<char, 60> rate{};
    const double speed = seconds > 0 ? static_cast<double>(plain) / seconds : 0;
    std::snprintf(rate.data(), rate.size(), ", %.0f MB/s", speed / 1e6);
    text += rate.data();
    if (total_bytes_ > in_bytes_ && in_bytes_ != 0) {
        const double left = seconds / static_cast<double>(in_bytes_) *
                            static_cast<double>(total_bytes_ - in_bytes_);
        const auto whole = static_cast<unsigned long>(left + 0.5);
        std::snprintf(rate.data(), rate.size(), ", %lu:%02lu left", whole / 60, whole % 60);
        text += rate.data();
    }
    const engine::Stats& stats = engine::stats();
    const std::uint64_t device =
        decodes_ ? stats.inflate_queue.in_bytes.value() : stats.deflate_queue.in_bytes.value();
    if (device != 0 && in_bytes_ != 0) {
        std::snprintf(rate.data(), rate.size(), ", device %.0f%%",
                      100.0 * static_cast<double>(device) / static_cast<double>(in_bytes_));
        text += rate.data();
    }
    return text;
}

}  // namespace warpz::cli

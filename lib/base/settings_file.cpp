// SPDX-License-Identifier: Zlib
// /etc/warpz.conf, read in pieces through a buffer on the stack; see settings.hpp. A line is judged when its end is seen.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/quiet_scope.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"

namespace warpz {
namespace {

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view without_comment(std::string_view line) noexcept {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '#' && (i == 0 || is_blank(line[i - 1]))) return first_of(line, i);
    }
    return line;
}

/// Puts lines together and judges them.
class Lines {
  public:
    Lines(Config& config, const LineObserver* observer) noexcept
        : config_(config), observer_(observer) {}

    void take(char c) noexcept {
        if (c == '\n') {
            end_line();
        } else if (size_ < kMaxLineBytes) {
            text_[size_++] = c;
        } else {
            is_too_long_ = true;
        }
    }

    void end_line() noexcept {
        ++number_;
        const std::string_view line = trim(without_comment({text_, size_}));
        const bool is_too_long = is_too_long_;
        size_ = 0;
        is_too_long_ = false;
        if (line.empty()) return;  // a comment may be as long as it likes
        if (is_too_long) return tell(Verdict::kTooLong, {}, {});
        const std::size_t sign = line.find('=');
        if (sign == std::string_view::npos || sign == 0) {
            return tell(Verdict::kNotASetting, line, {});
        }
        const std::string_view key = trim(first_of(line, sign));
        const std::string_view value = trim(rest_of(line, sign + 1));
        tell(apply_setting(config_, key, value), key, value);
    }

    void tell(Verdict verdict, std::string_view key, std::string_view value) const noexcept {
        if (observer_ == nullptr) return;
        observer_->observe(observer_->context, number_, verdict, key, value);
    }

  private:
    Config& config_;
    const LineObserver* observer_;
    unsigned number_ = 0;
    std::size_t size_ = 0;
    bool is_too_long_ = false;
    char text_[kMaxLineBytes];
};

}  // namespace

void read_settings(const char* path, Config& config, const LineObserver* observer) noexcept {
    const QuietScope quiet;
    Lines lines(config, observer);
    // Non-blocking, so that a pipe in the file's place does not hold the program up.
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        if (errno != ENOENT && errno != ENOTDIR) lines.tell(Verdict::kUnreadable, path, {});
        return;
    }
    struct stat status;
    ssize_t count = -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        char piece[512];
        while ((count = read(fd, piece, sizeof piece)) > 0) {
            for (ssize_t i = 0; i < count; ++i) lines.take(piece[i]);
        }
        lines.end_line();
    }
    if (count < 0) lines.tell(Verdict::kUnreadable, path, {});
    close(fd);
}

const char* settings_path() noexcept {
    const char* path = secure_getenv("WARPZ_CONF");
    return path != nullptr && *path != '\0' ? path : "/etc/warpz.conf";
}

}  // namespace warpz

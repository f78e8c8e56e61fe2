// SPDX-License-Identifier: Zlib
// A line is one write(2) to a file opened for it, or one datagram to /dev/log (RFC 3164, as syslog(3) sends it, but for
// the time, which the daemon adds).
#include "base/log.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "base/quiet_scope.hpp"
#include "base/signal_guard.hpp"
#include "base/text.hpp"

namespace warpz {
namespace {

constexpr std::size_t kMaxLogLine = 2048;
constexpr unsigned kFacilityUser = 1 << 3;

constinit std::atomic<std::uint32_t> g_told{0};  // a bit per Event
static_assert(static_cast<unsigned>(Event::kCount) <= 32);

constexpr unsigned severity(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::kError:
            return 3;
        case LogLevel::kWarning:
            return 4;
        case LogLevel::kInfo:
            return 6;
        case LogLevel::kDebug:
            return 7;
    }
    return 6;
}

void send_to_syslog(LogLevel level, std::string_view line) noexcept {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    constexpr std::string_view kPath = "/dev/log";
    std::memcpy(address.sun_path, kPath.data(), kPath.size());
    Text<kMaxLogLine> text;
    text << "<" << (kFacilityUser | severity(level)) << ">" << line;
    static_cast<void>(sendto(fd, text.c_str(), text.view().size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address));
    close(fd);
}

/// The time as 2026-01-31T12:34:56Z. By hand, since gmtime_r() takes the lock of tzset(), which a forked child may find
/// held. Years are counted from 1 March, so that the day that comes and goes is the last one.
void put_time(Text<kMaxLogLine>& text) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto seconds = static_cast<std::uint64_t>(now.tv_sec);
    constexpr unsigned kDaysPerEra = 146097;       // 400 years
    constexpr unsigned kDaysBeforeEpoch = 719468;  // 0000-03-01 to 1970-01-01
    const std::uint64_t days = seconds / 86400 + kDaysBeforeEpoch;
    const auto day_of_era = static_cast<unsigned>(days % kDaysPerEra);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * day_of_year + 2) / 153;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const std::uint64_t year = days / kDaysPerEra * 400 + year_of_era + (month <= 2 ? 1 : 0);
    const auto put = [&text](std::uint64_t number, const char* end) {
        text << (number < 10 ? "0" : "") << number << end;
    };
    put(year, "-");
    put(month, "-");
    put(day_of_year - (153 * month_from_march + 2) / 5 + 1, "T");
    put(seconds / 3600 % 24, ":");
    put(seconds / 60 % 60, ":");
    put(seconds % 60, "Z ");
}

}  // namespace

void append_line(const char* path, std::string_view line) noexcept {
    const QuietScope quiet;
    const SignalGuard guard;
    const int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0) return;
    Text<kMaxLogLine> text;
    text << first_of(line, kMaxLogLine - 2) << "\n";
    [[maybe_unused]] const ssize_t written = write(fd, text.c_str(), text.view().size());
    close(fd);
}

void log_line(LogLevel level, std::string_view text) noexcept {
    const Config& chosen = config();
    if (chosen.log == LogTarget::kNone) return;
    const QuietScope quiet;
    Text<kMaxLogLine> line;
    if (chosen.log == LogTarget::kFile) put_time(line);
    line << "warpz[" << static_cast<unsigned>(getpid()) << "]: " << text;
    if (chosen.log == LogTarget::kFile) {
        append_line(chosen.log_path, line.view());
    } else {
        send_to_syslog(level, line.view());
    }
}

void log_once(Event event, LogLevel level, std::string_view text) noexcept {
    const Config& chosen = config();
    if (chosen.log == LogTarget::kNone || level > chosen.log_level) return;
    const std::uint32_t bit = std::uint32_t{1} << static_cast<unsigned>(event);
    if ((g_told.load(std::memory_order_relaxed) & bit) != 0) return;
    if ((g_told.fetch_or(bit, std::memory_order_relaxed) & bit) != 0) return;
    log_line(level, text);
}

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// One function per kind of value, each of which leaves its target alone when it does not understand the text.
#include "base/settings.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.hpp"

namespace warpz {
namespace {

/// Cores that this process may run on.
unsigned available_cores() noexcept {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(CPU_COUNT(&set));
}

/// A decimal number, with K, M or G for powers of 1024.
bool read_size(std::string_view text, std::size_t& value) noexcept {
    std::size_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest == text.data()) return false;
    unsigned shift = 0;
    if (rest != end) {
        if (end - rest != 1) return false;
        shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : *rest == 'G' ? 30 : 0;
        if (shift == 0 || number > (~std::size_t{0} >> shift)) return false;
    }
    value = number << shift;
    return true;
}

bool read_switch(std::string_view text, bool& value) noexcept {
    if (text != "0" && text != "1") return false;
    value = text == "1";
    return true;
}

bool read_engine(std::string_view text, Engine& engine) noexcept {
    if (text != "auto" && text != "own" && text != "isal") return false;
    engine = text == "own" ? Engine::kOwn : text == "isal" ? Engine::kIsal : Engine::kAuto;
    return true;
}

bool read_verify(std::string_view text, Verify& verify) noexcept {
    if (text != "auto" && text != "0" && text != "1") return false;
    verify = text == "0" ? Verify::kNone : text == "1" ? Verify::kAll : Verify::kSome;
    return true;
}

bool read_threads(std::string_view text, unsigned& threads) noexcept {
    if (text == "auto") {
        threads = available_cores();
        return true;
    }
    std::size_t number = 0;
    if (!read_size(text, number)) return false;
    threads = static_cast<unsigned>(std::min<std::size_t>(number, Config::kMaxThreads));
    return true;
}

/// A text that fits with its zero byte.
template <std::size_t kBytes>
bool read_text(std::string_view text, char (&target)[kBytes]) noexcept {
    if (text.empty() || text.size() >= kBytes) return false;
    std::memcpy(target, text.data(), text.size());
    target[text.size()] = '\0';
    return true;
}

bool read_device(std::string_view text, Config& config) noexcept {
    constexpr std::string_view kUaccePrefix = "uacce:";
    if (text == "auto") {
        config.device = DeviceChoice::kAuto;
    } else if (text == "none") {
        config.device = DeviceChoice::kNone;
    } else if (text == "model") {
        config.device = DeviceChoice::kModel;
    } else if (text.starts_with(kUaccePrefix) && text.find('/') == std::string_view::npos &&
               read_text(rest_of(text, kUaccePrefix.size()), config.device_name)) {
        config.device = DeviceChoice::kUacce;
    } else {
        return false;
    }
    config.is_device_named = true;
    return true;
}

/// "syslog" or a path, and a level behind a colon. What follows the last colon of a path and is no level is the path's.
bool read_log(std::string_view text, Config& config) noexcept {
    struct Name {
        std::string_view text;
        LogLevel level;
    };
    constexpr Name kLevels[] = {{"error", LogLevel::kError},
                                {"warning", LogLevel::kWarning},
                                {"info", LogLevel::kInfo},
                                {"debug", LogLevel::kDebug}};
    LogLevel level = LogLevel::kInfo;
    std::string_view target = text;
    if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        for (const Name& name : kLevels) {
            if (rest_of(text, colon + 1) != name.text) continue;
            level = name.level;
            target = first_of(text, colon);
        }
    }
    if (target.starts_with("syslog:")) return false;  // a level that there is not
    if (target == "none") {
        config.log = LogTarget::kNone;
    } else if (target == "syslog") {
        config.log = LogTarget::kSyslog;
    } else if (read_text(target, config.log_path)) {
        config.log = LogTarget::kFile;
    } else {
        return false;
    }
    config.log_level = level;
    return true;
}

/// "0", "1" for the log, or a file's path from the root.
bool read_stats(std::string_view text, Config& config) noexcept {
    if (text.starts_with('/')) {
        if (!read_text(text, config.stats_path)) return false;
        config.stats = true;
        return true;
    }
    if (!read_switch(text, config.stats)) return false;
    config.stats_path[0] = '\0';
    return true;
}

}  // namespace

constinit const char* const kConfigKeys[] = {
    "WARPZ_ENGINE",    "WARPZ_REPRODUCIBLE",  "WARPZ_VERIFY", "WARPZ_DEVICE", "WARPZ_THREADS",
    "WARPZ_MIN_BYTES", "WARPZ_JOURNAL_BYTES", "WARPZ_LOG",    "WARPZ_STATS",  nullptr};

const char* describe(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::kTaken:
            return "taken";
        case Verdict::kUnknownKey:
            return "unknown key";
        case Verdict::kBadValue:
            return "bad value";
        case Verdict::kEnvironmentOnly:
            return "can be set in the environment only";
        case Verdict::kNotASetting:
            return "not of the form 'key = value'";
        case Verdict::kTooLong:
            return "line is too long";
        case Verdict::kUnreadable:
            return "cannot be read";
    }
    return "";
}

Verdict apply_setting(Config& config, std::string_view key, std::string_view value) noexcept {
    bool is_good = false;
    if (key == "WARPZ_ENGINE") {
        is_good = read_engine(value, config.engine);
    } else if (key == "WARPZ_REPRODUCIBLE") {
        is_good = read_switch(value, config.reproducible);
    } else if (key == "WARPZ_VERIFY") {
        is_good = read_verify(value, config.verify);
    } else if (key == "WARPZ_DEVICE") {
        is_good = read_device(value, config);
    } else if (key == "WARPZ_THREADS") {
        is_good = read_threads(value, config.threads);
    } else if (key == "WARPZ_MIN_BYTES") {
        is_good = read_size(value, config.min_bytes);
    } else if (key == "WARPZ_JOURNAL_BYTES") {
        is_good = read_size(value, config.journal_bytes);
    } else if (key == "WARPZ_LOG") {
        is_good = read_log(value, config);
    } else if (key == "WARPZ_STATS") {
        is_good = read_stats(value, config);
    } else {
        return key == "WARPZ_CPU" ? Verdict::kEnvironmentOnly : Verdict::kUnknownKey;
    }
    return is_good ? Verdict::kTaken : Verdict::kBadValue;
}

}  // namespace warpz

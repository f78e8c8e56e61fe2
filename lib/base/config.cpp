// SPDX-License-Identifier: Zlib
// Reads WARPZ_* from the environment; see config.hpp. secure_getenv() answers null under AT_SECURE,
// and pthread_once() orders the first reader before all others without help from the C++ runtime.
#include "base/config.hpp"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace warpz {
namespace {

constinit Config g_config;
constinit pthread_once_t g_once = PTHREAD_ONCE_INIT;

std::string_view variable(const char* name) noexcept {
    const char* value = secure_getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// A decimal number, with K, M or G for powers of 1024; leaves `value` alone when it is none.
void read_size(std::string_view text, std::size_t& value) noexcept {
    std::size_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest == text.data()) return;
    unsigned shift = 0;
    if (rest != end) {
        if (end - rest != 1) return;
        shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : *rest == 'G' ? 30 : 0;
        if (shift == 0 || number > (~std::size_t{0} >> shift)) return;
    }
    value = number << shift;
}

/// Cores that this process may run on.
unsigned available_cores() noexcept {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(CPU_COUNT(&set));
}

void read_threads(std::string_view text) noexcept {
    if (text == "auto") {
        g_config.threads = available_cores();
        return;
    }
    std::size_t number = 0;
    read_size(text, number);
    g_config.threads = static_cast<unsigned>(std::min<std::size_t>(number, 256));
}

void read_device(std::string_view text) noexcept {
    constexpr std::string_view kUaccePrefix = "uacce:";
    g_config.is_device_named = true;
    if (text == "auto") {
        g_config.device = DeviceChoice::kAuto;
    } else if (text == "none") {
        g_config.device = DeviceChoice::kNone;
    } else if (text == "model") {
        g_config.device = DeviceChoice::kModel;
    } else if (text.starts_with(kUaccePrefix) && text.size() > kUaccePrefix.size() &&
               text.size() - kUaccePrefix.size() < sizeof g_config.device_name) {
        g_config.device = DeviceChoice::kUacce;
        std::memcpy(g_config.device_name, text.data() + kUaccePrefix.size(),
                    text.size() - kUaccePrefix.size());
    } else {
        g_config.is_device_named = false;
    }
}

void read_environment() noexcept {
    const std::string_view engine = variable("WARPZ_ENGINE");
    if (engine == "own") g_config.engine = Engine::kOwn;
    if (engine == "isal") g_config.engine = Engine::kIsal;
    g_config.reproducible = variable("WARPZ_REPRODUCIBLE") == "1";
    g_config.verify = variable("WARPZ_VERIFY") == "1";
    read_device(variable("WARPZ_DEVICE"));
    read_threads(variable("WARPZ_THREADS"));
    read_size(variable("WARPZ_MIN_BYTES"), g_config.min_bytes);
    read_size(variable("WARPZ_JOURNAL_BYTES"), g_config.journal_bytes);
    if (g_config.reproducible) {
        g_config.device = DeviceChoice::kNone;
        g_config.threads = 0;
    }
}

}  // namespace

const Config& config() noexcept {
    pthread_once(&g_once, read_environment);
    return g_config;
}

}  // namespace warpz

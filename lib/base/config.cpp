// SPDX-License-Identifier: Zlib
// Reads /etc/warpz.conf and then the environment, which wins; see config.hpp. secure_getenv() answers null under
// AT_SECURE, and pthread_once() orders the first reader before all others without help from the C++ runtime. Nothing is
// read before somebody asks, unless the environment has settings when the library is loaded: servers such as nginx empty it
// before their first stream.
#include "base/config.hpp"

#include <pthread.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include <atomic>

#include "base/settings.hpp"

namespace warpz {
namespace {

constinit Config g_config;
constinit pthread_once_t g_once = PTHREAD_ONCE_INIT;
constinit std::atomic<bool> g_is_used{false};
constinit bool g_is_file_read = false;

void read_file_and_environment() noexcept {
    if (!g_is_file_read) read_settings(settings_path(), g_config, nullptr);
    g_is_file_read = true;
    for (const char* const* key = kConfigKeys; *key != nullptr; ++key) {
        const char* value = secure_getenv(*key);
        if (value != nullptr) static_cast<void>(apply_setting(g_config, *key, value));
    }
}

void read_configuration() noexcept {
    if (getauxval(AT_SECURE) == 0) read_file_and_environment();
    if (g_config.reproducible) {
        g_config.device = DeviceChoice::kNone;
        g_config.threads = 0;
    }
    g_is_used.store(true, std::memory_order_release);
}

/// What the environment says when the library is loaded holds if it says nothing at the first use.
[[gnu::constructor]] void read_what_may_disappear() noexcept {
    for (const char* const* key = kConfigKeys; *key != nullptr; ++key) {
        if (secure_getenv(*key) != nullptr) return read_file_and_environment();
    }
}

}  // namespace

const Config& config() noexcept {
    pthread_once(&g_once, read_configuration);
    return g_config;
}

const Config* config_if_used() noexcept {
    return g_is_used.load(std::memory_order_acquire) ? &g_config : nullptr;
}

}  // namespace warpz

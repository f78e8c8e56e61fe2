// SPDX-License-Identifier: Zlib
// Reads WARPZ_* from the environment; see config.hpp. secure_getenv() answers null under AT_SECURE,
// and pthread_once() orders the first reader before all others without help from the C++ runtime.
#include "base/config.hpp"

#include <pthread.h>
#include <stdlib.h>

#include <string_view>

namespace warpz {
namespace {

constinit Config g_config;
constinit pthread_once_t g_once = PTHREAD_ONCE_INIT;

std::string_view variable(const char* name) noexcept {
    const char* value = secure_getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

void read_environment() noexcept {
    const std::string_view engine = variable("WARPZ_ENGINE");
    if (engine == "own") g_config.engine = Engine::kOwn;
    if (engine == "isal") g_config.engine = Engine::kIsal;
    g_config.reproducible = variable("WARPZ_REPRODUCIBLE") == "1";
}

}  // namespace

const Config& config() noexcept {
    pthread_once(&g_once, read_environment);
    return g_config;
}

}  // namespace warpz

// SPDX-License-Identifier: Zlib
// What the environment says about the library, read once per process into plain values. WARPZ_CPU
// is not here: it belongs to lib/kernels, which has to choose before anything else runs.
#pragma once

#include <cstdint>

namespace warpz {

/// WARPZ_ENGINE: which deflate encoder a stream may use.
enum class Engine : std::uint8_t {
    kAuto,  ///< ISA-L where it is installed and better on this CPU, else our own (the default)
    kOwn,   ///< "own": ours alone
    kIsal,  ///< "isal": ISA-L wherever it can express the request
};

struct Config {
    Engine engine = Engine::kAuto;
    bool reproducible =
        false;  ///< WARPZ_REPRODUCIBLE=1: the same bytes on every machine, so our own engine only
};

/// The process's configuration. The first call reads the environment; later changes to it are not
/// seen. Unknown values are ignored, and so is everything in a process that gained privileges
/// (AT_SECURE).
///
/// threads  any; the reference is valid and constant until the process ends
[[nodiscard]] const Config& config() noexcept;

}  // namespace warpz

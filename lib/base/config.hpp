// SPDX-License-Identifier: Zlib
// What /etc/warpz.conf and the environment say about the library, read once per process into plain values. WARPZ_CPU
// is not here: it belongs to lib/kernels, which has to choose before anything else runs. How the words are read is in
// settings.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpz {

/// WARPZ_ENGINE: which deflate encoder a stream may use.
enum class Engine : std::uint8_t {
    kAuto,  ///< ISA-L where it is installed and better on this CPU, else our own (the default)
    kOwn,   ///< "own": ours alone
    kIsal,  ///< "isal": ISA-L wherever it can express the request
};

/// WARPZ_DEVICE: which accelerator streams may use.
enum class DeviceChoice : std::uint8_t {
    kAuto,  ///< "auto": the uacce devices that compress and that this process may open (the default)
    kNone,   ///< "none"
    kUacce,  ///< "uacce:<name>": this one, as it is called in /sys/class/uacce
    kModel,  ///< "model": the device in this process that does what hardware does, for tests
};

/// WARPZ_VERIFY: which packets that a device deflated are inflated again before they are delivered.
enum class Verify : std::uint8_t {
    kSome,  ///< "auto": the first ones, and a few of the others; after a wrong one it begins anew (the default)
    kNone,  ///< "0"
    kAll,   ///< "1"; and a device inflates nothing that has no check value
};

/// WARPZ_LOG: where lines go. Without it nothing is written.
enum class LogTarget : std::uint8_t {
    kNone,    ///< "none" (the default)
    kFile,    ///< a path; lines are appended
    kSyslog,  ///< "syslog"
};

/// How much of it; "<target>:<level>". "info" when none is given.
enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };

struct Config {
    static constexpr unsigned kMaxThreads = 256;

    Engine engine = Engine::kAuto;
    /// WARPZ_REPRODUCIBLE=1: the same bytes on every machine, so our own engine only, without a device and without a
    /// pool, which cuts streams into chunks
    bool reproducible = false;
    Verify verify = Verify::kSome;
    DeviceChoice device = DeviceChoice::kAuto;
    bool is_device_named = false;  ///< WARPZ_DEVICE is set to something that is understood
    char device_name[64] = {};     ///< for kUacce, ends with a zero byte
    /// WARPZ_THREADS: cores for one stream, "auto" for all; 0 is off (the default)
    unsigned threads = 0;
    /// WARPZ_MIN_BYTES: from here on input is offloaded; 0 leaves it to measurements
    std::size_t min_bytes = 0;
    /// WARPZ_JOURNAL_BYTES: compressed input that is kept for each stream on a device
    std::size_t journal_bytes = std::size_t{16} << 20;
    LogTarget log = LogTarget::kNone;
    LogLevel log_level = LogLevel::kInfo;
    bool stats = false;         ///< WARPZ_STATS=1: a summary at exit, to the log
    char log_path[256] = {};    ///< for kFile
    char stats_path[256] = {};  ///< WARPZ_STATS=/a/file: the summary goes there instead
};

/// The process's configuration. The first call reads the file, then the environment, which wins; later changes of either
/// are not seen. What a variable said when the library was loaded holds if it is gone by then. Unknown keys and values are
/// ignored, and so is everything in a process that gained privileges (AT_SECURE).
///
/// threads  any; the reference is valid and constant until the process ends
[[nodiscard]] const Config& config() noexcept;
/// Null as long as nothing has asked for it: then the library was not used, and has nothing to say at its end.
[[nodiscard]] const Config* config_if_used() noexcept;

}  // namespace warpz

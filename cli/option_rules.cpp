// SPDX-License-Identifier: Zlib
// Options together; see option_values.hpp.
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "option_values.hpp"

namespace warpz::cli {
namespace {

constexpr std::size_t kMaxBgzfBytes =
    65280;  // so that a member that does not shrink has 64 KiB, bgzip's own size
constexpr std::size_t kMaxSuffixBytes = 30;  // gzip's limit, taken over with its refusal

constexpr int kDefaultDeflateLevel = 6;
constexpr int kDefaultZstdLevel = 3;  // zstd's own

/// Cores that this process may run on.
unsigned available_cores() {
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&cpus)));
}

}  // namespace

bool combine_options(Options& options, Messages& messages) {
    const auto refuse = [&](const std::string& text) {
        messages.usage_error(text);
        messages.refer_to_help();
        return false;
    };
    if (!options.is_suffix_given && options.format == Format::kZlib) options.suffix = ".zz";
    if (!options.is_suffix_given && options.format == Format::kRaw) options.suffix = ".deflate";
    if (!options.is_suffix_given && options.format == Format::kZstd) options.suffix = ".zst";
    if (options.suffix.empty() || options.suffix.size() > kMaxSuffixBytes ||
        options.suffix.find('/') != std::string::npos) {
        messages.usage_error("invalid suffix '" + printable(options.suffix) + "'");
        return false;
    }
    if (!options.are_threads_given) {
        const char* variable = std::getenv("WARPZ_THREADS");
        const auto number = variable != nullptr ? parse_number(variable, false) : std::nullopt;
        options.threads =
            static_cast<unsigned>(std::min<std::size_t>(number.value_or(0), kMaxThreads));
        if (number == 0) options.threads = 1;
    }
    if (options.threads == 0) options.threads = available_cores();
    if (options.format == Format::kBgzf) {
        if (options.block_bytes == 0) options.block_bytes = kMaxBgzfBytes;
        if (options.block_bytes > kMaxBgzfBytes)
            return refuse("--blocksize is at most 65280 with --format=bgzf");
        if (options.rsyncable) return refuse("--rsyncable cannot be used with --format=bgzf");
    } else if (options.writes_index) {
        return refuse("--index needs --format=bgzf");
    }
    // A result that is put elsewhere does not replace its source.
    if (!options.output.empty() && !options.removes) options.keep = true;
    if (!options.decodes() && options.comment &&
        (options.format != Format::kGzip || options.block_bytes != 0))
        return refuse("--comment is for the gzip format, and not for --independent");
    if (options.format == Format::kZstd) {
        if (!options.is_level_given) options.level = kDefaultZstdLevel;
        if (options.level == 0) return refuse("levels of zstd are 1 to 22 and below 0");
        if (options.block_bytes != 0)
            return refuse("--independent and --blocksize cannot be used with --format=zstd");
    } else {
        if (!options.is_level_given) options.level = kDefaultDeflateLevel;
        if (options.level < 0 || options.level > kMaxDeflateLevel)
            return refuse("levels below 0 and above 12 need --format=zstd");
        if (!options.decodes() && options.window_log) return refuse("--long needs --format=zstd");
        if (!options.decodes() && !options.has_check)
            return refuse("--no-check needs --format=zstd");
    }
    if (options.writes_index && !options.decodes() && options.to_stdout)
        return refuse("--index needs a file to stand beside; it cannot be used with -c");
    if (options.block_bytes != 0 && options.format != Format::kBgzf && options.rsyncable)
        return refuse("--rsyncable and --independent cannot be used together");
    if (!options.output.empty() && options.to_stdout)
        return refuse("-o and -c cannot be used together");
    if (options.recovers && (options.action != Action::kDecompress ||
                             options.format == Format::kRaw || options.format == Format::kZstd))
        return refuse("--recover is for decompression of gzip data");
    return true;
}

}  // namespace warpz::cli

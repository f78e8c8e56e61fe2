// SPDX-License-Identifier: Zlib
// Options one by one; see option_values.hpp.
#include "option_values.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "option_table.hpp"

namespace warpz::cli {
namespace {

// --long, in the limits that zstd has on machines of 64 bits.
constexpr std::optional<std::size_t> kDefaultLongWindowLog = 27;
constexpr std::size_t kMinWindowLog = 10;
constexpr std::size_t kMaxWindowLog = 31;

constexpr std::size_t kDefaultBlockBytes = std::size_t{128} << 10;
constexpr std::size_t kMaxBlockBytes = std::size_t{1} << 30;

bool refuse_value(const char* option, Messages& messages) {
    messages.usage_error("invalid value '" + printable(optarg) + "' for " + option);
    messages.refer_to_help();
    return false;
}

/// Applies one of the options that gzip does not have. False, and reported, for a wrong value.
bool apply_own(int opt, Options& options, Messages& messages) {
    const std::string_view value = optarg != nullptr ? optarg : "";
    switch (opt) {
        case 'o':
            if (value.empty()) return refuse_value("--output", messages);
            options.output = value;
            break;
        case 'p': {
            const auto number = value == "auto" ? 0 : parse_number(value, false);
            if (!number || *number > kMaxThreads) return refuse_value("--threads", messages);
            options.threads = static_cast<unsigned>(*number);
            options.are_threads_given = true;
            break;
        }
        case kDevice:
            if (value != "auto" && value != "none" && value != "model" &&
                !(value.starts_with("uacce:") && value.size() > 6)) {
                return refuse_value("--device", messages);
            }
            options.device = value;
            break;
        case kFormat: {
            static constexpr std::array<std::string_view, 5> kNames = {"gzip", "zlib", "raw",
                                                                       "bgzf", "zstd"};
            const auto* const name = std::find(kNames.begin(), kNames.end(), value);
            if (name == kNames.end()) return refuse_value("--format", messages);
            options.format = static_cast<Format>(name - kNames.begin());
            options.is_format_given = true;
            break;
        }
        case kLevel: {
            const bool is_negative = value.starts_with('-');
            const auto number = parse_number(value.substr(is_negative ? 1 : 0), false);
            if (!number || *number > (is_negative ? kMaxFastZstdLevel : kMaxZstdLevel))
                return refuse_value("--level", messages);
            options.level = static_cast<int>(*number);
            if (is_negative) options.level = -options.level;
            options.is_level_given = true;
            break;
        }
        case kLong: {
            const auto number =
                optarg != nullptr ? parse_number(value, false) : kDefaultLongWindowLog;
            if (!number || *number < kMinWindowLog || *number > kMaxWindowLog)
                return refuse_value("--long", messages);
            options.window_log = static_cast<int>(*number);
            break;
        }
        case kNoCheck:
            options.has_check = false;
            break;
        case kIndependent:
            if (options.block_bytes == 0) options.block_bytes = kDefaultBlockBytes;
            break;
        case kBlockSize: {
            const auto size = parse_number(value, true);
            if (!size || *size < 512 || *size > kMaxBlockBytes)
                return refuse_value("--blocksize", messages);
            options.block_bytes = *size;
            break;
        }
        case kIndex:
            options.writes_index = true;
            break;
        case kRecover:
            options.recovers = true;
            if (options.action == Action::kCompress) options.action = Action::kDecompress;
            break;
        case kRemove:
            options.keep = false;
            options.removes = true;
            break;
        case kComment:
            options.comment = value;
            break;
        case kNoProgress:
            options.shows_progress = false;
            break;
        case kStats:
            options.shows_stats = true;
            break;
        case kJson:
            options.json = true;
            break;
        case kSparse:
            options.sparse = true;
            break;
        case kFiles0From:
            if (value.empty()) return refuse_value("--files0-from", messages);
            options.files0_from = value;
            break;
        default:
            break;
    }
    return true;
}

}  // namespace

std::optional<std::size_t> parse_number(std::string_view text, bool allows_units) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc() || (!unit.empty() && !allows_units)) return std::nullopt;
    if (unit.empty()) return value;
    const unsigned shift = unit[0] == 'K' || unit[0] == 'k'   ? 10
                           : unit[0] == 'M' || unit[0] == 'm' ? 20
                                                              : 0;
    unit.remove_prefix(1);
    if (shift == 0 || (!unit.empty() && unit != "iB" && unit != "B") || value > (SIZE_MAX >> shift))
        return std::nullopt;
    return value << shift;
}

bool apply_option(int opt, Options& options, Messages& messages) {
    switch (opt) {
        case 'a':
            options.ascii = true;
            break;
        case 'b':
            if (std::string_view(optarg).find_first_not_of("0123456789") !=
                std::string_view::npos) {
                messages.usage_error("-b operand is not an integer");
                messages.refer_to_help();
                return false;
            }
            break;
        case 'c':
            options.to_stdout = true;
            break;
        case 'd':
            if (!options.decodes()) options.action = Action::kDecompress;
            break;
        case 'f':
            options.force = true;
            break;
        case 'h':
        case 'H':
            if (optarg != nullptr && help_about(std::string_view(optarg)).empty())
                return refuse_value("--help", messages);
            options.help_topic = optarg != nullptr ? optarg : "";
            options.action = Action::kShowHelp;
            return false;
        case 'k':
            options.keep = true;
            options.removes = false;
            break;
        case 'l':
            options.action = Action::kList;
            break;
        case 'L':
            options.action = Action::kShowLicense;
            return false;
        case 'm':
        case 'M':
            options.time = opt == 'M';
            break;
        case 'n':
        case 'N':
            options.name = options.time = opt == 'N';
            break;
        case 'q':
            options.quiet = true;
            options.verbose = false;
            messages.set_quiet(true);
            break;
        case 'r':
            options.recursive = true;
            break;
        case 'S':
            options.suffix = optarg;
            options.is_suffix_given = true;
            break;
        case 't':
            if (options.action != Action::kList) options.action = Action::kTest;
            break;
        case 'v':
            options.verbose = true;
            options.quiet = false;
            messages.set_quiet(false);
            break;
        case 'Z':
            messages.usage_error("-Z not supported in this version");
            messages.refer_to_help();
            return false;
        case 'V':
            options.action = Action::kShowVersion;
            return false;
        case kPresumeInputTty:
            messages.presume_terminal();
            break;
        case kRsyncable:
            options.rsyncable = true;
            break;
        case kSynchronous:
            options.synchronous = true;
            break;
        default:
            if (opt < '1' || opt > '9') return apply_own(opt, options, messages);
            options.level = opt - '0';
            options.is_level_given = true;
            break;
    }
    return true;
}

}  // namespace warpz::cli

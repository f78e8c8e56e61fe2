// SPDX-License-Identifier: Zlib
// Option parsing; see args.hpp. GNU getopt_long gives gzip's rules: abbreviated long options, bundled short ones,
// options after operands (unless POSIXLY_CORRECT), and `--`.
#include "args.hpp"

#include <getopt.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "option_table.hpp"

namespace warpz::cli {
namespace {

bool takes_argument(const OptionInfo& option) {
    return option.argument_kind != ArgumentKind::kNone &&
           option.argument_kind != ArgumentKind::kOptionalChoice;
}

/// What getopt_long() is told, made from the option table.
class GetoptTables {
  public:
    GetoptTables() {
        for (const OptionInfo& info : option_table()) {
            const int argument = takes_argument(info) ? required_argument
                                 : info.argument_kind == ArgumentKind::kOptionalChoice
                                     ? optional_argument
                                     : no_argument;
            if (info.has_letter()) {
                letters_ += static_cast<char>(info.id);
                if (argument == required_argument) letters_ += ':';
            }
            for (std::string_view rest = info.names; !rest.empty();) {
                const std::size_t end = std::min(rest.find(' '), rest.size());
                names_.push_back(
                    {std::string(rest.substr(0, end)), argument, info.id, info.is_gzip});
                rest.remove_prefix(std::min(rest.size(), end + 1));
            }
        }
        letters_ += "?2345678";  // gzip has -?, about which nothing else is said
        for (const Name& name : names_) {
            options_.push_back({name.text.c_str(), name.argument, nullptr, name.id});
        }
        options_.push_back({nullptr, 0, nullptr, 0});
    }
    GetoptTables(const GetoptTables&) = delete;
    GetoptTables& operator=(const GetoptTables&) = delete;

    [[nodiscard]] const char* letters() const { return letters_.c_str(); }
    [[nodiscard]] const option* options() const { return options_.data(); }

    /// The full name of an abbreviation that gzip understands, where an option that gzip does not have would make it
    /// ambiguous; else nothing. `word` begins with "--".
    [[nodiscard]] std::optional<std::string> gzip_abbreviation(std::string_view word) const {
        const std::string_view value = word.substr(std::min(word.find('='), word.size()));
        const std::string_view begin = word.substr(2, word.size() - value.size() - 2);
        const Name* found = nullptr;
        bool is_ambiguous = false;
        for (const Name& name : names_) {
            if (!name.text.starts_with(begin) || begin.empty()) continue;
            if (name.text == begin) return std::nullopt;
            if (!name.is_gzip) continue;
            if (found != nullptr && found->id != name.id) is_ambiguous = true;
            if (found == nullptr) found = &name;
        }
        if (found == nullptr || is_ambiguous) return std::nullopt;
        return "--" + found->text + std::string(value);
    }

  private:
    struct Name {
        std::string text;
        int argument;
        int id;
        bool is_gzip;
    };
    std::vector<Name> names_;
    std::vector<option> options_;
    std::string letters_;
};

const GetoptTables& tables() {
    static const GetoptTables tables;
    return tables;
}

constexpr std::size_t kMaxThreads = 256;
constexpr std::size_t kMaxBgzfBytes =
    65280;  // so that a member that does not shrink has 64 KiB, bgzip's own size
constexpr std::size_t kMaxSuffixBytes = 30;  // gzip's limit, taken over with its refusal

/// Options that GZIP may hold: those that can hardly harm a script that calls gzip.
bool is_allowed_in_environment(int opt) {
    static constexpr std::string_view kLetters = "nNqv123456789";
    return opt == OptionId::kRsyncable ||
           (opt > 0 && opt <= CHAR_MAX && kLetters.find(static_cast<char>(opt)) != kLetters.npos);
}

/// The name decides what is done, and gzip's own names how messages are worded.
void set_action_from_program_name(std::string_view name, Options& options, Messages& messages) {
    static constexpr std::array<std::string_view, 5> kGzipNames = {"gzip", "gunzip", "zcat",
                                                                   "gzcat", "uncompress"};
    name.remove_prefix(std::min(name.size(), name.rfind('/') + 1));
    if (std::find(kGzipNames.begin(), kGzipNames.end(), name) != kGzipNames.end())
        messages.speak_as_gzip();
    if (name.starts_with("warpz-")) name.remove_prefix(6);
    if (name == "zcat" || name == "gzcat") {
        options.action = Action::kDecompress;
        options.to_stdout = true;
    } else if (name.starts_with("gun") || name.starts_with("un")) {
        options.action = Action::kDecompress;
    }
}

/// A decimal number and, where `allows_units`, K or M for powers of 1024. Nothing when `text` is anything else.
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

constexpr int kMaxDeflateLevel = 12;
constexpr std::size_t kMaxZstdLevel = 22;
constexpr int kDefaultDeflateLevel = 6;
constexpr int kDefaultZstdLevel = 3;  // zstd's own
// --long, in the limits that zstd has on machines of 64 bits.
constexpr std::optional<std::size_t> kDefaultLongWindowLog = 27;
constexpr std::size_t kMinWindowLog = 10;
constexpr std::size_t kMaxWindowLog = 31;

constexpr std::size_t kDefaultBlockBytes = std::size_t{128} << 10;
constexpr std::size_t kMaxBlockBytes = std::size_t{1} << 30;

/// Cores that this process may run on.
unsigned available_cores() {
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&cpus)));
}

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
            const auto number = parse_number(value, false);
            if (!number || *number > kMaxZstdLevel) return refuse_value("--level", messages);
            options.level = static_cast<int>(*number);
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

/// Applies one option. False when nothing after it counts: -h, -V, -L, or a wrong operand, which is reported.
bool apply(int opt, Options& options, Messages& messages) {
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

bool report_unknown(Messages& messages) {
    // getopt has printed what is wrong.
    messages.set_failed();
    messages.refer_to_help();
    return false;
}

/// Applies the options in GZIP. False, and reported, when it holds anything else.
bool parse_environment(Options& options, Messages& messages) {
    const char* variable = std::getenv("GZIP");
    if (variable == nullptr) return true;
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string> words{messages.program()};
    for (std::string_view rest = variable;;) {
        const std::size_t begin = rest.find_first_not_of(kBlanks);
        if (begin == rest.npos) break;
        rest.remove_prefix(begin);
        const std::size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (words.size() == 1) return true;

    const auto refuse = [&](const std::string& what, const char* kind) {
        messages.usage_error(printable(what) + ": " + kind + " in GZIP environment variable");
        messages.refer_to_help();
        return false;
    };
    if (std::find(words.begin(), words.end(), "--") != words.end())
        return refuse("--", "option not valid");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    const std::string in_order = std::string("+") + tables().letters();
    optind = 0;  // GNU getopt: start over
    for (;;) {
        int index = -1;
        const int opt = getopt_long(static_cast<int>(words.size()), arguments.data(),
                                    in_order.c_str(), tables().options(), &index);
        if (opt == -1) break;
        if (opt == '?') return report_unknown(messages);
        if (!is_allowed_in_environment(opt)) {
            return refuse(index >= 0 ? std::string("--") + tables().options()[index].name
                                     : std::string("-") + static_cast<char>(opt),
                          "option not valid");
        }
        apply(opt, options, messages);
    }
    const auto next = static_cast<std::size_t>(optind);
    if (next < words.size()) return refuse(words[next], "non-option");
    if (!options.quiet) {
        messages.remark("warning: GZIP environment variable is deprecated; use an alias or script");
    }
    return true;
}

/// A level of two digits as a word of its own, as in zstd and pigz: "-19". To gzip that is -1 and -9, and so it is here where
/// the format has no such level.
bool is_level_word(std::string_view word, bool is_zstd) {
    if (word.size() != 3 || word[0] != '-') return false;
    const auto level = parse_number(word.substr(1), false);
    return level && *level >= 10 &&
           *level <= (is_zstd ? kMaxZstdLevel : std::size_t{kMaxDeflateLevel});
}

/// Gives gzip's abbreviations, and levels of two digits, their full names, in place.
void expand_abbreviations(std::vector<std::string>& words) {
    const bool is_zstd = std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word == "zstd" || (word.starts_with("--fo") && word.ends_with("=zstd"));
    });
    bool is_argument = false;
    for (std::string& word : words) {
        if (std::exchange(is_argument, false)) continue;
        if (word == "--") break;
        if (word.starts_with("--")) {
            if (auto name = tables().gzip_abbreviation(word)) word = std::move(*name);
            is_argument = word == "--suffix" || word == "--bits";
        } else if (is_level_word(word, is_zstd)) {
            word.replace(0, 1, "--level=");
        } else {
            is_argument = word == "-S" || word == "-b" || word == "-o" || word == "-p";
        }
    }
}

/// What the options mean together. False, and reported, for what cannot be.
bool check_combination(Options& options, Messages& messages) {
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
        if (options.level == 0) return refuse("levels of zstd are 1 to 22");
        if (options.block_bytes != 0)
            return refuse("--independent and --blocksize cannot be used with --format=zstd");
    } else {
        if (!options.is_level_given) options.level = kDefaultDeflateLevel;
        if (options.level > kMaxDeflateLevel) return refuse("levels above 12 need --format=zstd");
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

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv, Messages& messages) {
    Options options;
    if (argc > 0) set_action_from_program_name(argv[0], options, messages);
    if (!parse_environment(options, messages)) return std::nullopt;

    // Copies, because getopt sorts them.
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    expand_abbreviations(words);
    std::string program = messages.program();  // getopt's messages begin with it
    std::vector<char*> sorted{program.data()};
    for (std::string& word : words) sorted.push_back(word.data());
    sorted.push_back(nullptr);
    argc = static_cast<int>(sorted.size()) - 1;
    optind = 0;
    for (;;) {
        const int opt =
            getopt_long(argc, sorted.data(), tables().letters(), tables().options(), nullptr);
        if (opt == -1) break;
        if (opt == '?') {
            report_unknown(messages);
            return std::nullopt;
        }
        if (!apply(opt, options, messages)) {
            if (messages.exit_status() != 0) return std::nullopt;
            return options;
        }
    }
    if (options.ascii && !options.quiet) messages.remark("option --ascii ignored on this system");
    options.operands.assign(sorted.begin() + optind, sorted.end() - 1);
    if (!check_combination(options, messages)) return std::nullopt;
    return options;
}

void configure_library(const Options& options) {
    // The pool is asked for even with one core, so that the bytes do not depend on the number.
    if (options.are_threads_given || std::getenv("WARPZ_THREADS") == nullptr)
        setenv("WARPZ_THREADS", std::to_string(options.threads).c_str(), 1);
    // Blocks are cut and spread over threads by this program.
    if (options.block_bytes != 0 && !options.decodes()) setenv("WARPZ_THREADS", "0", 1);
    if (!options.device.empty()) setenv("WARPZ_DEVICE", options.device.c_str(), 1);
}

}  // namespace warpz::cli

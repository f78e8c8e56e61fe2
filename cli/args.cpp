// SPDX-License-Identifier: Zlib
// Option parsing; see args.hpp. GNU getopt_long gives gzip's rules: abbreviated long options, bundled short ones,
// options after operands (unless POSIXLY_CORRECT), and `--`.
#include "args.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

namespace warpz::cli {
namespace {

// getopt_long's values of long options that have no letter.
enum : int { kRsyncable = CHAR_MAX + 1, kSynchronous };

// -a and -b are gzip's: accepted, and without effect here.
constexpr const char* kShortOptions = "ab:cdfhHklLmMnNqrS:tvV123456789?";
constexpr const char* kShortOptionsInOrder = "+ab:cdfhHklLmMnNqrS:tvV123456789?";

constexpr std::array kLongOptions = {
    option{"ascii", no_argument, nullptr, 'a'},
    option{"best", no_argument, nullptr, '9'},
    option{"bits", required_argument, nullptr, 'b'},
    option{"decompress", no_argument, nullptr, 'd'},
    option{"fast", no_argument, nullptr, '1'},
    option{"force", no_argument, nullptr, 'f'},
    option{"help", no_argument, nullptr, 'h'},
    option{"keep", no_argument, nullptr, 'k'},
    option{"license", no_argument, nullptr, 'L'},
    option{"list", no_argument, nullptr, 'l'},
    option{"name", no_argument, nullptr, 'N'},
    option{"no-name", no_argument, nullptr, 'n'},
    option{"quiet", no_argument, nullptr, 'q'},
    option{"recursive", no_argument, nullptr, 'r'},
    option{"rsyncable", no_argument, nullptr, kRsyncable},
    option{"silent", no_argument, nullptr, 'q'},
    option{"stdout", no_argument, nullptr, 'c'},
    option{"suffix", required_argument, nullptr, 'S'},
    option{"synchronous", no_argument, nullptr, kSynchronous},
    option{"test", no_argument, nullptr, 't'},
    option{"to-stdout", no_argument, nullptr, 'c'},
    option{"uncompress", no_argument, nullptr, 'd'},
    option{"verbose", no_argument, nullptr, 'v'},
    option{"version", no_argument, nullptr, 'V'},
    option{nullptr, 0, nullptr, 0},
};

constexpr std::size_t kMaxSuffixBytes = 30;  // gzip's limit, taken over with its refusal

constexpr const char* kTryHelp = "Try `warpz --help' for more information.";

/// Options that GZIP may hold: those that can hardly harm a script that calls gzip.
bool is_allowed_in_environment(int opt) {
    static constexpr std::string_view kLetters = "nNqv123456789";
    return opt == kRsyncable ||
           (opt > 0 && opt <= CHAR_MAX && kLetters.find(static_cast<char>(opt)) != kLetters.npos);
}

void set_action_from_program_name(std::string_view name, Options& options) {
    name.remove_prefix(std::min(name.size(), name.rfind('/') + 1));
    if (name.starts_with("warpz-")) name.remove_prefix(6);
    if (name == "zcat" || name == "gzcat") {
        options.action = Action::kDecompress;
        options.to_stdout = true;
    } else if (name.starts_with("gun") || name.starts_with("un")) {
        options.action = Action::kDecompress;
    }
}

/// Applies one option. False when nothing after it counts: -h, -V, -L, or a wrong operand, which is reported.
bool apply(int opt, Options& options, Messages& messages) {
    switch (opt) {
        case 'a':
            if (!options.quiet) messages.report("warpz: option --ascii ignored on this system");
            break;
        case 'b':
            if (*optarg == '\0' || std::string_view(optarg).find_first_not_of("0123456789") !=
                                       std::string_view::npos) {
                messages.usage_error("-b operand is not an integer");
                messages.report(kTryHelp);
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
            options.action = Action::kShowHelp;
            return false;
        case 'k':
            options.keep = true;
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
            break;
        case 't':
            if (options.action != Action::kList) options.action = Action::kTest;
            break;
        case 'v':
            options.verbose = true;
            options.quiet = false;
            messages.set_quiet(false);
            break;
        case 'V':
            options.action = Action::kShowVersion;
            return false;
        case kRsyncable:
            options.rsyncable = true;
            break;
        case kSynchronous:
            options.synchronous = true;
            break;
        default:
            options.level = opt - '0';
            break;
    }
    return true;
}

bool report_unknown(Messages& messages) {
    // getopt has printed what is wrong.
    messages.set_failed();
    messages.report(kTryHelp);
    return false;
}

/// Applies the options in GZIP. False, and reported, when it holds anything else.
bool parse_environment(Options& options, Messages& messages) {
    const char* variable = std::getenv("GZIP");
    if (variable == nullptr) return true;
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string> words{"warpz"};
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
        messages.report(kTryHelp);
        return false;
    };
    if (std::find(words.begin(), words.end(), "--") != words.end())
        return refuse("--", "option not valid");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    optind = 0;  // GNU getopt: start over
    for (;;) {
        int index = -1;
        const int opt = getopt_long(static_cast<int>(words.size()), arguments.data(),
                                    kShortOptionsInOrder, kLongOptions.data(), &index);
        if (opt == -1) break;
        if (opt == '?') return report_unknown(messages);
        if (!is_allowed_in_environment(opt)) {
            return refuse(index >= 0 ? std::string("--") +
                                           kLongOptions.at(static_cast<std::size_t>(index)).name
                                     : std::string("-") + static_cast<char>(opt),
                          "option not valid");
        }
        apply(opt, options, messages);
    }
    const auto next = static_cast<std::size_t>(optind);
    if (next < words.size()) return refuse(words[next], "non-option");
    if (!options.quiet) {
        messages.report(
            "warpz: warning: GZIP environment variable is deprecated; use an alias or script");
    }
    return true;
}

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv, Messages& messages) {
    Options options;
    static char program[] = "warpz";
    if (argc > 0) {
        set_action_from_program_name(argv[0], options);
        argv[0] = program;  // getopt's messages begin with it
    }
    if (!parse_environment(options, messages)) return std::nullopt;

    optind = 0;
    for (;;) {
        const int opt = getopt_long(argc, argv, kShortOptions, kLongOptions.data(), nullptr);
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
    if (options.suffix.empty() || options.suffix.size() > kMaxSuffixBytes ||
        options.suffix.find('/') != std::string::npos) {
        messages.usage_error("invalid suffix '" + printable(options.suffix) + "'");
        return std::nullopt;
    }
    if (optind < argc) options.operands.assign(argv + optind, argv + argc);
    return options;
}

}  // namespace warpz::cli

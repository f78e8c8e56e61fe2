// SPDX-License-Identifier: Zlib
// Name and environment; see environment.hpp. Also what the library is told by its own variables.
#include "environment.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string>
#include <vector>

#include "getopt_tables.hpp"
#include "option_table.hpp"
#include "option_values.hpp"

namespace warpz::cli {
namespace {

/// Options that GZIP may hold: those that can hardly harm a script that calls gzip.
bool is_allowed_in_environment(int opt) {
    static constexpr std::string_view kLetters = "nNqv123456789";
    return opt == OptionId::kRsyncable ||
           (opt > 0 && opt <= CHAR_MAX && kLetters.find(static_cast<char>(opt)) != kLetters.npos);
}

}  // namespace

void apply_program_name(std::string_view name, Options& options, Messages& messages) {
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

void report_unknown_option(Messages& messages) {
    messages.set_failed();
    messages.refer_to_help();
}

bool apply_environment(Options& options, Messages& messages) {
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

    const std::string in_order = std::string("+") + GetoptTables::get().letters();
    optind = 0;  // GNU getopt: start over
    for (;;) {
        int index = -1;
        const int opt = getopt_long(static_cast<int>(words.size()), arguments.data(),
                                    in_order.c_str(), GetoptTables::get().options(), &index);
        if (opt == -1) break;
        if (opt == '?') {
            report_unknown_option(messages);
            return false;
        }
        if (!is_allowed_in_environment(opt)) {
            return refuse(index >= 0 ? std::string("--") + GetoptTables::get().options()[index].name
                                     : std::string("-") + static_cast<char>(opt),
                          "option not valid");
        }
        if (!apply_option(opt, options, messages)) return false;
    }
    const auto next = static_cast<std::size_t>(optind);
    if (next < words.size()) return refuse(words[next], "non-option");
    if (!options.quiet) {
        messages.remark("warning: GZIP environment variable is deprecated; use an alias or script");
    }
    return true;
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

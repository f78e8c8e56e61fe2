// SPDX-License-Identifier: Zlib
// The arguments; see args.hpp. getopt_long() takes them apart, after abbreviations and levels that it would not understand
// have got their full names.
#include "args.hpp"

#include <getopt.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "environment.hpp"
#include "getopt_tables.hpp"
#include "option_values.hpp"

namespace warpz::cli {
namespace {

/// A level of two digits as a word of its own, as in zstd and pigz: "-19". To gzip that is -1 and -9, and so it is here where
/// the format has no such level.
bool is_level_word(std::string_view word, bool is_zstd) {
    if (word.size() != 3 || word[0] != '-') return false;
    const auto level = parse_number(word.substr(1), false);
    return level && *level >= 10 &&
           *level <= (is_zstd ? kMaxZstdLevel : std::size_t{kMaxDeflateLevel});
}

/// A level below 0, in zstd's words.
constexpr std::string_view kFastWord = "--fast=";

/// Gives gzip's abbreviations, and levels that are not one digit, their full names, in place.
void expand_abbreviations(std::vector<std::string>& words) {
    const bool is_zstd = std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word == "zstd" || (word.starts_with("--fo") && word.ends_with("=zstd"));
    });
    bool is_argument = false;
    for (std::string& word : words) {
        if (std::exchange(is_argument, false)) continue;
        if (word == "--") break;
        if (is_zstd && word.starts_with(kFastWord)) {
            word.replace(0, kFastWord.size(), "--level=-");
        } else if (word.starts_with("--")) {
            if (auto name = GetoptTables::get().gzip_abbreviation(word)) word = std::move(*name);
            is_argument = word == "--suffix" || word == "--bits";
        } else if (is_level_word(word, is_zstd)) {
            word.replace(0, 1, "--level=");
        } else {
            is_argument = word == "-S" || word == "-b" || word == "-o" || word == "-p";
        }
    }
}

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv, Messages& messages) {
    Options options;
    if (argc > 0) apply_program_name(argv[0], options, messages);
    if (!apply_environment(options, messages)) return std::nullopt;

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
        const int opt = getopt_long(argc, sorted.data(), GetoptTables::get().letters(),
                                    GetoptTables::get().options(), nullptr);
        if (opt == -1) break;
        if (opt == '?') {
            report_unknown_option(messages);
            return std::nullopt;
        }
        if (!apply_option(opt, options, messages)) {
            if (messages.exit_status() != 0) return std::nullopt;
            return options;
        }
    }
    if (options.ascii && !options.quiet) messages.remark("option --ascii ignored on this system");
    options.operands.assign(sorted.begin() + optind, sorted.end() - 1);
    if (!combine_options(options, messages)) return std::nullopt;
    return options;
}

}  // namespace warpz::cli

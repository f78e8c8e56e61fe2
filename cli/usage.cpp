// SPDX-License-Identifier: Zlib
// The texts of --help, --version and --license; declared in args.hpp. Those about options come from the table.
#include <algorithm>
#include <string>

#include "args.hpp"
#include "option_table.hpp"
#include "zlib.h"

namespace warpz::cli {
namespace {

constexpr std::size_t kHelpColumn = 24;
constexpr std::size_t kWidth = 79;

/// "  -o, --output=FILE".
std::string option_heading(const OptionInfo& option) {
    std::string text = option.has_letter()
                           ? std::string("  -") + static_cast<char>(option.id) + ", "
                           : std::string(6, ' ');
    const std::string_view name = option.names.substr(0, option.names.find(' '));
    text.append("--").append(name);
    if (option.argument_kind == ArgumentKind::kOptionalChoice) {
        text.append("[=").append(option.argument).append("]");
    } else if (!option.argument.empty()) {
        text.append("=").append(option.argument);
    }
    return text;
}

/// Breaks `text` between words; continuation lines begin at `indent`, where the first one stands already.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
    std::size_t column = indent;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
        const std::string_view word = text.substr(0, end);
        if (column != indent && column + 1 + word.size() > kWidth) {
            out.append("\n").append(indent, ' ');
            column = indent;
        }
        if (column != indent) out += ' ', ++column;
        out += word;
        column += word.size();
        if (end < text.size() && text[end] == '\n') {
            out.append("\n").append(indent, ' ');
            column = indent;
        }
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    out += '\n';
}

}  // namespace

std::string help_text(std::string_view program) {
    std::string text =
        "Usage: " + std::string(program) +
        " [OPTION]... [FILE]...\n"
        "Compress FILEs to the gzip format, or decompress them; each is replaced by its result.\n"
        "Without FILE, or when FILE is -, standard input goes to standard output.\n";
    for (const TopicInfo& topic : topics()) {
        text.append("\n").append(topic.title).append(":\n");
        for (const OptionInfo& option : option_table()) {
            if (option.topic != topic.topic) continue;
            std::string line = option_heading(option);
            if (line.size() + 2 > kHelpColumn)
                line += "\n" + std::string(kHelpColumn, ' ');
            else
                line.resize(kHelpColumn, ' ');
            text += line;
            append_wrapped(text, option.help, kHelpColumn);
        }
    }
    return text +
           "\n"
           "Called as warpz-gunzip or gunzip it decompresses, as warpz-zcat or zcat it "
           "decompresses to\n"
           "standard output. --help=TOPIC says more: actions, files, headers, coding, reports.\n"
           "Exit status: 0 done, 1 error, 2 warning.\n";
}

std::string help_about(std::string_view name) {
    const auto found = std::find_if(topics().begin(), topics().end(),
                                    [&](const TopicInfo& topic) { return topic.name == name; });
    if (found == topics().end()) return {};
    std::string text = std::string(found->title) + ":\n";
    for (const OptionInfo& option : option_table()) {
        if (option.topic != found->topic) continue;
        text.append("\n").append(option_heading(option)).append("\n").append(8, ' ');
        append_wrapped(text, option.text.empty() ? option.help : option.text, 8);
    }
    return text;
}

std::string version_text(std::string_view program) {
    // A program of another package's name says which package it is of.
    const std::string package = program == "warpz"
                                    ? "warpz " WARPZ_VERSION
                                    : std::string(program) + " (warpz) " WARPZ_VERSION;
    return package + "\nzlib interface " + zlibVersion() + "\n" + license_text();
}

std::string license_text() {
    return "Copyright (C) 2026 the warpz authors\n"
           "Free software under the zlib licence: use, change and redistribute it, but do not "
           "misrepresent\n"
           "its origin. There is no warranty, to the extent the law permits.\n";
}

}  // namespace warpz::cli

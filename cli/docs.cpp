// SPDX-License-Identifier: Zlib
// Makes from the option table what the build installs beside the program: the manual page's list of options, put into its
// template, and the completions of bash, zsh and fish.
//
// usage: warpz_docs man TEMPLATE | bash | zsh | fish
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "option_table.hpp"

namespace warpz::cli {
namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end != 0) found.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return found;
}

std::string replaced(std::string_view text, char what, std::string_view with) {
    std::string out;
    for (const char c : text) {
        if (c == what)
            out += with;
        else
            out += c;
    }
    return out;
}

/// Text for roff: no hyphen where a minus is meant, no control line by accident.
std::string roff(std::string_view text) {
    std::string out = replaced(replaced(text, '\\', "\\e"), '-', "\\-");
    out = replaced(out, '\n', "\n.br\n");
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

void print_man_options() {
    for (const TopicInfo& topic : topics()) {
        std::cout << ".SS " << topic.title << '\n';
        for (const OptionInfo& option : option_table()) {
            if (option.topic != topic.topic) continue;
            std::string heading;
            if (option.id == '1') {
                heading =
                    "\\fB\\-1\\fP, \\fB\\-\\-fast\\fP to \\fB\\-9\\fP, \\fB\\-\\-best\\fP, and to "
                    "\\fB\\-12\\fP";
            } else {
                if (option.has_letter())
                    heading = std::string("\\fB\\-") + static_cast<char>(option.id) + "\\fP";
                for (const std::string& name : words(option.names)) {
                    if (!heading.empty()) heading += ", ";
                    heading += "\\fB\\-\\-" + roff(name) + "\\fP";
                }
                const bool is_optional = option.argument_kind == ArgumentKind::kOptionalChoice;
                if (!option.argument.empty()) {
                    heading += is_optional ? "[" : "";
                    heading += "=\\fI" + std::string(option.argument) + "\\fP";
                    heading += is_optional ? "]" : "";
                }
            }
            std::cout << ".TP\n"
                      << heading << '\n'
                      << roff(option.text.empty() ? std::string(option.help) + "."
                                                  : std::string(option.text))
                      << '\n';
        }
    }
}

int print_man(const char* path) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line == "@OPTIONS@")
            print_man_options();
        else
            std::cout << line << '\n';
    }
    return in.eof() ? 0 : 1;
}

void print_bash() {
    std::string all;
    std::string cases;
    std::string equals_cases;  // of arguments that may be missing: behind '=', never the next word
    for (const OptionInfo& option : option_table()) {
        if (option.help.empty()) continue;
        std::string patterns;
        const bool is_optional = option.argument_kind == ArgumentKind::kOptionalChoice;
        if (option.has_letter()) {
            const std::string letter = std::string("-") + static_cast<char>(option.id);
            all += letter + ' ';
            if (!is_optional) patterns = letter;
        }
        for (const std::string& name : words(option.names)) {
            all += "--" + name + ' ';
            patterns += (patterns.empty() ? "--" : "|--") + name;
        }
        switch (option.argument_kind) {
            case ArgumentKind::kNone:
                break;
            case ArgumentKind::kOptionalChoice:
                equals_cases += "            " + patterns + ") _warpz_words '" +
                                std::string(option.choices) + "'; return ;;\n";
                break;
            case ArgumentKind::kChoice:
                cases += "        " + patterns + ") _warpz_words '" + std::string(option.choices) +
                         "'; return ;;\n";
                break;
            case ArgumentKind::kFile:
                cases += "        " + patterns + ") _warpz_files; return ;;\n";
                break;
            case ArgumentKind::kText:
                cases += "        " + patterns + ") return ;;\n";
                break;
        }
    }
    std::cout << "# bash completion for warpz(1), made from its option table\n"
                 "_warpz_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\"); }\n"
                 "_warpz_files() {\n"
                 "    compopt -o filenames 2>/dev/null\n"
                 "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "}\n"
                 "_warpz() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local has_equals=''\n"
                 "    COMPREPLY=()\n"
                 "    # \"--name=value\" comes as three words\n"
                 "    if [[ $word == '=' ]]; then\n"
                 "        word='' has_equals=yes\n"
                 "    elif [[ $before == '=' ]]; then\n"
                 "        before=${COMP_WORDS[COMP_CWORD-2]} has_equals=yes\n"
                 "    fi\n"
                 "    if [[ \" ${COMP_WORDS[*]:1:COMP_CWORD-1} \" == *' -- '* ]]; then\n"
                 "        _warpz_files\n"
                 "        return\n"
                 "    fi\n"
                 "    case $before in\n"
              << cases
              << "    esac\n"
                 "    if [[ $has_equals ]]; then\n"
                 "        case $before in\n"
              << equals_cases
              << "        esac\n"
                 "    fi\n"
                 "    if [[ $word == -* ]]; then\n"
                 "        _warpz_words '"
              << all
              << "'\n"
                 "    else\n"
                 "        _warpz_files\n"
                 "    fi\n"
                 "}\n"
                 "complete -o bashdefault -F _warpz warpz warpz-gunzip warpz-zcat\n";
}

void print_zsh() {
    std::cout << "#compdef warpz warpz-gunzip warpz-zcat\n# zsh completion for warpz(1), made from "
                 "its option table\n"
                 "_arguments -s -S \\\n";
    for (const OptionInfo& option : option_table()) {
        if (option.help.empty()) continue;
        std::string help =
            replaced(replaced(replaced(option.help, '\'', "'\\''"), '[', "\\["), ']', "\\]");
        help = replaced(help, ':', "\\:");
        std::string action;
        switch (option.argument_kind) {
            case ArgumentKind::kNone:
                break;
            case ArgumentKind::kText:
                action = ":" + std::string(option.argument) + ":";
                break;
            case ArgumentKind::kFile:
                action = ":" + std::string(option.argument) + ":_files";
                break;
            case ArgumentKind::kChoice:
            case ArgumentKind::kOptionalChoice:
                action = (option.argument_kind == ArgumentKind::kChoice ? ":" : "::") +
                         std::string(option.argument) + ":(" + std::string(option.choices) + ")";
                break;
        }
        const bool has_argument = option.argument_kind != ArgumentKind::kNone;
        if (option.has_letter()) {
            const bool letter_takes =
                has_argument && option.argument_kind != ArgumentKind::kOptionalChoice;
            std::cout << "  '-" << static_cast<char>(option.id) << (letter_takes ? "+" : "") << '['
                      << help << ']' << (letter_takes ? action : "") << "' \\\n";
        }
        for (const std::string& name : words(option.names)) {
            const char* sign = !has_argument                                           ? ""
                               : option.argument_kind == ArgumentKind::kOptionalChoice ? "=-"
                                                                                       : "=";
            std::cout << "  '--" << name << sign << '[' << help << ']' << action << "' \\\n";
        }
    }
    std::cout << "  '*:file:_files'\n";
}

void print_fish() {
    std::cout << "# fish completion for warpz(1), made from its option table\n";
    for (const OptionInfo& option : option_table()) {
        if (option.help.empty()) continue;
        const std::string describe = " -d '" + replaced(option.help, '\'', "\\'") + "'\n";
        bool is_first = true;
        for (const std::string& name : words(option.names)) {
            std::cout << "complete -c warpz";
            const bool is_optional = option.argument_kind == ArgumentKind::kOptionalChoice;
            if (option.has_letter() && is_first) {
                std::cout << " -s " << static_cast<char>(option.id);
                // The letter takes no argument: a line of its own.
                if (is_optional) std::cout << describe << "complete -c warpz";
            }
            std::cout << " -l " << name;
            switch (option.argument_kind) {
                case ArgumentKind::kNone:
                    break;
                case ArgumentKind::kText:
                    std::cout << " -x";
                    break;
                case ArgumentKind::kFile:
                    std::cout << " -r -F";
                    break;
                case ArgumentKind::kChoice:
                    std::cout << " -x -a '" << option.choices << '\'';
                    break;
                case ArgumentKind::kOptionalChoice:
                    std::cout << " -f -a '" << option.choices << '\'';
                    break;
            }
            std::cout << describe;
            is_first = false;
        }
    }
    std::cout << "complete -c warpz-gunzip -w warpz\ncomplete -c warpz-zcat -w warpz\n";
}

int run(const std::vector<std::string>& arguments) {
    const std::string what = arguments.empty() ? "" : arguments[0];
    if (what == "man" && arguments.size() == 2) return print_man(arguments[1].c_str());
    if (what == "bash") return print_bash(), 0;
    if (what == "zsh") return print_zsh(), 0;
    if (what == "fish") return print_fish(), 0;
    std::cerr << "usage: warpz_docs man TEMPLATE | bash | zsh | fish\n";
    return 1;
}

}  // namespace
}  // namespace warpz::cli

int main(int argc, char** argv) { return warpz::cli::run({argv + 1, argv + argc}); }

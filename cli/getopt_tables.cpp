// SPDX-License-Identifier: Zlib
// The option table for getopt; see getopt_tables.hpp.
#include "getopt_tables.hpp"

#include <algorithm>

#include "option_table.hpp"

namespace warpz::cli {
namespace {

bool takes_argument(const OptionInfo& option) {
    return option.argument_kind != ArgumentKind::kNone &&
           option.argument_kind != ArgumentKind::kOptionalChoice;
}

}  // namespace

const GetoptTables& GetoptTables::get() {
    static const GetoptTables tables;
    return tables;
}

GetoptTables::GetoptTables() {
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
            names_.push_back({std::string(rest.substr(0, end)), argument, info.id, info.is_gzip});
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
    }
    letters_ += "?2345678";  // gzip has -?, about which nothing else is said
    for (const Name& name : names_) {
        options_.push_back({name.text.c_str(), name.argument, nullptr, name.id});
    }
    options_.push_back({nullptr, 0, nullptr, 0});
}

std::optional<std::string> GetoptTables::gzip_abbreviation(std::string_view word) const {
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

}  // namespace warpz::cli
